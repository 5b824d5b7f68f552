"""Kill -9 of replicas, nodes, PostgreSQL and the object store at random moments, while takes are submitted and
rendered; then count: every accepted take ended once, with one set of files, and nothing else lies in the store.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import httpx
from minio import Minio
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage.objects import Objects, StoreError
from storage.seaweed import SeaweedServer
from storage.unit import Database
from tests.bench.roles import Tenant
from tests.fleet.processes import Fleet, RoleProcess
from tests.postgres import PostgresCluster

Victim = Literal["replica", "node", "database", "store"]
SETTLED_WITHIN_S = 600.0
BATCH = 20


@dataclass
class Books:
    """What was found; `wrong` is empty when every promise held."""

    accepted: int = 0
    refused: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    makespan_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Campaign:
    """A fleet with replicas and nodes that run, to be struck."""

    fleet: Fleet
    replicas: list[RoleProcess]
    nodes: list[RoleProcess]
    cluster: PostgresCluster
    store: SeaweedServer
    tenant: Tenant
    takes: int
    sleep_s: float
    chance: random.Random
    report: Callable[[str], None]
    books: Books = field(default_factory=Books)
    asked: dict[str, str | None] = field(default_factory=dict)

    async def rage(self, strikes: list[Victim], every_s: float) -> Books:
        """Submit, strike, wait until all is settled, count."""
        began = time.monotonic()
        submitting = asyncio.create_task(self._submit_all())
        for number, victim in enumerate(strikes):
            await asyncio.sleep(self.chance.uniform(0, 2 * every_s))
            await self._strike(victim)
            self.books.kills[victim] += 1
            self.report(f"strike {number + 1} of {len(strikes)}: {victim}")
        await submitting
        await self._until(_UNSETTLED, "takes are stuck")
        self.books.makespan_s = time.monotonic() - began
        await self._until(_UNCOLLECTED, "attempts were not cleaned up after")
        await self._count()
        return self.books

    async def _strike(self, victim: Victim) -> None:
        match victim:
            case "replica":
                await _restarted(self.chance.choice(self.replicas))
            case "node":
                await _restarted(self.chance.choice(self.nodes))
            case "database":
                await asyncio.to_thread(self.cluster.crash)
            case "store":
                self.store = await _restarted_store(self.store)

    async def _submit_all(self) -> None:
        for first in range(0, self.takes, BATCH):
            keys = [f"take-{number}" for number in range(first, min(first + BATCH, self.takes))]
            await asyncio.gather(*(self._submit(key) for key in keys))

    async def _submit(self, key: str) -> None:
        """Until a replica has answered, with the same key: a reply that was never seen makes no second take."""
        headers = {"Authorization": f"Bearer {self.tenant.api_key}", "Idempotency-Key": key}
        body = {
            "prompt": f"sleep {self.sleep_s}",
            "characters": [{"character_id": self.tenant.character_id}],
            "seconds": 0.5,
            "size": "256x256",
            "seed": 1,
        }
        while True:
            url = self.chance.choice(self.replicas).told["url"]
            try:
                async with httpx.AsyncClient(timeout=30) as http:
                    reply = await http.post(f"{url}/v1/takes", json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.5)
                continue
            if reply.status_code == 201:
                take_id = str(reply.json()["id"])
                if self.asked.get(key) not in (None, take_id):
                    self.books.wrong.append(f"{key} became two takes")
                self.asked[key] = take_id
                return
            self.books.refused += 1
            await asyncio.sleep(0.5)

    async def _until(self, query: str, what: str) -> None:
        """Until the query counts nothing more."""
        database = Database(self.fleet.url)
        deadline, left = time.monotonic() + SETTLED_WITHIN_S, 1
        while left and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            try:
                async with database.read(org_id=self.tenant.org_id) as session:
                    left = (await session.execute(text(query))).scalar_one()
            except SQLAlchemyError:
                continue
        if left:
            self.books.wrong.append(f"{left} {what}")
        await database.close()

    async def _count(self) -> None:
        books, database = self.books, Database(self.fleet.url)
        async with database.read(org_id=self.tenant.org_id) as session:
            rows = (await session.execute(text("SELECT id, state, clip_asset_id FROM takes"))).all()
            ends = dict((await session.execute(text(_ENDS))).all())
            attempts = Counter(dict((await session.execute(text(_ATTEMPTS))).all()))
            kept = dict((await session.execute(text(_KEPT))).all())
        await database.close()
        books.accepted, books.attempts = len(rows), attempts.total()
        if {row.id for row in rows} != set(self.asked.values()):
            books.wrong.append(f"{len(self.asked)} submits became {len(rows)} takes")
        books.wrong += [f"{row.id} is {row.state}" for row in rows if row.state != "SUCCEEDED"]
        books.wrong += [f"{row.id} told {ends.get(row.id, 0)} ends" for row in rows if ends.get(row.id, 0) != 1]
        if attempts["RENDERING"]:
            books.wrong.append(f"{attempts['RENDERING']} attempts still count as rendering")
        await self._count_objects(kept)

    async def _count_objects(self, kept: dict[str, str]) -> None:
        objects = Objects(self.store.address)
        for key, sha256 in kept.items():
            try:
                body = await objects.get(key, most_bytes=1 << 20)
            except StoreError as error:
                self.books.wrong.append(f"missing {key}: {error}")
                continue
            if hashlib.sha256(body).hexdigest() != sha256:
                self.books.wrong.append(f"other bytes in {key}")
        await objects.close()
        lying = await asyncio.to_thread(self._list_objects)
        self.books.wrong += [f"orphan {key}" for key in sorted(lying - set(kept))]

    def _list_objects(self) -> set[str]:
        address = self.store.address
        host = address.endpoint.partition("://")[2].strip("/")
        client = Minio(host, address.access_key, address.secret_key, secure=False, region=address.region)
        prefix = f"orgs/{self.tenant.org_id}/takes/"
        return {str(each.object_name) for each in client.list_objects(address.bucket, prefix=prefix, recursive=True)}


async def _restarted_store(store: SeaweedServer) -> SeaweedServer:
    """It keeps its ports, so that its address stays."""
    os.kill(store.pid, signal.SIGKILL)
    await store.wait()
    return await SeaweedServer.start(store.folder)


async def _restarted(process: RoleProcess) -> None:
    await asyncio.to_thread(process.kill)
    process.start()
    await asyncio.to_thread(process.await_ready)


_UNSETTLED = "SELECT count(*) FROM takes WHERE state IN ('QUEUED', 'RENDERING')"
_UNCOLLECTED = "SELECT count(*) FROM attempts WHERE collected_at IS NULL"
_ATTEMPTS = "SELECT state, count(*) FROM attempts GROUP BY state"
_ENDS = """SELECT take_id, count(*) FROM events WHERE type IN ('take.succeeded', 'take.failed', 'take.quarantined')
GROUP BY take_id"""
_KEPT = """SELECT a.object_key, a.sha256 FROM assets a JOIN takes t
ON a.id IN (t.clip_asset_id, t.thumbnail_asset_id, t.sprite_asset_id, t.motion_asset_id)"""
