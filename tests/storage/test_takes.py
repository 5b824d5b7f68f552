"""Takes: legal moves only, one winner, one current attempt; events without gaps."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from storage.queries.accounts import insert_organisation
from storage.queries.assets import insert_ready_asset
from storage.queries.events import append_event, get_last_sequence, list_events
from storage.queries.shown_takes import list_takes
from storage.queries.takes import (
    begin_attempt,
    block_takes_of_character,
    end_attempt,
    get_take,
    insert_take,
    list_attempts,
    list_unfinished_takes,
    move_take,
    record_progress,
)
from storage.tables import Take
from storage.unit import Database

ORG, OTHER = "org_a", "org_b"


def _take(take_id: str, org_id: str = ORG) -> Take:
    return Take(
        id=take_id,
        org_id=org_id,
        request={},
        model="previs",
        prompt="she nods",
        seed=1,
        seconds=5.0,
        width=768,
        height=432,
    )


@pytest.fixture(autouse=True)
async def _orgs(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        for org_id in (OTHER, ORG):
            await insert_organisation(session, org_id=org_id, name=org_id)
        await insert_take(session, _take("take_1"), character_ids=["chr_1"])


async def _succeed(database: Database, attempt: int) -> bool:
    async with database.write(org_id=ORG) as session:
        asset = await insert_ready_asset(
            session,
            org_id=ORG,
            asset_id=f"ast_{attempt}",
            kind="clip",
            content_type="video/mp4",
            size_bytes=1,
            object_key=f"k/{attempt}",
            sha256="0" * 64,
        )
        moved = await move_take(
            session,
            org_id=ORG,
            take_id="take_1",
            to="SUCCEEDED",
            attempt=attempt,
            clip_asset_id=asset.id,
            receipt_sha256="0" * 64,
        )
        return moved is not None


async def test_a_take_ends_once_and_only_by_its_current_attempt(database: Database) -> None:
    for number in (1, 2):
        async with database.write(org_id=ORG) as session:
            attempt = await begin_attempt(session, org_id=ORG, take_id="take_1", key_prefix=f"p/{number}/")
            assert attempt is not None
            assert attempt.number == number
    assert not await _succeed(database, 1)  # a zombie
    assert await _succeed(database, 2)
    async with database.write(org_id=ORG) as session:
        assert await move_take(session, org_id=ORG, take_id="take_1", to="CANCELLED") is None
        assert await begin_attempt(session, org_id=ORG, take_id="take_1", key_prefix="p/3/") is None
        assert not await end_attempt(session, org_id=ORG, take_id="take_1", number=1, state="FAILED")
        states = [attempt.state for attempt in await list_attempts(session, org_id=ORG, take_id="take_1")]
        assert states == ["ABANDONED", "RENDERING"]
        take = await get_take(session, org_id=ORG, take_id="take_1")
        assert take is not None
        assert (take.state, take.finished_at is not None) == ("SUCCEEDED", True)
        assert await list_unfinished_takes(session, org_id=ORG) == []


async def test_a_queued_take_cannot_succeed(database: Database) -> None:
    assert not await _succeed(database, 0)


async def test_of_many_that_end_a_take_one_wins(database: Database) -> None:
    async def end(to: str) -> bool:
        async with database.write(org_id=ORG) as session:
            state = "CANCELLED" if to == "CANCELLED" else "FAILED"
            moved = await move_take(session, org_id=ORG, take_id="take_1", to=state, failure_code="engine_error")
            return moved is not None

    assert sum(await asyncio.gather(*(end(to) for to in ["CANCELLED", "FAILED"] * 10))) == 1


async def test_progress_of_an_old_attempt_is_not_recorded(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        for number in (1, 2):
            await begin_attempt(session, org_id=ORG, take_id="take_1", key_prefix=f"p/{number}/")
        where = {"org_id": ORG, "take_id": "take_1", "stage": "denoise"}
        assert not await record_progress(session, **where, attempt=1, progress=0.9)
        assert await record_progress(session, **where, attempt=2, progress=0.1)


async def test_consent_that_ends_blocks_unfinished_takes_of_its_character_alone(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        await insert_take(session, _take("take_2"), character_ids=["chr_2"])
        await insert_take(session, _take("take_3"), character_ids=["chr_1", "chr_2"])
        await move_take(session, org_id=ORG, take_id="take_3", to="CANCELLED")
        blocked = await block_takes_of_character(session, org_id=ORG, character_id="chr_1")
        assert [take.id for take in blocked] == ["take_1"]
        assert await block_takes_of_character(session, org_id=OTHER, character_id="chr_2") == []


async def test_another_organisation_sees_and_moves_nothing(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        assert await get_take(session, org_id=OTHER, take_id="take_1") is None
        assert await move_take(session, org_id=OTHER, take_id="take_1", to="CANCELLED") is None
        assert await list_takes(session, org_id=OTHER, after=None, limit=10) == []


async def test_a_success_without_a_clip_cannot_be_written(database: Database) -> None:
    async with database.write(org_id=ORG) as session:
        await begin_attempt(session, org_id=ORG, take_id="take_1", key_prefix="p/1/")
        with pytest.raises(IntegrityError):
            await move_take(session, org_id=ORG, take_id="take_1", to="SUCCEEDED", attempt=1)
        await session.rollback()


async def test_events_have_no_gaps_however_many_write_at_once(database: Database) -> None:
    async def append(number: int) -> None:
        async with database.write(org_id=ORG) as session:
            await append_event(session, org_id=ORG, type_="take.step", payload={"n": number}, take_id="take_1")
            if number % 5 == 0:
                await session.rollback()  # a unit that fails uses up no number

    await asyncio.gather(*(append(number) for number in range(40)))
    async with database.read(org_id=ORG) as session:
        events = await list_events(session, org_id=ORG, after=0, limit=100)
        assert [event.sequence for event in events] == list(range(1, 33))
        assert await get_last_sequence(session, org_id=ORG) == 32
        assert [e.sequence for e in await list_events(session, org_id=ORG, after=30, limit=100)] == [31, 32]
        assert await list_events(session, org_id=OTHER, after=0, limit=100) == []
