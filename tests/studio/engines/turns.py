"""Renders of the tiny model through a pool of one real engine process, and when the product heard what of them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inference.protocol import (
    Artifact,
    ArtifactKind,
    Cancelled,
    Finished,
    Reference,
    RenderEvent,
    RenderRequest,
    Sink,
    Source,
    Stage,
    Step,
)
from inference.registry.packaged import default_cache_dir
from studio.engines.child import ChildSpec
from studio.engines.pool import RenderPool
from studio.engines.process import ProcessRenderEngine
from tests import photos
from tests.inference.pipelines.tiny import CARD
from tests.inference.worker_client import request_of, save_photo


@dataclass
class Story:
    """What was heard of one render."""

    heard: list[tuple[float, RenderEvent]] = field(default_factory=list)

    @property
    def last(self) -> RenderEvent:
        return self.heard[-1][1]

    @property
    def denoised(self) -> tuple[float, float]:
        """When that began, and when its last step was done."""
        began = next(when for when, event in self.heard if isinstance(event, Stage) and event.name == "denoise")
        return began, max(when for when, event in self.heard if isinstance(event, Step) and event.stage == "denoise")

    @property
    def ended(self) -> float:
        return self.heard[-1][0]

    def hashes(self) -> tuple[str, str]:
        """Of latents and media."""
        assert isinstance(self.last, Finished), self.last
        return self.last.receipt.latents_sha256, self.last.receipt.media_sha256


def rests_s(stories: list[Story]) -> list[float]:
    """From one render's last step to the beginning of the next one's first."""
    return [after.denoised[0] - before.denoised[1] for before, after in itertools.pairwise(stories)]


def a_request() -> RenderRequest:
    """Something to ask of an engine that does not look at it."""
    source = Source(url="file:///nowhere.png", sha256="0" * 64)
    return request_of(Reference(source=source), model=CARD.name)


class Studio:
    """A pool of one engine, and requests for it whose decodes linger."""

    def __init__(self, folder: Path, engine: ProcessRenderEngine) -> None:
        self.engine = engine
        self._folder, self._pool = folder, RenderPool([engine])
        self._reference = save_photo(folder, photos.photo("person_b_1"), "photo")

    def request(self, seed: int, prompt: str = "she lingers", steps: int = 3) -> RenderRequest:
        return request_of(
            self._reference, model=CARD.name, tier="exact", seconds=9 / 16, fps=16, width=64, height=64, steps=steps,
            seed=seed, prompt=prompt,
        )  # fmt: skip

    async def render(self, request_id: str, request: RenderRequest, cancel_at: str | None = None) -> Story:
        """To its end; `cancel_at`: a stage at whose beginning it is cancelled."""

        async def supply(artifacts: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
            return {one.kind: Sink(url=(self._folder / f"{request_id}.{one.kind}").as_uri()) for one in artifacts}

        story = Story()
        async with aclosing(self._pool.render(request_id, request, supply)) as events:
            async for event in events:
                story.heard.append((time.monotonic(), event))
                if isinstance(event, Stage) and event.name == cancel_at:
                    await self._pool.cancel(request_id)
        assert isinstance(story.last, Finished | Cancelled), story.last
        return story

    async def render_together(self, requests: list[RenderRequest], name: str) -> list[Story]:
        """All asked for at once."""
        return await asyncio.gather(*(self.render(f"{name}-{i}", one) for i, one in enumerate(requests)))

    async def render_in_turn(self, requests: list[RenderRequest], name: str) -> list[Story]:
        """Each asked for when the one before has ended."""
        return [await self.render(f"{name}-{i}", one) for i, one in enumerate(requests)]


@asynccontextmanager
async def open_studio(folder: Path, ranks: str = "1x1", rest_after_s: float | None = None) -> AsyncIterator[Studio]:
    """With the tiny model loaded, over `ranks`."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = ChildSpec(
        "render", default_cache_dir(), folder / "signer", folder / "scratch", (folder,), greeting_s=300,
        module="tests.inference.tiny_engine", ranks=ranks,
    )  # fmt: skip
    engine = ProcessRenderEngine(spec, "test", patience_s=60, rest_after_s=rest_after_s)
    engine.start()
    try:
        yield Studio(folder, engine)
    finally:
        await engine.close()
