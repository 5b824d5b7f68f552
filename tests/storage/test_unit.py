"""Units: writers queue up, readers cannot write, what fails leaves nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from storage.queries.accounts import insert_organisation
from storage.queries.idempotency import claim_key, keep_reply
from storage.tables import IdempotencyKey, Organisation
from storage.unit import Database


async def test_a_unit_that_fails_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as session:
            await insert_organisation(session, org_id="org_a", name="A")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.read(org_id="org_a") as session:
        assert (await session.scalars(select(Organisation))).all() == []


async def test_a_read_unit_cannot_write(database: Database) -> None:
    with pytest.raises(SQLAlchemyError):
        async with database.read(org_id="org_a") as session:
            await insert_organisation(session, org_id="org_a", name="A")
    async with database.write() as session:  # the connection went back clean
        await insert_organisation(session, org_id="org_a", name="A")


async def test_writers_queue_up_and_lose_no_update(database: Database) -> None:
    async with database.write() as session:
        await insert_organisation(session, org_id="org_a", name="A")

    async def add_one() -> None:
        async with database.write(org_id="org_a") as session:
            row = await session.get_one(Organisation, "org_a", with_for_update=True)
            await asyncio.sleep(0.002)
            row.last_event += 1

    await asyncio.gather(*(add_one() for _ in range(30)))
    async with database.read(org_id="org_a") as session:
        assert (await session.get_one(Organisation, "org_a")).last_event == 30


async def test_eighty_submits_with_twenty_keys_work_twenty_times(database: Database) -> None:
    async with database.write() as session:
        await insert_organisation(session, org_id="org_a", name="A")
    done = []

    async def submit(key: str) -> int:
        async with database.write(org_id="org_a") as session:
            first = await claim_key(
                session, org_id="org_a", key=key, request_sha256="0" * 64, abandoned_after=timedelta(minutes=2)
            )
            if first is not None:
                assert first.status is not None
                return first.status
            done.append(key)
            await keep_reply(session, org_id="org_a", key=key, status=201, body={"id": key})
            return 201

    replies = await asyncio.gather(*(submit(f"key-{number % 20}") for number in range(80)))
    assert replies == [201] * 80
    assert sorted(done) == sorted(set(done))
    async with database.read(org_id="org_a") as session:
        assert len((await session.scalars(select(IdempotencyKey))).all()) == 20


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write(org_id="org_none") as session:
            await session.execute(
                text(
                    "INSERT INTO events (org_id, sequence, type, payload, created_at) "
                    "VALUES ('org_none', 1, 'x', '{}', '2026-01-01 00:00:00.000000')"
                )
            )


def test_other_drivers_are_refused() -> None:
    with pytest.raises(ValueError, match="psycopg"):
        Database("mysql://somewhere/else")


async def test_what_a_query_was_given_is_in_no_error(database: Database) -> None:
    async with database.read() as session:
        with pytest.raises(SQLAlchemyError) as failed:
            await session.execute(text("SELECT :secret FROM nowhere"), {"secret": "a secret of hers"})
    assert "nowhere" in str(failed.value)
    assert "a secret of hers" not in str(failed.value)
