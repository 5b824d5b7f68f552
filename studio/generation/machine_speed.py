"""How fast this machine renders: measured once, when the studio starts for the first time, and kept in its data folder.

A model's card counts seconds on its authors' machine. Two small renders of the example tell what the same costs here;
what a large model costs is counted for the accelerator that is here, from its maker's figures (inference/devices.py);
what an organisation's own takes say later is laid over it (estimates.py).
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

import structlog

from inference.catalogue import PREVIS, ModelCard
from inference.devices import DEVICES, H200, DeviceCost, find_local_device
from inference.protocol import (
    ArtifactsReady,
    CharacterInput,
    ColourPlate,
    Reference,
    RenderRequest,
    Source,
    Started,
)
from storage.objects import Objects, StoreError
from storage.queries.takes import list_paces
from storage.queries.tenants import each_tenant
from storage.unit import Database
from studio.engines.contract import EngineError, RenderEngine
from studio.examples import PORTRAIT, ExampleUnavailable, example_path

log = structlog.get_logger(__name__)

KEPT_IN = "machine_speed.json"
PHOTO_KEY = "machine/example.png"
LOOK_EVERY_S = 0.5
READY_WITHIN_S = 300.0
SMALL, LARGE = (256, 256, 0.5), (640, 360, 1.0)  # width, height, seconds
_LEAST_FIXED_S, _LEAST_SLOPE_S = 0.05, 0.001


class LocalEngine(RenderEngine, Protocol):
    """An engine of this machine."""

    @property
    def why_not_ready(self) -> str | None: ...


@dataclass(frozen=True)
class Speed:
    """What a card's two figures are on this machine."""

    seconds_fixed: float
    seconds_per_megapixel_frame: float

    def of(self, card: ModelCard) -> ModelCard:
        """The card with the figures of this machine."""
        return replace(card, **asdict(self), measured=True)


def choose_device(name: str | None) -> DeviceCost:
    """The accelerator of that name; without one as this machine's driver calls it, an H200 where it says nothing."""
    return DEVICES[name] if name else find_local_device() or H200


class MachineSpeed:
    """The speeds that were measured here; other machines' and older versions' figures count for nothing.

    device, ranks: what a model is rendered on whose cost is counted (GUIDANCExSEQUENCE of it share a render).
    """

    def __init__(self, data_dir: Path, software: str, device: DeviceCost = H200, ranks: str = "1x1") -> None:
        guidance, _, sequence = ranks.partition("x")
        self._device, self._layout = device, (int(guidance), int(sequence))
        self._file = data_dir / KEPT_IN
        self._key = f"{software} on {name_machine()}"
        self._speeds = self._read()

    def measured(self, cards: Mapping[str, ModelCard]) -> dict[str, ModelCard]:
        """The cards as this machine renders them."""
        return {name: self._as_here(card) for name, card in cards.items()}

    def _as_here(self, card: ModelCard) -> ModelCard:
        if card.shape is not None:
            return replace(card, device=self._device, layout=self._layout)
        return self._speeds[card.name].of(card) if card.name in self._speeds else card

    async def measure_once(self, engine: LocalEngine, objects: Objects, database: Database) -> None:
        """Measure the previs where that was never done here, and no take was rendered that says more. Never raises."""
        if PREVIS.name in self._speeds or await _has_rendered(database):
            return
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while engine.why_not_ready is not None:
                    await asyncio.sleep(LOOK_EVERY_S)
            self._speeds[PREVIS.name] = await measure(engine, objects)
            await asyncio.to_thread(self._write)
        except (EngineError, StoreError, ExampleUnavailable, TimeoutError, OSError) as error:
            log.warning("speed_not_measured", why=str(error) or type(error).__name__)
            return
        log.info("speed_measured", **asdict(self._speeds[PREVIS.name]))

    def _read(self) -> dict[str, Speed]:
        try:
            kept = json.loads(self._file.read_text())
            return {name: Speed(**figures) for name, figures in kept[self._key].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _write(self) -> None:
        kept = {self._key: {name: asdict(speed) for name, speed in self._speeds.items()}}
        fresh = self._file.with_name(self._file.name + ".new")
        fresh.write_text(json.dumps(kept, indent=1))
        fresh.replace(self._file)


def name_machine() -> str:
    """The processor and how many of its cores this process may use."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{names[0] if names else platform.machine()}, {cores} cores"


async def measure(engine: RenderEngine, objects: Objects) -> Speed:
    """Render the example twice, small and larger, up to the files that nobody wants. Raises EngineError, StoreError,
    ExampleUnavailable.

    A first small one is for what an engine does once, which is no part of a take.
    """
    await objects.put(PHOTO_KEY, example_path().read_bytes(), content_type="image/png")
    try:
        source = Source(url=objects.link_to_read(PHOTO_KEY), sha256=PORTRAIT.sha256)
        await _time(engine, source, SMALL)
        small_s, large_s = [await _time(engine, source, shape) for shape in (SMALL, LARGE)]
    finally:
        await objects.delete([PHOTO_KEY])
    slope = max((large_s - small_s) / (_megapixel_frames(LARGE) - _megapixel_frames(SMALL)), _LEAST_SLOPE_S)
    return Speed(round(max(small_s - slope * _megapixel_frames(SMALL), _LEAST_FIXED_S), 3), round(slope, 4))


async def _time(engine: RenderEngine, source: Source, shape: tuple[int, int, float]) -> float:
    """Seconds from the engine's taking it up until its files exist; it is cancelled there."""
    began = time.monotonic()

    async def refuse(*_: object) -> dict[str, object]:
        raise EngineError("nothing of a measurement is kept")

    async with aclosing(engine.render(f"speed-{began}", _request(source, shape), refuse)) as events:  # type: ignore[arg-type]
        async for event in events:
            if isinstance(event, Started):
                began = time.monotonic()
            if isinstance(event, ArtifactsReady):
                return time.monotonic() - began
            if event.kind == "failed":
                raise EngineError(event.message)
    raise EngineError("a measurement ended without its files")


def _request(source: Source, shape: tuple[int, int, float]) -> RenderRequest:
    width, height, seconds = shape
    who = CharacterInput(id="example", name=PORTRAIT.name, references=(Reference(source=source),), placement="centre")
    return RenderRequest(
        model=PREVIS.name,
        prompt=f"{PORTRAIT.name} smiles, then turns to the left.",
        characters=(who,),
        plate=ColourPlate(top="#203040", bottom="#0c1016"),
        seconds=seconds,
        fps=PREVIS.default_fps,
        width=width,
        height=height,
        seed=1,
        steps=PREVIS.default_steps,
        guidance_scale=PREVIS.default_guidance_scale,
        tier=PREVIS.tiers[0],
    )


def _megapixel_frames(shape: tuple[int, int, float]) -> float:
    width, height, seconds = shape
    return width * height / 1e6 * seconds * PREVIS.default_fps


async def _has_rendered(database: Database) -> bool:
    """Whether a take was rendered on this installation before."""
    async with database.read() as session:
        async for org_id in each_tenant(session):
            if await list_paces(session, org_id=org_id, model=PREVIS.name, limit=1):
                return True
    return False
