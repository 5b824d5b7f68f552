"""Event latency: from the commit in one process to the line of an event stream in another, on PostgreSQL.

One process publishes events of a few organisations at random moments, as nodes do while takes render; two others
follow each of them as replicas do for their listeners. Told beside it: the same where notifications do not arrive
(streams look for themselves), and what a quiet stream asks of the database.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psycopg

from frontend.api_client.events import parse_events
from storage.migrate import migrate
from storage.queries.events import get_last_sequence
from storage.unit import Database
from studio.organisations.creation import create_organisation
from studio.progress.events import publish_event
from studio.progress.routes import follow_events
from tests.bench.outcome import Outcome, Report
from tests.postgres import SUPERUSER, PostgresCluster, owner_of, running_cluster

ORGANISATIONS, LISTENERS, EVENTS = 4, 2, 250  # listeners: processes; events: of each organisation
EVERY_S = 0.1  # an organisation's event, on average
QUIET_S = 20.0
P99_S = 0.3
NAME = "bench"


def run(report: Report) -> Outcome:
    """`scripts/bench fleet-events`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder, running_cluster() as cluster:
        url = cluster.create(NAME)
        migrate(url, backups=Path(folder), owner_url=owner_of(url))
        org_ids = asyncio.run(_make_organisations(url))
        ways = (("heard", None), ("unheard", cluster.url("postgres")))  # of another database nothing is heard
        for name, listen_url in ways:
            latencies_s = _measure(url, listen_url, org_ids)
            report(f"fleet events: {name}")
            outcome.note(f"{name}_events", len(latencies_s))
            outcome.note(f"{name}_p50_ms", round(1e3 * float(np.percentile(latencies_s, 50)), 1))
            p99_s = float(np.percentile(latencies_s, 99))
            if listen_url is None:
                outcome.check(f"{name}_p99_ms", round(1e3 * p99_s, 1), "<=", 1e3 * P99_S)
                outcome.note(f"{name}_worst_ms", round(1e3 * max(latencies_s), 1))
            else:
                outcome.note(f"{name}_p99_ms", round(1e3 * p99_s, 1))
        for name, listen_url in ways:
            asked = asyncio.run(_measure_quiet(cluster, url, listen_url, org_ids[0]))
            outcome.note(f"{name}_transactions_a_second_of_a_quiet_stream", round(asked, 2))
    return outcome


async def _make_organisations(url: str) -> list[str]:
    async with _open(url) as database, database.write() as session:
        return [(await create_organisation(session, name=f"{number}")).id for number in range(ORGANISATIONS)]


def _measure(url: str, listen_url: str | None, org_ids: list[str]) -> list[float]:
    """Seconds from each commit to each listener's line."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(LISTENERS)]
    children = [context.Process(target=_listen, args=(theirs, url, listen_url, org_ids)) for _, theirs in pipes]
    for child in children:
        child.start()
    for ours, _ in pipes:
        assert ours.recv() == "listening"
    asyncio.run(_publish(url, org_ids))
    latencies_s = [latency for ours, _ in pipes for latency in ours.recv()]
    for child in children:
        child.join()
    assert len(latencies_s) == LISTENERS * ORGANISATIONS * EVENTS, "none is lost, none is told twice"
    return latencies_s


def _listen(pipe: Connection, url: str, listen_url: str | None, org_ids: list[str]) -> None:
    asyncio.run(_follow_all(pipe, url, listen_url, org_ids))


async def _follow_all(pipe: Connection, url: str, listen_url: str | None, org_ids: list[str]) -> None:
    async with _listening(url, listen_url) as database:
        starts = [await _last_event(database, org_id) for org_id in org_ids]
        following = [
            asyncio.create_task(_follow(database, org_id, start)) for org_id, start in zip(org_ids, starts, strict=True)
        ]
        await asyncio.sleep(1)  # each has looked once
        pipe.send("listening")
        pipe.send([latency for latencies in await asyncio.gather(*following) for latency in latencies])


async def _follow(database: Database, org_id: str, start: int) -> list[float]:
    latencies_s: list[float] = []
    async with aclosing(follow_events(database, org_id=org_id, take_id=None, after=start)) as stream:
        async for words in stream:
            now = time.monotonic()  # one clock for all processes of this machine
            latencies_s += [now - event.data["at"] for event in parse_events(words.splitlines()) if event.data]
            if len(latencies_s) == EVENTS:
                return latencies_s
    raise AssertionError("the stream has ended")


async def _publish(url: str, org_ids: list[str]) -> None:
    async with _open(url) as database:
        await asyncio.gather(*(_publish_for(database, org_id, number) for number, org_id in enumerate(org_ids)))


async def _publish_for(database: Database, org_id: str, seed: int) -> None:
    moments = random.Random(seed)  # noqa: S311 (the same each time)
    for _ in range(EVENTS):
        await asyncio.sleep(moments.expovariate(1 / EVERY_S))
        async with database.write(org_id=org_id) as session:
            await publish_event(session, org_id=org_id, take_id="take", event="take.step", at=time.monotonic())


async def _measure_quiet(cluster: PostgresCluster, url: str, listen_url: str | None, org_id: str) -> float:
    """Transactions a second of the database while one stream waits in vain."""
    async with _listening(url, listen_url) as database:
        following = asyncio.create_task(_follow(database, org_id, await _last_event(database, org_id)))
        await asyncio.sleep(2)
        before, began = _transactions(cluster), time.monotonic()
        await asyncio.sleep(QUIET_S)
        asked = (_transactions(cluster) - before) / (time.monotonic() - began)
        following.cancel()
        await asyncio.wait([following])
    return asked


def _transactions(cluster: PostgresCluster) -> int:
    where = f"host=127.0.0.1 port={cluster.port} user={SUPERUSER} dbname=postgres"
    with psycopg.connect(where) as connection:
        row = connection.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = %s", [NAME]).fetchone()
    return int(row[0]) if row else 0


async def _last_event(database: Database, org_id: str) -> int:
    async with database.read(org_id=org_id) as session:
        return await get_last_sequence(session, org_id=org_id)


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _listening(url: str, listen_url: str | None) -> AsyncIterator[Database]:
    async with _open(url) as database:
        database.listen(lambda _: None, url=listen_url)
        while listen_url is None and not database.committed.hears_others:
            await asyncio.sleep(0.01)
        yield database
