"""A replica, nodes and a sweeper as processes of their own: what a node is doing when it dies is done by another, once.

Real PostgreSQL, real S3, real engine processes with the tiny pipeline of tests/inference/panning.py.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from frontend.api_client.events import parse_events
from storage.address import StoreAddress
from storage.objects import Objects
from storage.queries.events import list_events
from storage.queries.takes import list_attempts
from storage.seaweed import SeaweedServer
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.cut import plan
from studio.cut.attempt import prefix_of
from studio.cut.cuts import submit_cut
from studio.organisations.creation import create_organisation
from tests.fleet.processes import Fleet, RoleProcess
from tests.postgres import PostgresCluster
from tests.studio.cut.cutting import LONG_TITLE_S
from tests.studio.generation.conftest import TERMINAL, cast_character
from tests.studio.observability.collector import Collector, collecting
from tests.studio.storyboard.films import open_film, told

Found = TypeVar("Found")
ENGINE = {"DRAMATIS_ENGINE_MODULE": "tests.inference.panning"}


@dataclass
class Installation:
    """A fleet with two nodes, and an organisation with a character that uses it."""

    fleet: Fleet
    nodes: list[RoleProcess]
    database: Database
    http: httpx.AsyncClient
    org_id: str
    character_id: str
    collector: Collector

    async def submit(self, prompt: str, **headers: str) -> str:
        body = {"prompt": prompt, "characters": [{"character_id": self.character_id}], "size": "256x256"}
        reply = await self.http.post("/v1/takes", json=body | {"seconds": 0.5, "seed": 1}, headers=headers)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def take(self, take_id: str) -> dict[str, Any]:
        take: dict[str, Any] = (await self.http.get(f"/v1/takes/{take_id}")).json()
        return take

    async def until(self, take_id: str, attempt: int, *states: str) -> dict[str, Any]:
        """Until this attempt at the take is in one of the states (any last one), or amid its steps for RENDERING."""

        async def there() -> dict[str, Any] | None:
            take = await self.take(take_id)
            amid = take["state"] != "RENDERING" or take["stage"] == "denoise"
            return take if take["attempt"] >= attempt and take["state"] in (states or TERMINAL) and amid else None

        return await eventually(there)

    async def executor_of(self, take_id: str) -> str | None:
        async with self.database.read() as session:
            query = text("SELECT executor_id FROM dbos.workflow_status WHERE workflow_uuid = :id")
            found: str | None = (await session.execute(query, {"id": take_id})).scalar_one()
            return found

    async def whose(self, take_id: str) -> tuple[RoleProcess, RoleProcess]:
        """The node that has taken the take up, and the other one."""
        executor = await self.executor_of(take_id)
        first, second = self.nodes
        return (first, second) if first.told["id"] == executor else (second, first)

    async def attempts(self, take_id: str) -> list[tuple[str, str | None]]:
        async with self.database.read(org_id=self.org_id) as session:
            rows = await list_attempts(session, org_id=self.org_id, take_id=take_id)
        return [(row.state, row.failure_code) for row in rows]

    async def events(self, take_id: str) -> list[str]:
        reply = await self.http.get("/v1/events", params={"take": take_id}, headers={"Last-Event-ID": "0"})
        return [event.type for event in parse_events(reply.text.split("\n"))]


async def eventually(look: Callable[[], Awaitable[Found | None]], within_s: float = 240) -> Found:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"never seen: {look}")


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest_asyncio.fixture(scope="module")
async def installation(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresCluster,
    seaweed: SeaweedServer,
    objects: Objects,
    collector: Collector,
) -> AsyncIterator[Installation]:
    url = postgres.create("fleet")
    store: StoreAddress = seaweed.address
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    fleet = Fleet(tmp_path_factory.mktemp("fleet"), url, store, DRAMATIS_NODE_DRAIN_S="0", **ENGINE, **told)
    replica = fleet.add("replica", "api")
    nodes = [fleet.add(name, "node", "--serves", "previs", "--name", name) for name in ("one", "two")]
    sweeper = fleet.add("sweeper", "sweeper")
    for process in (replica, *nodes, sweeper):  # they wait for the schema
        process.start()
    fleet.migrate()
    try:
        for process in (replica, *nodes):
            process.await_ready()
        database = Database(url)
        async with database.write() as session:
            organisation = await create_organisation(session, name="Fleet", plan="studio")
            issued = await issue_api_key(session, org_id=organisation.id, name="fleet")
        character_id = await cast_character(database, objects, organisation.id)
        headers = {"Authorization": f"Bearer {issued.secret}"}
        async with httpx.AsyncClient(base_url=replica.told["url"], headers=headers, timeout=90) as http:
            yield Installation(fleet, nodes, database, http, organisation.id, character_id, collector)
        await database.close()
    finally:
        fleet.close()


async def test_a_replica_offers_what_nodes_serve_and_a_node_renders_what_it_accepts(installation: Installation) -> None:
    models = (await installation.http.get("/v1/models")).json()["data"]
    assert [model["id"] for model in models] == ["previs"]
    assert (await installation.http.get("/readyz")).json()["ok"]
    take = await installation.until(await installation.submit("She nods"), 1)
    assert (take["state"], take["attempt"]) == ("SUCCEEDED", 1)
    async with httpx.AsyncClient() as plain:
        for node in installation.nodes:
            ready = (await plain.get(f"{node.told['url']}/readyz")).json()
            assert (ready["parts"]["claims"], ready["slots"]) == (None, 1)


async def test_replica_node_and_engine_tell_one_trace(installation: Installation) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    await installation.until(await installation.submit("She nods", traceparent=f"00-{trace}-00f067aa0ba902b7-01"), 1)
    names = ("POST create_take", "submit", "queue", "attempt", "render", "step", "upload")
    spans = await asyncio.to_thread(installation.collector.until, trace, *names)
    services = {name: {span.service for span in spans if span.name == name} for name in names}
    assert services == {
        "POST create_take": {"dramatis-api"},
        "submit": {"dramatis-api"},
        "queue": {"dramatis-node"},
        "attempt": {"dramatis-node"},
        "render": {"dramatis-engine"},
        "step": {"dramatis-engine"},
        "upload": {"dramatis-engine"},
    }
    attempt, render = (next(span for span in spans if span.name == name) for name in ("attempt", "render"))
    assert render.parent == attempt.id


async def test_the_take_of_a_killed_node_goes_on_elsewhere_once(installation: Installation, tmp_path: Path) -> None:
    may_end = tmp_path / "may-end"
    take_id = await installation.submit(f"until {may_end}")
    await installation.until(take_id, 1, "RENDERING")
    victim, other = await installation.whose(take_id)
    victim.kill()
    await installation.until(take_id, 2, "RENDERING")
    assert await installation.executor_of(take_id) == other.told["id"]
    may_end.touch()
    take = await installation.until(take_id, 2)
    assert (take["state"], take["attempt"]) == ("SUCCEEDED", 2)
    assert await installation.attempts(take_id) == [("ABANDONED", "node_lost"), ("SUCCEEDED", None)]
    assert (await installation.events(take_id)).count("take.succeeded") == 1
    victim.start()
    victim.await_ready()


async def test_a_node_that_comes_back_from_the_dead_changes_nothing(installation: Installation, tmp_path: Path) -> None:
    may_end = tmp_path / "may-end"
    take_id = await installation.submit(f"until {may_end}")
    await installation.until(take_id, 1, "RENDERING")
    frozen, _ = await installation.whose(take_id)
    frozen.signal(signal.SIGSTOP)
    await installation.until(take_id, 2, "RENDERING")
    frozen.signal(signal.SIGCONT)
    assert frozen.wait() == 3, frozen.log()[-2000:]
    assert "found_dead" in frozen.log()
    assert await installation.attempts(take_id) == [("ABANDONED", "node_lost"), ("RENDERING", None)]
    may_end.touch()
    take = await installation.until(take_id, 2)
    assert (take["state"], take["attempt"]) == ("SUCCEEDED", 2)
    assert (await installation.events(take_id)).count("take.succeeded") == 1
    frozen.start()
    frozen.await_ready()


async def test_a_frozen_node_whose_engine_ends_the_render_meanwhile_settles_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    may_end = tmp_path / "may-end"
    take_id = await installation.submit(f"until {may_end}")
    await installation.until(take_id, 1, "RENDERING")
    frozen, _ = await installation.whose(take_id)
    frozen.signal(signal.SIGSTOP)
    may_end.touch()  # its engine goes on: it is another process
    take = await installation.until(take_id, 2)
    frozen.signal(signal.SIGCONT)
    assert frozen.wait() == 3
    assert await installation.take(take_id) == take
    assert await installation.attempts(take_id) == [("ABANDONED", "node_lost"), ("SUCCEEDED", None)]
    assert (await installation.events(take_id)).count("take.succeeded") == 1
    frozen.start()
    frozen.await_ready()


async def test_a_node_that_is_told_to_stop_hands_its_take_on_at_once(
    installation: Installation, tmp_path: Path
) -> None:
    may_end = tmp_path / "may-end"
    take_id = await installation.submit(f"until {may_end}")
    await installation.until(take_id, 1, "RENDERING")
    leaving, other = await installation.whose(take_id)
    leaving.signal(signal.SIGTERM)
    await installation.until(take_id, 2, "RENDERING")
    assert await installation.executor_of(take_id) == other.told["id"]
    assert leaving.wait() == 0, leaving.log()[-2000:]
    may_end.touch()
    assert (await installation.until(take_id, 2))["state"] == "SUCCEEDED"
    leaving.start()
    leaving.await_ready()


async def test_a_film_of_a_frozen_node_is_made_elsewhere_and_stays_as_it_is(
    installation: Installation, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = await open_film(installation.http)
    cast = [{"character_id": installation.character_id}]
    shot_id = await film.shot(await film.scene(), "She nods", characters=cast, size="256x256", seconds=0.5)
    (take,) = told(await installation.http.post(f"/v1/shots/{shot_id}/takes", json={"count": 1}), 201)["data"]
    assert (await installation.until(take["id"], 1))["state"] == "SUCCEEDED"
    monkeypatch.setattr(plan, "TITLE_S", 2 * LONG_TITLE_S)
    async with installation.database.write(org_id=installation.org_id) as session:
        cut, _ = await submit_cut(session, org_id=installation.org_id, project_id=film.id)

    async def seen(attempt: int, *states: str) -> dict[str, Any]:
        async def there() -> dict[str, Any] | None:
            told_of = told(await installation.http.get(f"/v1/cuts/{cut.id}"))
            under_way = told_of["state"] != "RENDERING" or told_of["progress"] > 0
            return told_of if told_of["state"] in states and told_of["attempt"] == attempt and under_way else None

        return await eventually(there)

    await seen(1, "RENDERING")
    frozen, _ = await installation.whose(f"{cut.id}.0")
    frozen.signal(signal.SIGSTOP)  # the child that writes its film goes on
    await seen(2, "RENDERING", "SUCCEEDED")
    frozen.signal(signal.SIGCONT)
    assert frozen.wait() == 3, frozen.log()[-2000:]
    done = await seen(2, "SUCCEEDED")
    assert len(await objects.list_keys(prefix_of(installation.org_id, cut.id))) == 1
    async with installation.database.read(org_id=installation.org_id) as session:
        events = await list_events(session, org_id=installation.org_id, after=0, limit=10_000)
    ends = [each for each in events if each.type == "cut.changed" and each.payload["state"] == "SUCCEEDED"]
    assert [each.payload["cut_id"] for each in ends] == [cut.id]
    frozen.start()
    frozen.await_ready()
    assert told(await installation.http.get(f"/v1/cuts/{cut.id}")) == done


async def test_a_replica_asks_a_node_what_a_prompt_asks_in_vain(installation: Installation) -> None:
    async def notes_of(prompt: str) -> list[dict[str, Any]]:
        cast = [{"character_id": installation.character_id}]

        async def answered() -> list[dict[str, Any]] | None:
            body = {"prompt": prompt, "characters": cast}
            notes: list[dict[str, Any]] | None = told(await installation.http.post("/v1/takes/estimate", json=body))[
                "notes"
            ]
            return notes

        return await eventually(answered)

    assert [note["words"] for note in await notes_of("She walks nowhere")] == [["nowhere"]]
    assert await notes_of("She nods") == []
