"""Dispatch: what it costs to reach an engine behind Triton, as a ratio to an engine that is a child process.

The engine renders nothing, so that what is left is the way to it and back: the same scripted one behind both. `start`
is from asking for a render to the engine's `started`, `end` from a cancel to its `cancelled`, `render` both and what
lies around them. `at once`: four are asked for together, of which each ends by a cancel of its own.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np

from inference.protocol import ArtifactKind, Reference, RenderRequest, Sink, Source, Started
from inference.registry.packaged import default_cache_dir
from studio.engines.child import ChildSpec
from studio.engines.process import ProcessRenderEngine
from studio.engines.triton import TritonRenderEngine
from tests.acceptance.triton_server import Triton
from tests.bench.outcome import Outcome, Report
from tests.inference.worker_client import request_of

SCRIPTED = "tests.inference.triton_repo.scripted_engine"
WARMING, RENDERS, AT_ONCE = 20, 300, 4
Engine = ProcessRenderEngine | TritonRenderEngine


def run(report: Report) -> Outcome:
    """`scripts/bench dispatch`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        server = Triton(Path(folder) / "triton", "--engine", SCRIPTED, "--serves", "one", model="one")
        report("dispatch: starting a Triton server")
        server.start()
        try:
            measured = asyncio.run(_measure(Path(folder), server.url, report))
        finally:
            server.stop()
    for figure, by_way in measured.items():
        for way, value in by_way.items():
            outcome.note(f"{way}_{figure}_ms_p50", round(float(np.median(value)), 2))
            outcome.note(f"{way}_{figure}_ms_p99", round(float(np.percentile(value, 99)), 2))
        ratio = float(np.median(by_way["triton"]) / np.median(by_way["process"]))
        outcome.note(f"ratio_{figure}", round(ratio, 1))
    more = float(np.median(measured["render"]["triton"]) - np.median(measured["render"]["process"]))
    outcome.check("triton_adds_ms", round(more, 2), "<=", 50)
    return outcome


async def _measure(folder: Path, url: str, report: Report) -> dict[str, dict[str, list[float]]]:
    found: dict[str, dict[str, list[float]]] = {name: {} for name in ("start", "end", "render", "at_once")}
    spec = ChildSpec(
        "render", default_cache_dir(), folder / "signer", folder / "scratch", greeting_s=60, module=SCRIPTED
    )  # fmt: skip
    ways: dict[str, Engine] = {
        "process": ProcessRenderEngine(spec, "bench", 60), "triton": TritonRenderEngine([url], 60)
    }  # fmt: skip
    for way, engine in ways.items():
        report(f"dispatch: {RENDERS} renders by {way}")
        async with _running(engine):
            for number in range(WARMING):
                await _render(engine, f"warm-{number}")
            told = np.array([await _render(engine, f"{way}-{number}") for number in range(RENDERS)]) * 1000
            for figure, column in zip(("start", "end", "render"), told.T, strict=True):
                found[figure][way] = column.tolist()
            found["at_once"][way] = [await _together(engine, f"{way}-{turn}") for turn in range(RENDERS // AT_ONCE)]
    return found


@asynccontextmanager
async def _running(engine: Engine) -> AsyncIterator[None]:
    engine.start()
    try:
        while engine.why_not_ready is not None:
            await asyncio.sleep(0.05)
        yield
    finally:
        await engine.close()


async def _render(engine: Engine, name: str) -> tuple[float, float, float]:
    """Seconds until it starts, from its cancel to its end, and altogether."""
    began = time.perf_counter()
    async with aclosing(engine.render(name, _request(), _no_sinks)) as events:
        async for event in events:
            if isinstance(event, Started):
                started = time.perf_counter()
                await engine.cancel(name)
    ended = time.perf_counter()
    return started - began, ended - started, ended - began


async def _together(engine: Engine, name: str) -> float:
    """Milliseconds until all of them are over."""
    began = time.perf_counter()
    await asyncio.gather(*(_render(engine, f"{name}-{one}") for one in range(AT_ONCE)))
    return 1000 * (time.perf_counter() - began)


def _request() -> RenderRequest:
    source = Source(url="file:///nowhere.png", sha256="0" * 64)
    return request_of(Reference(source=source), model="one")


async def _no_sinks(_: object) -> dict[ArtifactKind, Sink]:
    return {}
