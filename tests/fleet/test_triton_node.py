"""Nodes before a real Triton server: what it can render is what they take up, and a take whose way to an engine is lost
goes on elsewhere, with nothing held against it.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from storage.queries.nodes import list_alive
from storage.queries.takes import list_attempts
from storage.seaweed import SeaweedServer
from storage.unit import Database
from tests.acceptance.triton_server import Triton, kill, require_triton
from tests.bench.roles import Tenant, make_tenant
from tests.fleet.processes import Fleet, RoleProcess
from tests.fleet.test_fleet import eventually
from tests.postgres import PostgresCluster
from tests.studio.observability.collector import Collector, collecting

PANNING = "tests.inference.panning"
_SEEN = "SELECT seen_at FROM nodes WHERE name = 'behind' AND lost_at IS NULL"
_EXECUTOR = "SELECT executor_id FROM dbos.workflow_status WHERE workflow_uuid = :id AND status <> 'ENQUEUED'"


@dataclass
class Behind:
    """A replica, a node before the server, one with an engine of its own that is not started yet, and a sweeper."""

    fleet: Fleet
    triton: Triton
    replica: RoleProcess
    node: RoleProcess
    other: RoleProcess
    tenant: Tenant
    collector: Collector

    async def submit(self, prompt: str, **headers: str) -> str:
        body = {
            "prompt": prompt,
            "characters": [{"character_id": self.tenant.character_id}],
            "seconds": 0.5,
            "size": "256x256",
            "seed": 1,
        }
        async with self._http() as http:
            reply = await http.post("/v1/takes", json=body, headers=headers)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def take(self, take_id: str) -> dict[str, Any]:
        async with self._http() as http:
            take: dict[str, Any] = (await http.get(f"/v1/takes/{take_id}")).json()
        return take

    async def until(self, take_id: str, state: str, stage: str | None = None) -> dict[str, Any]:
        async def there() -> dict[str, Any] | None:
            take = await self.take(take_id)
            return take if take["state"] == state and stage in (None, take["stage"]) else None

        return await eventually(there)

    async def until_attempt(self, take_id: str, number: int) -> None:
        """Until it is amid its steps at this attempt."""

        async def there() -> bool | None:
            take = await self.take(take_id)
            return True if take["attempt"] >= number and take["stage"] == "denoise" else None

        await eventually(there)

    async def attempts(self, take_id: str) -> list[tuple[str, str | None]]:
        database = Database(self.fleet.url)
        async with database.read(org_id=self.tenant.org_id) as session:
            rows = await list_attempts(session, org_id=self.tenant.org_id, take_id=take_id)
        await database.close()
        return [(row.state, row.failure_code) for row in rows]

    async def until_node(self, *, idle: bool) -> tuple[int, str | None]:
        """Until its heartbeat has told so: its slots, and why it is idle."""
        database = Database(self.fleet.url)

        async def told() -> tuple[int, str | None] | None:
            async with database.read() as session:
                (node,) = [one for one in await list_alive(session) if one.name == "behind"]
            return (node.slots, node.why_idle) if (node.why_idle is not None) == idle else None

        found = await eventually(told)
        await database.close()
        return found

    async def executor_after_a_heartbeat(self, take_id: str) -> str | None:
        """Who has taken the take up, once the node has been heard of again: it was told of the take long before."""
        database = Database(self.fleet.url)
        async with database.read() as session:
            before = await session.scalar(text(_SEEN))

        async def seen() -> bool | None:
            async with database.read() as session:
                return True if await session.scalar(text(_SEEN)) != before else None

        await eventually(seen)
        async with database.read() as session:
            found: str | None = await session.scalar(text(_EXECUTOR), {"id": take_id})
        await database.close()
        return found

    def _http(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.tenant.api_key}"}
        return httpx.AsyncClient(base_url=self.replica.told["url"], headers=headers, timeout=90)


@pytest_asyncio.fixture(scope="module")
async def behind(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresCluster, migrated_postgres: str, seaweed: SeaweedServer
) -> AsyncIterator[Behind]:
    require_triton()
    folder, url = tmp_path_factory.mktemp("behind"), postgres.create("behind", migrated_postgres)
    with collecting() as collector, pytest.MonkeyPatch.context() as patched:
        patched.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        triton = Triton(folder / "triton", "--engine", PANNING, "--serves", "previs")
        fleet = Fleet(folder, url, seaweed.address, DRAMATIS_ENGINE_MODULE=PANNING)
        replica, sweeper = fleet.add("replica", "api"), fleet.add("sweeper", "sweeper")
        node = fleet.add("behind", "node", "--serves", "previs", "--name", "behind", "--triton", triton.url)
        other = fleet.add("other", "node", "--serves", "previs", "--name", "other")
        try:
            for process in (replica, node, sweeper):
                process.start()
            await asyncio.to_thread(triton.start)
            for process in (replica, node):
                process.await_ready()
            tenant = await make_tenant(url, seaweed)
            yield Behind(fleet, triton, replica, node, other, tenant, collector)
        finally:
            fleet.close()
            triton.stop()
            postgres.drop("behind")


async def test_a_node_whose_server_does_not_answer_takes_up_nothing_and_says_so(behind: Behind) -> None:
    assert await behind.until_node(idle=False) == (1, None)
    behind.triton.stop()
    slots, why_idle = await behind.until_node(idle=True)
    assert (slots, why_idle) == (
        1,
        f"previs: no Triton server answers at {behind.triton.url}: start one with scripts/triton",
    )
    async with httpx.AsyncClient() as plain:
        ready = await plain.get(f"{behind.node.told['url']}/readyz")
    assert (ready.status_code, ready.json()["parts"]["claims"]) == (503, why_idle)
    take_id = await behind.submit("She nods")
    assert await behind.executor_after_a_heartbeat(take_id) is None
    await asyncio.to_thread(behind.triton.start)
    assert (await behind.until(take_id, "SUCCEEDED"))["attempt"] == 1
    assert await behind.until_node(idle=False) == (1, None)


async def test_request_node_and_engine_behind_triton_tell_one_trace(behind: Behind) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    take_id = await behind.submit("She nods", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    await behind.until(take_id, "SUCCEEDED")
    names = ("POST create_take", "submit", "queue", "attempt", "render", "step", "upload")
    spans = await asyncio.to_thread(behind.collector.until, trace, *names)
    attempt, render = (next(span for span in spans if span.name == name) for name in ("attempt", "render"))
    assert (attempt.service, render.service, render.parent) == ("dramatis-node", "dramatis-engine", attempt.id)


async def test_a_take_whose_stubs_die_again_and_again_is_not_held_to_be_the_cause(
    behind: Behind, tmp_path: Path
) -> None:
    may_end = tmp_path / "may-end"
    take_id = await behind.submit(f"until {may_end}")
    for number in (1, 2, 3):
        await behind.until_attempt(take_id, number)
        (stub,) = behind.triton.stubs("previs")
        kill(stub, signal.SIGKILL)
    await behind.until_attempt(take_id, 4)
    may_end.touch()
    await behind.until(take_id, "SUCCEEDED")
    away = ("ABANDONED", "engine_unavailable")
    assert await behind.attempts(take_id) == [away, away, away, ("SUCCEEDED", None)]


async def test_a_take_whose_server_is_lost_goes_on_at_another_node(behind: Behind, tmp_path: Path) -> None:
    may_end = tmp_path / "may-end"
    take_id = await behind.submit(f"until {may_end}")
    await behind.until_attempt(take_id, 1)
    behind.other.start()
    behind.other.await_ready()
    behind.triton.stop()
    await behind.until_attempt(take_id, 2)
    may_end.touch()
    await behind.until(take_id, "SUCCEEDED")
    assert await behind.attempts(take_id) == [("ABANDONED", "engine_unavailable"), ("SUCCEEDED", None)]
