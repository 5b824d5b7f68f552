"""Which takes nodes can see: an organisation's first ones, no more than its plan allows, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import text, update

from storage.queries.durable import durable_table
from storage.queries.fair_queue import get_account, set_paused
from storage.queries.takes import begin_attempt, insert_take, move_take
from storage.tables import Pool, Take
from storage.unit import Database
from studio.organisations import plans
from studio.organisations.creation import create_organisation
from studio.queue.durable import SHARED
from studio.queue.release import let_go_first, note_begun, release_takes, repair_heads
from studio.queue.schedule import CREDIT_S, REBASE_AT, TICKS_A_SECOND, Priority, rank_of

AT = 1_800_000_000.0
DRAFT_S, RENDER_S = 3.0, 200.0


@pytest.fixture
async def org_id(database: Database) -> str:
    async with database.write() as session:
        return (await create_organisation(session, name="One", plan="studio")).id


class Film:
    """Submits, begins and ends takes of one organisation, each in a unit, as the studio does."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database, self._org_id = database, org_id
        self._submitted = 0

    @property
    def org_id(self) -> str:
        return self._org_id

    async def submit(self, take_id: str, seconds: float = RENDER_S, priority: Priority = "normal") -> None:
        self._submitted += 1
        take = Take(
            id=take_id, org_id=self._org_id, request={}, model="previs", prompt="", seed=1, seconds=1,
            width=2, height=2, expected_ms=round(seconds * 1000), priority=priority,
            rank=rank_of(AT + self._submitted, priority),
        )  # fmt: skip
        async with self._database.write(org_id=self._org_id) as session:
            await insert_take(session, take, character_ids=[])
            await release_takes(session, org_id=self._org_id)

    async def begin(self, take_id: str) -> None:
        await self.claim(take_id)
        async with self._database.write(org_id=self._org_id) as session:
            take = {"org_id": self._org_id, "take_id": take_id}
            assert await begin_attempt(session, **take, key_prefix=take_id) is not None
            await release_takes(session, org_id=self._org_id)

    async def end(self, take_id: str) -> None:
        async with self._database.write(org_id=self._org_id) as session:
            moved = await move_take(session, org_id=self._org_id, take_id=take_id, to="CANCELLED")
            assert moved is not None
            await release_takes(session, org_id=self._org_id)

    async def pause(self, paused: bool) -> None:
        async with self._database.write(org_id=self._org_id) as session:
            assert await set_paused(session, org_id=self._org_id, paused=paused)
            await release_takes(session, org_id=self._org_id)

    async def repair(self) -> None:
        async with self._database.write(org_id=self._org_id) as session:
            await repair_heads(session, org_id=self._org_id)

    async def claim(self, take_id: str) -> None:
        """As a node does, which has not begun yet."""
        await self.durable("UPDATE {} SET status = 'PENDING' WHERE workflow_uuid = :id", take_id)

    async def durable(self, words: str, take_id: str) -> None:
        async with self._database.write() as session:
            await session.execute(text(words.format(durable_table(session, "workflow_status"))), {"id": take_id})

    async def account(self) -> float:
        async with self._database.read(org_id=self._org_id) as session:
            return (await get_account(session, org_id=self._org_id, pool=SHARED)).finish


async def in_queue(database: Database) -> list[str]:
    """Ids of the takes that nodes can see, the next one first."""
    async with database.read() as session:
        table = durable_table(session, "workflow_status")
        words = f"SELECT workflow_uuid FROM {table} WHERE status = 'ENQUEUED' ORDER BY priority, created_at"  # noqa: S608
        return list(await session.scalars(text(words)))


@pytest.fixture
def film(database: Database, org_id: str) -> Film:
    return Film(database, org_id)


async def test_four_takes_are_seen_and_the_next_one_once_one_has_begun(film: Film, database: Database) -> None:
    for number in range(6):
        await film.submit(f"take_{number}")
    assert await in_queue(database) == [f"take_{number}" for number in range(4)]
    await film.begin("take_0")  # of four that may run one does
    assert await in_queue(database) == ["take_1", "take_2", "take_3"]
    await film.end("take_0")
    assert await in_queue(database) == ["take_1", "take_2", "take_3", "take_4"]


async def test_a_draft_passes_renders_that_wait_and_the_last_of_them_is_withdrawn(
    film: Film, database: Database
) -> None:
    for number in range(5):
        await film.submit(f"take_{number}")
    await film.submit("draft", DRAFT_S, "interactive")
    assert await in_queue(database) == ["draft", "take_0", "take_1", "take_2"]


