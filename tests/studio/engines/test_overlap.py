"""One engine process is given the next render while a clip is decoded; neither knows of the other."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from inference.protocol import ArtifactKind, Cancelled, RenderEvent, Sink
from studio.engines.contract import EngineLost
from studio.engines.process import ProcessRenderEngine
from tests.studio.engines.test_process import scripted
from tests.studio.engines.turns import a_request, open_studio

TWO = """
        hello(); hear()
        first, second = hear()["id"], hear()["id"]
        for number in range(3):
            for render in (first, second):
                say({"kind": "step", "id": render, "stage": "denoise", "done": number + 1, "total": 3})
"""


async def test_the_next_render_is_denoised_while_a_clip_is_decoded(tmp_path: Path) -> None:
    """By a process that has two ranks render for it."""
    async with open_studio(tmp_path, ranks="1x2") as studio:
        requests = [studio.request(seed) for seed in (1, 2)]
        first, second = await studio.render_together(requests, "together")
        assert second.denoised[1] < first.ended, "it did not wait for the clip"
        alone = await studio.render_in_turn(requests, "alone")
        assert [first.hashes(), second.hashes()] == [one.hashes() for one in alone]
        kept, cancelled = await asyncio.gather(
            studio.render("kept", requests[0]), studio.render("cancelled", requests[1], cancel_at="denoise")
        )
        assert isinstance(cancelled.last, Cancelled)
        assert cancelled.ended < kept.ended
        assert kept.hashes() == alone[0].hashes()


async def supply(_: object) -> dict[ArtifactKind, Sink]:
    return {}


async def hear(engine: ProcessRenderEngine, render: str, most: int = 99) -> list[RenderEvent]:
    """The render's first events; who has heard enough leaves."""
    heard: list[RenderEvent] = []
    async with aclosing(engine.render(render, a_request(), supply)) as events:
        async for event in events:
            heard.append(event)
            if len(heard) == most:
                break
    return heard


async def test_a_render_that_nobody_listens_to_any_more_is_cancelled_and_costs_the_other_nothing(
    tmp_path: Path,
) -> None:
    script = """
        told = hear()
        assert told["kind"] == "cancel" and told["id"] == "left", told
        say({"kind": "step", "id": "left", "stage": "denoise", "done": 3, "total": 3})
        say({"kind": "cancelled", "id": "left"})
        say({"kind": "cancelled", "id": "other"})
        say({"kind": "cancelled", "id": hear()["id"]})
        time.sleep(30)
    """
    engine = ProcessRenderEngine(scripted(tmp_path, TWO + script), "test", patience_s=5)
    engine.start()
    try:
        left, other = await asyncio.gather(hear(engine, "left", most=1), hear(engine, "other"))
        assert (len(left), len(other)) == (1, 4)
        pid = engine.pid
        assert {event.id for event in other} == {"other"}
        assert [event.kind for event in await hear(engine, "next")] == ["cancelled"]
        assert engine.pid == pid
    finally:
        await engine.close()


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("raise SystemExit(7)", "ended with exit status 7"),
        ("time.sleep(30)", "silent for 1 s"),
        ('say({"kind": "cancelled", "id": "stray"}); time.sleep(30)', "a stray 'cancelled'"),
    ],
)
async def test_a_process_that_is_lost_is_lost_to_all_its_renders(tmp_path: Path, end: str, words: str) -> None:
    engine = ProcessRenderEngine(scripted(tmp_path, TWO + f"        {end}"), "test", patience_s=1)
    engine.start()
    try:
        lost = await asyncio.gather(hear(engine, "one"), hear(engine, "other"), return_exceptions=True)
        assert all(isinstance(error, EngineLost) and words in str(error) for error in lost), lost
    finally:
        await engine.close()
