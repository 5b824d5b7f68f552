"""Several renders in a row through one engine, with the times at which the device was denoising and decoding."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import torch

from inference.engine.load import load_tools
from inference.engine.render import Engine
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Keyframe, OnStep, Picture, Prepared
from inference.pipelines.wan_shot import WanShot
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import Artifact, ArtifactKind, Finished, RenderEvent, RenderRequest, Sink, Tier
from inference.registry.packaged import default_cache_dir
from inference.registry.tiny import build_tiny_wan_vace
from tests import photos
from tests.inference.pipelines.tiny import CARD
from tests.inference.worker_client import request_of, save_photo

Span = tuple[float, float]


class Timed(WanVacePipeline):
    """The tiny model, whose decode takes `decode_s` longer, as that of a large one would."""

    def __init__(self, decode_s: float) -> None:
        super().__init__(CARD, build_tiny_wan_vace(), {"made from configuration": "0" * 64})
        self.decode_s = decode_s
        self.encoded: list[Span] = []
        self.denoised: list[Span] = []
        self.decoded: list[Span] = []

    def encode(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        cancel: CancelToken,
        driving: DrivingVideo | None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> WanShot:
        began = time.monotonic()
        shot = super().encode(request, cast, cancel, driving, keyframes)
        self.encoded.append((began, time.monotonic()))
        return shot

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        began = time.monotonic()
        latents = super().denoise(prepared, on_step, cancel)
        self.denoised.append((began, time.monotonic()))
        return latents

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        began = time.monotonic()
        time.sleep(self.decode_s)
        yield from super().decode(prepared, latents, cancel)
        self.decoded.append((began, time.monotonic()))


@dataclass
class Turns:
    """What came of it."""

    encoded: list[Span]
    denoised: list[Span]
    decoded: list[Span]
    latents: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    def idle_s(self) -> list[float]:
        """Between one render's last step and the next one's first."""
        return [after[0] - before[1] for before, after in itertools.pairwise(self.denoised)]


def take_turns(
    folder: Path,
    renders: int,
    decode_s: float,
    overlaps: bool = True,
    steps: int = 3,
    tiers: tuple[Tier, ...] = ("exact",),
    pipeline: Timed | None = None,
) -> Turns:
    """`renders` of one character, all asked for at once; each with a seed of its own, their tiers in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    reference = save_photo(folder, photos.photo("person_b_1"), "photo")
    asked = request_of(
        reference, model=CARD.name, tier="exact", seconds=9 / 16, fps=16, width=64, height=64, steps=steps
    )
    pipeline = pipeline or Timed(decode_s)
    pipeline.overlaps = overlaps
    tools = load_tools(default_cache_dir(), folder / "signer", (folder,))
    engine = Engine({CARD.name: pipeline}, tools, folder / "scratch")

    def listen(number: int, events: Iterator[RenderEvent]) -> str:
        *_, last = events
        assert isinstance(last, Finished), (number, last)
        return last.receipt.latents_sha256

    def sinks(number: int, artifacts: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
        return {one.kind: Sink(url=(folder / f"{number}.{one.kind}").as_uri()) for one in artifacts}

    def begin(number: int) -> Iterator[RenderEvent]:
        own = asked.model_copy(update={"seed": number, "tier": tiers[number % len(tiers)]})
        return engine.render(str(number), own, CancelToken(), lambda made: sinks(number, made))

    began = time.monotonic()
    with ThreadPoolExecutor(renders) as listeners:
        heard = [listeners.submit(listen, number, begin(number)) for number in range(renders)]
        latents = [one.result() for one in heard]
    wall_s = time.monotonic() - began
    engine.close()
    return Turns(pipeline.encoded, pipeline.denoised, pipeline.decoded, latents, wall_s)