async def test_a_head_that_a_node_has_taken_up_stays_and_takes_up_its_room(film: Film, database: Database) -> None:
    for number in range(4):
        await film.submit(f"take_{number}")
    for number in range(4):
        await film.claim(f"take_{number}")
    await film.submit("draft", DRAFT_S, "interactive")
    assert await in_queue(database) == []
    await film.end("take_0")
    assert await in_queue(database) == ["draft"]


async def test_what_was_not_used_comes_back_to_the_account(film: Film) -> None:
    await film.submit("take_0")
    await film.submit("take_1")
    assert await film.account() == 2 * RENDER_S / plans.PLANS["studio"].weight
    await film.end("take_1")
    assert await film.account() == RENDER_S / plans.PLANS["studio"].weight


async def test_a_queue_that_is_paused_shows_nothing_and_goes_on_in_its_place(film: Film, database: Database) -> None:
    await film.submit("take_0")
    await film.submit("take_1")
    before = await film.account()
    await film.pause(True)
    await film.submit("draft", DRAFT_S, "interactive")
    assert await in_queue(database) == []
    await film.pause(False)
    assert await in_queue(database) == ["draft", "take_0", "take_1"]
    assert await film.account() == before + DRAFT_S / plans.PLANS["studio"].weight


async def test_whoever_has_waited_less_goes_behind_whoever_used_less(database: Database, film: Film) -> None:
    for number in range(4):
        await film.submit(f"flood_{number}")
    async with database.write() as session:
        other = (await create_organisation(session, name="Other", plan="studio")).id
    await Film(database, other).submit("quiet")
    assert (await in_queue(database))[:2] == ["flood_0", "quiet"]


async def test_a_draft_that_room_is_made_for_is_begun_next_and_asks_once(film: Film, database: Database) -> None:
    async with database.write() as session:
        ahead = (await create_organisation(session, name="Two", plan="studio")).id
    other = Film(database, ahead)
    for number in range(4):
        await other.submit(f"take_{number}")  # the last one's tag is behind all of these
    await film.submit("render", 3 * RENDER_S)
    await film.submit("draft", 5 * RENDER_S)
    asked = []
    for _ in range(2):
        async with database.write(org_id=film.org_id) as session:
            asked.append(await let_go_first(session, org_id=film.org_id, take_id="draft"))
    assert asked == [True, False]
    await film.repair()
    assert (await in_queue(database))[0] == "draft"


async def test_a_pools_time_moves_on_when_takes_begin_and_a_newcomer_starts_there(
    database: Database, film: Film
) -> None:
    await note_begun(database, pool=SHARED, start=5000.0)
    await note_begun(database, pool=SHARED, start=4000.0)
    await film.submit("take_0", seconds=20)
    assert await film.account() == 5000 - CREDIT_S + 10


async def test_a_pool_counts_anew_before_its_numbers_end_and_keeps_the_order(database: Database, film: Film) -> None:
    late = 1.5 * REBASE_AT / TICKS_A_SECOND
    async with database.write() as session:
        await session.execute(update(Pool).values(virtual=late - 1))
    await film.submit("take_0")
    await film.submit("take_1")
    await note_begun(database, pool=SHARED, start=late)
    async with database.read() as session:
        table = durable_table(session, "workflow_status")
        priorities = list(await session.scalars(text(f"SELECT priority FROM {table} ORDER BY priority")))  # noqa: S608
    assert 1 <= priorities[0] < priorities[1] < 2 * CREDIT_S * TICKS_A_SECOND
    assert await in_queue(database) == ["take_0", "take_1"]
    await film.durable("UPDATE {} SET priority = 2000000000 WHERE workflow_uuid = :id", "take_0")
    await film.repair()
    assert await in_queue(database) == ["take_0", "take_1"]


async def test_a_head_whose_workflow_is_gone_is_released_again(film: Film, database: Database) -> None:
    await film.submit("take_0")
    await film.submit("take_1")
    await film.durable("DELETE FROM {} WHERE workflow_uuid = :id", "take_0")
    await film.repair()
    assert await in_queue(database) == ["take_0", "take_1"]


async def test_two_hundred_at_once_never_show_more_than_the_plan_lets_run(
    film: Film, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(plans.PLANS, "studio", replace(plans.PLANS["studio"], running_jobs=3))
    await asyncio.gather(*(film.submit(f"take_{number:03}") for number in range(200)))
    seen = await in_queue(database)
    assert len(seen) == 3
    await _begin_all(film, seen)
    assert await in_queue(database) == []
    await asyncio.gather(*(film.end(take_id) for take_id in seen))
    assert len(await in_queue(database)) == 3
    await asyncio.gather(*(film.end(f"take_{number:03}") for number in range(200) if f"take_{number:03}" not in seen))
    assert await in_queue(database) == []


async def _begin_all(film: Film, take_ids: Sequence[str]) -> None:
    for take_id in take_ids:
        await film.begin(take_id)
