"""Nodes live by the database's clock, once each; one of many processes leads."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from storage import leadership
from storage.leadership import lead
from storage.queries.nodes import (
    end_node,
    forget_nodes,
    insert_node,
    list_alive,
    list_announced,
    list_silent,
    lose_silent,
    see_node,
)
from storage.tables import Node, database_now
from storage.unit import Database
from tests.postgres import PostgresCluster

LONG = timedelta(seconds=20)


async def join(database: Database, node_id: str, name: str, pool: str = "shared") -> None:
    node = Node(id=node_id, name=name, pool=pool, models={"previs": {}}, device="cpu", software="tests", slots=1)
    async with database.write() as session:
        await insert_node(session, node)


async def alive(database: Database) -> list[str]:
    async with database.read() as session:
        return [node.id for node in await list_alive(session)]


async def fall_silent(database: Database, node_id: str) -> None:
    async with database.write() as session:
        now = await session.scalar(database_now().select())
        await session.execute(update(Node).where(Node.id == node_id).values(seen_at=now - 2 * LONG))


async def test_a_name_is_one_nodes_at_a_time(database: Database) -> None:
    await join(database, "first", "gpu-1")
    await join(database, "other", "gpu-2")
    await join(database, "second", "gpu-1")
    assert await alive(database) == ["other", "second"]
    async with database.write() as session:
        assert not await see_node(session, node_id="first")
        assert await see_node(session, node_id="second")


async def test_who_is_silent_is_lost_for_good(database: Database) -> None:
    await join(database, "first", "gpu-1")
    await join(database, "other", "gpu-2")
    await fall_silent(database, "first")
    async with database.read() as session:
        assert await list_silent(session, silent_for=LONG) == ["first"]
    async with database.write() as session:
        assert await lose_silent(session, silent_for=LONG) == ["gpu-1"]
        assert await lose_silent(session, silent_for=LONG) == []
        assert not await see_node(session, node_id="first")
    assert await alive(database) == ["other"]


async def test_what_a_node_announced_is_remembered_for_a_while(database: Database) -> None:
    await join(database, "first", "gpu-1")
    await join(database, "secluded", "gpu-2", pool="theirs")
    async with database.write() as session:
        await end_node(session, node_id="first")
    async with database.read() as session:
        assert await list_announced(session, within=LONG) == [("shared", {"previs": {}}), ("theirs", {"previs": {}})]
    await fall_silent(database, "first")
    async with database.write() as session:
        assert await list_announced(session, within=LONG) == [("theirs", {"previs": {}})]
        await forget_nodes(session, lost_for=timedelta(0))
        assert await session.scalar(text("SELECT count(*) FROM nodes")) == 1


async def test_one_leads_and_the_other_follows_when_it_is_gone(
    postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "LOOK_EVERY_S", 0.05)
    databases = [Database(postgres.create("leading")), Database(postgres.url("leading"))]
    began: list[int] = []

    async def work(number: int) -> None:
        began.append(number)
        await asyncio.Event().wait()

    leaders = [asyncio.create_task(lead(each, 42, lambda n=n: work(n))) for n, each in enumerate(databases)]
    while not began:
        await asyncio.sleep(0.01)
    for _ in range(20):
        await asyncio.sleep(0.05)
        assert len(began) == 1
    leaders[began[0]].cancel()
    await asyncio.wait([leaders[began[0]]])
    while len(began) < 2:
        await asyncio.sleep(0.01)
    assert sorted(began) == [0, 1]
    for leader in leaders:
        leader.cancel()
    await asyncio.wait(leaders)
    for database in databases:
        await database.close()
