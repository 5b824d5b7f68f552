"""Kill -9 of replicas, nodes, Triton, PostgreSQL and the object store at random moments, while takes are submitted and
rendered; then count: every accepted take ended once, with one set of files, and nothing else lies in the store.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from minio import Minio
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage.address import StoreAddress
from storage.objects import Objects, StoreError
from storage.seaweed import StoreUnavailable
from storage.unit import Database
from tests.bench.roles import Tenant
from tests.fleet.processes import RoleProcess
from tests.fleet.victims import Kind, Victim

STUCK_AFTER_S = 300.0
BATCH = 20
TELL_EVERY = 20  # strikes
TELL_EVERY_S = 30.0


@dataclass
class Books:
    """What was found; `wrong` is empty when every promise held. parts: what was killed, by its name."""

    accepted: int = 0
    refused: int = 0
    kills: Counter[Kind] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    makespan_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Campaign:
    """A fleet that runs, to be struck. takes: to be submitted, spread over the strikes; enough: set to strike and
    submit no more, and to count what there was."""

    url: str
    address: StoreAddress
    replicas: Sequence[RoleProcess]
    processes: Sequence[RoleProcess]
    victims: list[Victim]
    tenant: Tenant
    takes: int
    sleep_s: float
    chance: random.Random
    report: Callable[[str], None]
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    books: Books = field(default_factory=Books)
    asked: dict[str, str | None] = field(default_factory=dict)
    due: int = 0  # takes that may be submitted by now

    async def rage(self, strikes: int, every_s: float) -> Books:
        """Submit, strike, wait until all is settled, count. every_s: between two strikes, on the average."""
        began = time.monotonic()
        keeping = asyncio.create_task(self._keep())
        self.due = 0 if strikes else self.takes
        async with asyncio.TaskGroup() as tasks:
            submitting = tasks.create_task(self._submit_all())
            for number in range(1, strikes + 1):
                await self._until_enough(self.chance.uniform(0, 2 * every_s))
                if self.enough.is_set():
                    break
                tasks.create_task(self._strike(await self._choose()))
                self.due = self.takes * number // strikes
                if number % TELL_EVERY == 0:
                    await self._tell(began)
            self.enough.set() if self.due < self.takes else None
            await submitting
        await self._until(_UNSETTLED, "takes are stuck")
        self.books.makespan_s = await self._makespan_s()
        await self._until(_UNCOLLECTED, "attempts were not cleaned up after")
        await self._count()
        keeping.cancel()
        return self.books

    async def _until_enough(self, most_s: float) -> None:
        try:
            async with asyncio.timeout(most_s):
                await self.enough.wait()
        except TimeoutError:
            return

    async def _choose(self) -> Victim:
        """Any that is up, and that counts as down from now on."""
        while not (standing := [victim for victim in self.victims if not victim.is_down]):
            await asyncio.sleep(0.1)
        victim = self.chance.choice(standing)
        victim.is_down = True
        return victim

    async def _keep(self) -> None:
        """What a supervisor does: start again whatever has ended."""
        while True:
            for process in self.processes:
                if process.has_ended():
                    assert process.process is not None
                    if process.process.returncode != -signal.SIGKILL:
                        self.books.ended[f"{process.words[0]} ({process.process.returncode})"] += 1
                    process.start()
            await asyncio.sleep(0.2)

    async def _strike(self, victim: Victim) -> None:
        self.books.kills[victim.kind] += 1
        try:
            self.books.parts[await victim.strike()] += 1
        except (AssertionError, StoreUnavailable, OSError, subprocess.CalledProcessError) as error:
            self.books.wrong.append(f"a {victim.kind} did not come back: {error!r}"[:2000])
        finally:
            victim.is_down = False

    async def _tell(self, began: float) -> None:
        states = Counter[str]()
        database = Database(self.url)
        try:
            async with database.read(org_id=self.tenant.org_id) as session:
                states.update(dict((await session.execute(text(_STATES))).all()))
        except SQLAlchemyError:
            pass  # it is down just now
        finally:
            await database.close()
        kills = ", ".join(f"{kind} {count}" for kind, count in sorted(self.books.kills.items()))
        self.report(f"{time.monotonic() - began:.0f} s: killed {kills}; {len(self.asked)} submitted, {dict(states)}")

    async def _submit_all(self) -> None:
        for first in range(0, self.takes, BATCH):
            numbers = range(first, min(first + BATCH, self.takes))
            while self.due <= numbers[-1] and not self.enough.is_set():
                await self._until_enough(0.5)
            if self.due <= first and self.enough.is_set():
                return
            await asyncio.gather(*(self._submit(f"take-{number}") for number in numbers))

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

    async def _makespan_s(self) -> float:
        """From the first submit to the last end, by the database's clock: whoever looks now and then sees it late."""
        database = Database(self.url)
        async with database.read(org_id=self.tenant.org_id) as session:
            first, last = (await session.execute(text(_SPAN))).one()
        await database.close()
        return float((last - first).total_seconds())

    async def _until(self, query: str, what: str) -> None:
        """Until the query counts nothing more; what does not become less for so long is stuck."""
        database = Database(self.url)
        deadline, left, told = time.monotonic() + STUCK_AFTER_S, 1 << 30, time.monotonic()
        while left and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            try:
                async with database.read(org_id=self.tenant.org_id) as session:
                    now = (await session.execute(text(query))).scalar_one()
            except SQLAlchemyError:
                continue
            deadline = time.monotonic() + STUCK_AFTER_S if now < left else deadline
            left = now
            if time.monotonic() > told + TELL_EVERY_S:
                told = time.monotonic()
                self.report(f"{left} left before it is said that {what}")
        if left:
            self.books.wrong.append(f"{left} {what}")
        await database.close()

    async def _count(self) -> None:
        books, database = self.books, Database(self.url)
        async with database.read(org_id=self.tenant.org_id) as session:
            rows = (await session.execute(text("SELECT id, state, clip_asset_id FROM takes"))).all()
            ends: dict[str, int] = dict((await session.execute(text(_ENDS))).all())
            attempts: Counter[str] = Counter(dict((await session.execute(text(_ATTEMPTS))).all()))
            kept: dict[str, str] = dict((await session.execute(text(_KEPT))).all())
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
        objects = Objects(self.address)
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
        address = self.address
        host = address.endpoint.partition("://")[2].strip("/")
        client = Minio(host, address.access_key, address.secret_key, secure=False, region=address.region)
        prefix = f"orgs/{self.tenant.org_id}/takes/"
        return {str(each.object_name) for each in client.list_objects(address.bucket, prefix=prefix, recursive=True)}


_UNSETTLED = "SELECT count(*) FROM takes WHERE state IN ('QUEUED', 'RENDERING')"
_SPAN = "SELECT min(created_at), max(finished_at) FROM takes"
_STATES = "SELECT state, count(*) FROM takes GROUP BY state"
_UNCOLLECTED = "SELECT count(*) FROM attempts WHERE collected_at IS NULL"
_ATTEMPTS = "SELECT state, count(*) FROM attempts GROUP BY state"
_ENDS = """SELECT take_id, count(*) FROM events WHERE type IN ('take.succeeded', 'take.failed', 'take.quarantined')
GROUP BY take_id"""
_KEPT = """SELECT a.object_key, a.sha256 FROM assets a JOIN takes t
ON a.id IN (t.clip_asset_id, t.thumbnail_asset_id, t.sprite_asset_id, t.motion_asset_id)"""
