"""Webhooks: from an event's commit until a receiver on this machine has it, one at a time, and a hundred at once.

On SQLite in one process, and on PostgreSQL, with everything that tells receivers in this process.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np

from storage.migrate import migrate
from storage.unit import Database
from studio.http.ids import new_id
from studio.organisations.creation import create_organisation
from studio.progress.events import publish_event
from studio.queue.durable import migrate_durable
from studio.webhooks.endpoints import make_endpoint
from tests.bench.outcome import Outcome, Report
from tests.postgres import OWNER_ROLE, running_cluster
from tests.studio.webhooks.conftest import told
from tests.studio.webhooks.receiver import Receiver, open_receiver

WARMING, ONE_BY_ONE, AT_ONCE = 5, 100, 100


def run(report: Report) -> Outcome:
    """`scripts/bench webhooks`."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder, running_cluster() as cluster:
        backups = Path(folder)
        sqlite = f"sqlite+aiosqlite:///{folder}/dramatis.sqlite"
        migrate(sqlite, backups=backups)
        migrate_durable(sqlite)
        postgresql = cluster.create("webhooks")
        migrate(postgresql, backups=backups, owner_url=cluster.url("webhooks", OWNER_ROLE))
        migrate_durable(postgresql)
        for name, url in (("sqlite", sqlite), ("postgresql", postgresql)):
            report(f"webhooks: {name}")
            singles, burst_s = asyncio.run(_measure(url))
            outcome.note(f"{name}_p50_s", round(float(np.median(singles)), 3))
            outcome.check(f"{name}_p95_s", round(float(np.percentile(singles, 95)), 3), "<=", 1.0)
            outcome.note(f"{name}_{AT_ONCE}_at_once_s", round(burst_s, 2))
    return outcome


async def _measure(url: str) -> tuple[list[float], float]:
    database = Database(url)
    with open_receiver() as receiver:
        org_id = await _organisation(database, receiver)
        async with told(database):
            singles = [await _one(database, org_id, receiver) for _ in range(WARMING + ONE_BY_ONE)][WARMING:]
            began, before = time.monotonic(), len(receiver.received)
            for _ in range(AT_ONCE):
                await _publish(database, org_id)
            await receiver.until(before + AT_ONCE, within_s=300)
            burst_s = time.monotonic() - began
    await database.close()
    return singles, burst_s


async def _organisation(database: Database, receiver: Receiver) -> str:
    async with database.write() as session:
        organisation = await create_organisation(session, name="A")
    async with database.write(org_id=organisation.id) as session:
        of = {"org_id": organisation.id, "name": "app", "url": receiver.url}
        await make_endpoint(session, **of, event_types=["take.*"])
    return organisation.id


async def _publish(database: Database, org_id: str) -> None:
    async with database.write(org_id=org_id) as session:
        await publish_event(session, org_id=org_id, take_id=new_id("take"), event="take.succeeded")


async def _one(database: Database, org_id: str, receiver: Receiver) -> float:
    before = len(receiver.received)
    await _publish(database, org_id)
    began = time.monotonic()
    await receiver.until(before + 1)
    return time.monotonic() - began
