"""Who waits for a tenant's commits is woken by them, and by no other tenant's."""

from __future__ import annotations

import asyncio

import pytest

from storage.commit_signal import CommitSignal, call_after_commit
from storage.unit import Database
from studio.organisations.creation import create_organisation

FOR_EVER_S = 3600.0


async def test_a_commit_wakes_who_waits_for_its_tenant_and_nobody_else(database: Database) -> None:
    async with database.write() as session:
        ours, theirs = [(await create_organisation(session, name=name)).id for name in ("A", "B")]
    signal = database.committed
    waiting = {
        org_id: asyncio.create_task(signal.wait(org_id, since=signal.count(org_id), most_s=FOR_EVER_S))
        for org_id in (ours, theirs)
    }
    async with database.read(org_id=ours):
        pass
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting.values())
    async with database.write(org_id=ours):
        await asyncio.sleep(0)
        assert not waiting[ours].done(), "it is not committed yet"
    await asyncio.wait_for(waiting[ours], 60)
    assert not waiting[theirs].done()
    waiting[theirs].cancel()


async def test_a_commit_between_the_look_and_the_wait_is_not_missed_and_a_wait_has_an_end() -> None:
    signal = CommitSignal()
    seen = signal.count("org")
    signal.note("org")
    await asyncio.wait_for(signal.wait("org", since=seen, most_s=FOR_EVER_S), 60)
    await signal.wait("org", since=signal.count("org"), most_s=0.01)


async def test_a_call_after_the_commit_is_made_once_and_not_when_nothing_was_committed(database: Database) -> None:
    made: list[str] = []

    async def give_up() -> None:
        async with database.write() as session:
            call_after_commit(session, lambda: made.append("rolled back"))
            raise LookupError

    with pytest.raises(LookupError):
        await give_up()
    async with database.write() as session:
        await create_organisation(session, name="A")
        call_after_commit(session, lambda: made.append("committed"))
        assert made == []
    assert made == ["committed"]
