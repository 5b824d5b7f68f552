"""Checkpoints of takes: one a take, the current attempt's alone, its own tenant's, given up when nobody needs it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.queries.accounts import insert_organisation
from storage.queries.checkpoints import (
    announce_checkpoint,
    delete_checkpoint,
    get_checkpoint,
    keep_checkpoint,
    list_spent_checkpoints,
)
from storage.queries.takes import begin_attempt, insert_take, move_take
from storage.tables import Take
from storage.unit import Database

ORG, OTHER = "org_a", "org_b"
TAKE = {"org_id": ORG, "take_id": "take_1"}


@pytest.fixture(autouse=True)
async def _attempt(database: Database) -> None:
    take = Take(
        id="take_1", org_id=ORG, request={}, model="previs", prompt="she nods", seed=1, seconds=5.0, width=64, height=64
    )
    async with database.write(org_id=ORG) as session:
        for org_id in (OTHER, ORG):
            await insert_organisation(session, org_id=org_id, name=org_id)
        await insert_take(session, take, character_ids=["chr_1"])
        await begin_attempt(session, **TAKE, key_prefix="orgs/org_a/takes/take_1/try_1/")


async def keep(database: Database, done: int, attempt: int = 1) -> str | None:
    async with database.write(org_id=ORG) as session:
        return await keep_checkpoint(
            session, **TAKE, attempt=attempt, digest="d" * 64, sha256=f"{done:064x}", size_bytes=10, done=done, total=9,
            object_key=f"key-{done}",
        )  # fmt: skip


async def kept(database: Database) -> str | None:
    async with database.read(org_id=ORG) as session:
        row = await get_checkpoint(session, **TAKE)
    return row and row.object_key


async def spent(database: Database, org_id: str = ORG, **after: timedelta) -> list[str]:
    async with database.read(org_id=org_id) as session:
        limits = {"ended_before": timedelta(0), "kept_for": timedelta(hours=1)} | after
        return await list_spent_checkpoints(session, org_id=org_id, **limits, limit=10)


async def test_the_newest_replaces_the_one_before_and_a_late_one_does_not(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        assert await announce_checkpoint(session, **TAKE, attempt=1)
    assert await kept(database) is None
    assert await keep(database, 1) is None
    assert await keep(database, 2) == "key-1", "its object is of no use any more"
    assert await keep(database, 2) is None, "told twice"
    async with database.write(org_id=ORG) as session:
        await begin_attempt(session, **TAKE, key_prefix="orgs/org_a/takes/take_1/try_2/")
    assert await keep(database, 3, attempt=1) == "key-3"
    async with database.write(org_id=ORG) as session:
        assert not await announce_checkpoint(session, **TAKE, attempt=1)
    assert await kept(database) == "key-2"


async def test_another_tenant_finds_none(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        await announce_checkpoint(session, **TAKE, attempt=1)
    await keep(database, 1)
    async with database.read(org_id=OTHER) as session:
        assert await get_checkpoint(session, org_id=OTHER, take_id="take_1") is None
    assert await spent(database, OTHER, kept_for=timedelta(0)) == []


async def test_it_is_given_up_when_its_take_has_ended_or_does_not_go_on(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        await announce_checkpoint(session, **TAKE, attempt=1)
    await keep(database, 1)
    assert await spent(database) == []
    assert await spent(database, kept_for=timedelta(0)) == ["take_1"]
    async with database.write(org_id=ORG) as session:
        await move_take(session, **TAKE, to="CANCELLED")
    assert await spent(database, ended_before=timedelta(hours=1)) == [], "its engine may still write"
    assert await spent(database) == ["take_1"]
    async with database.write(org_id=ORG) as session:
        await delete_checkpoint(session, **TAKE)
    assert await spent(database) == []
