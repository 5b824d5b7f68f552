"""The API's speed over HTTP on both databases: fifty submits at once, and reads against `/healthz` in the same run.

Client and server share this machine. Reads: a few callers ask for one thing, then for the next, several times over;
their requests a second are told as a share of what `/healthz` had in the same round, and the middle round counts.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from tests.bench.outcome import Outcome, Report
from tests.bench.served_studio import (
    DATABASES,
    DatabaseKind,
    await_end,
    cancel_all,
    count_deadlocks,
    enrol,
    open_http,
    serve_on,
    upload_example,
)

SUBMITS, SUBMIT_ROUNDS = 50, 5
CALLERS, READS, READ_ROUNDS = 4, 200, 5
TAKES = 20
SUBMIT_P99_S, TAKE_RATIO, LIST_RATIO = 0.6, 0.7, 0.5
TINY = {"DRAMATIS_ENGINE_MODULE": "tests.inference.panning"}  # what is measured is not the render


def run(report: Report) -> Outcome:
    """`scripts/bench api`."""
    outcome = Outcome()
    for kind in DATABASES:
        with tempfile.TemporaryDirectory() as folder, serve_on(kind, Path(folder), **TINY) as (server, cluster):
            report(f"api: {kind}")
            asyncio.run(_measure(open_http(server, SUBMITS), kind, outcome))
            outcome.check(f"{kind}_deadlocks", count_deadlocks(cluster), "==", 0)
    return outcome


async def _measure(http: httpx.AsyncClient, kind: DatabaseKind, outcome: Outcome) -> None:
    async with http:
        character_id = await enrol(http, await upload_example(http), "Eileen")
        takes = [await _submit(http, character_id, number) for number in range(TAKES)]
        for take_id in takes:
            assert await await_end(http, take_id) == "SUCCEEDED"
        await _measure_reads(http, takes[0], kind, outcome)
        await _measure_submits(http, character_id, kind, outcome)
        await cancel_all(http)


async def _submit(http: httpx.AsyncClient, character_id: str, seed: int) -> str:
    body = {"prompt": f"She nods {seed}", "characters": [{"character_id": character_id}], "seed": seed}
    body |= {"size": "256x256", "seconds": 0.5}
    reply = await http.post("/v1/takes", json=body, headers={"Idempotency-Key": secrets.token_hex(8)})
    return str(reply.raise_for_status().json()["id"])


async def _measure_reads(http: httpx.AsyncClient, take_id: str, kind: DatabaseKind, outcome: Outcome) -> None:
    asked = {"healthz": "/healthz", "take": f"/v1/takes/{take_id}", "list": f"/v1/takes?limit={TAKES}"}
    rates: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(READ_ROUNDS):
        for name, path in asked.items():
            rates[name].append(await _read_often(http, path))
    for name in asked:
        outcome.note(f"{kind}_{name}_per_s", round(statistics.median(rates[name]), 1))
    for name, target in (("take", TAKE_RATIO), ("list", LIST_RATIO)):
        shares = [rate / health for rate, health in zip(rates[name], rates["healthz"], strict=True)]
        outcome.check(f"{kind}_{name}_of_healthz", round(statistics.median(shares), 2), ">=", target)
        outcome.note(f"{kind}_{name}_bytes", (await http.get(asked[name])).num_bytes_downloaded)


async def _read_often(http: httpx.AsyncClient, path: str) -> float:
    """Requests a second by a few callers at once."""

    async def call() -> None:
        for _ in range(READS // CALLERS):
            (await http.get(path)).raise_for_status()

    began = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return READS / (time.perf_counter() - began)


async def _measure_submits(http: httpx.AsyncClient, character_id: str, kind: DatabaseKind, outcome: Outcome) -> None:
    alone = [await _timed(lambda: _submit(http, character_id, 1)) for _ in range(5)]
    outcome.note(f"{kind}_submit_alone_s", round(statistics.median(alone), 3))
    rounds = []
    for _ in range(SUBMIT_ROUNDS):
        await cancel_all(http)
        submits = (_timed(lambda: _submit(http, character_id, 2)) for _ in range(SUBMITS))
        rounds.append(sorted(await asyncio.gather(*submits)))
    halves, ends = ([times[int(share * (SUBMITS - 1))] for times in rounds] for share in (0.5, 0.99))
    outcome.note(f"{kind}_fifty_submits_p50_s", round(statistics.median(halves), 3))
    outcome.check(f"{kind}_fifty_submits_p99_s", round(statistics.median(ends), 3), "<=", SUBMIT_P99_S)


async def _timed(call: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began
