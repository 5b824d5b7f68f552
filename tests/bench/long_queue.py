"""Submits beside ten thousand takes that wait, against submits beside none, on both databases.

Over HTTP, one after the other, to a queue that is paused; the takes that wait are copies of one that was submitted,
with its rank.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from sqlalchemy import create_engine, text

from storage.tables import Take
from tests.bench.outcome import Outcome, Report
from tests.bench.served_studio import DATABASES, NAME, DatabaseKind, enrol, open_http, serve_on, upload_example
from tests.postgres import SUPERUSER, PostgresCluster

WAITING = 10_000
SUBMITS = 150
WARM = 20
MORE_MS = 20.0


def run(report: Report) -> Outcome:
    """`scripts/bench long_queue`."""
    outcome = Outcome()
    for kind in DATABASES:
        with tempfile.TemporaryDirectory() as folder, serve_on(kind, Path(folder)) as (server, cluster):
            report(f"long queue: {kind}")
            url = f"sqlite:///{Path(folder) / kind / 'dramatis.sqlite'}" if cluster is None else _url(cluster)
            asyncio.run(_measure(open_http(server, 1), url, kind, outcome))
    return outcome


def _url(cluster: PostgresCluster) -> str:
    return f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{cluster.port}/{NAME}"


async def _measure(http: httpx.AsyncClient, url: str, kind: DatabaseKind, outcome: Outcome) -> None:
    async with http:
        character = await enrol(http, await upload_example(http), "Eileen")
        (await http.post("/v1/queue/pause")).raise_for_status()
        await _submit(http, character, WARM)
        alone = await _submit(http, character, SUBMITS)
        await asyncio.to_thread(_fill, url)
        await _submit(http, character, WARM)
        beside = await _submit(http, character, SUBMITS)
    alone_ms, beside_ms = (1000 * float(np.percentile(times, 99)) for times in (alone, beside))
    outcome.note(f"{kind}_p99_ms_beside_none", round(alone_ms, 1))
    outcome.note(f"{kind}_p99_ms_beside_{WAITING}", round(beside_ms, 1))
    outcome.note(f"{kind}_p50_ms", [round(1000 * float(np.median(times)), 1) for times in (alone, beside)])
    outcome.check(f"{kind}_p99_ms_more", round(beside_ms - alone_ms, 1), "<=", MORE_MS)


async def _submit(http: httpx.AsyncClient, character_id: str, times: int) -> list[float]:
    body = {"prompt": "She nods", "characters": [{"character_id": character_id}], "seconds": 1}
    took = []
    for _ in range(times):
        began = time.perf_counter()
        (await http.post("/v1/takes", json=body)).raise_for_status()
        took.append(time.perf_counter() - began)
    return took


def _fill(url: str) -> None:
    others = ", ".join(column.name for column in Take.__table__.columns if column.name != "id")
    copies = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {WAITING}), "  # noqa: S608 (ours)
        "one AS (SELECT * FROM takes WHERE state = 'QUEUED' AND tag_finish IS NULL ORDER BY id LIMIT 1) "
        f"INSERT INTO takes (id, {others}) SELECT 'take_copy_' || n.i, {others} FROM one, n"
    )
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(copies))
        if engine.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))  # as autovacuum would; on SQLite nobody does
    engine.dispose()
