"""Requests a minute over several processes: one limit. Each process here has its own memory and its own connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.queries.accounts import set_plan_name
from storage.unit import Database
from studio.organisations import plans, request_limits
from studio.organisations.creation import create_organisation
from studio.organisations.plans import PLANS, Plan
from studio.organisations.request_limits import RequestLimits, sweep_request_buckets

SMALL = Plan("small", requests_a_minute=120, queued_jobs=1, running_jobs=1, storage_bytes=None)
UNSETTLED = SMALL.requests_a_minute // request_limits.UNSETTLED_SHARE
YEAR = timedelta(days=365)
AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Process:
    """What a replica has for itself."""

    def __init__(self, url: str) -> None:
        self.database, self.limits = Database(url), RequestLimits()

    async def ask(self, org_id: str, times: int = 1) -> int:
        """How many of so many requests at once are allowed."""
        standings = await asyncio.gather(*(self.limits.count(self.database, org_id) for _ in range(times)))
        return sum(standing.retry_after_s is None for standing in standings)

    async def close(self) -> None:
        await self.limits.close()
        await self.database.close()


@pytest.fixture
async def org_id(database: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    """On a plan whose requests last for a year, so that nothing fills up while a test looks."""
    monkeypatch.setattr(plans, "PLANS", PLANS | {SMALL.name: SMALL})
    monkeypatch.setattr(request_limits, "WINDOW_S", YEAR.total_seconds())
    monkeypatch.setattr(request_limits, "WINDOW", YEAR)
    async with database.write() as session:
        organisation = await create_organisation(session, name="A")
    async with database.write(org_id=organisation.id) as session:
        await set_plan_name(session, org_id=organisation.id, plan=SMALL.name)
    return organisation.id


@pytest.fixture
async def processes(database_url: str) -> AsyncIterator[list[Process]]:
    opened = [Process(database_url) for _ in range(4)]
    yield opened
    for process in opened:
        await process.close()


@on_postgres
@pytest.mark.parametrize("count", [1, 2, 4])
async def test_several_processes_allow_what_one_does_and_a_twentieth_each(
    org_id: str, processes: list[Process], count: int
) -> None:
    allowed = 0
    for _ in range(3):
        asked = [process.ask(org_id, SMALL.requests_a_minute) for process in processes[:count]]
        allowed += sum(await asyncio.gather(*asked))
    most = SMALL.requests_a_minute + (count - 1) * UNSETTLED
    assert SMALL.requests_a_minute <= allowed <= most


@on_postgres
async def test_what_one_process_allowed_the_other_knows_and_too_much_is_paid_back(
    org_id: str, processes: list[Process], database: Database
) -> None:
    one, other, *_ = processes
    assert await one.ask(org_id, SMALL.requests_a_minute) == SMALL.requests_a_minute
    await settle(one)
    assert await other.ask(org_id, 50) == UNSETTLED, "it knew nothing yet"
    await settle(other)
    assert await level(database) == pytest.approx(-UNSETTLED / SMALL.requests_a_minute, abs=1e-3)
    assert await other.ask(org_id) + await one.ask(org_id) == 0


@on_postgres
async def test_requests_of_long_ago_count_no_more(org_id: str, processes: list[Process], database: Database) -> None:
    one, other, *_ = processes
    assert await one.ask(org_id, 100) == 100
    await settle(one)
    async with database.write() as session:
        await session.execute(text("UPDATE request_buckets SET filled_at = filled_at - interval '3 years'"))
    assert await other.ask(org_id, 100) == 100
    await settle(other)
    async with database.write() as session:
        await session.execute(text("UPDATE request_buckets SET filled_at = filled_at - interval '3 years'"))
    await sweep_request_buckets(database)
    async with database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM request_buckets"))).scalar_one() == 0


@on_postgres
async def test_it_settles_by_itself_soon_after(
    org_id: str, processes: list[Process], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_limits, "SETTLED_AFTER_S", 0.01)
    await processes[0].ask(org_id)
    async with asyncio.timeout(60):
        while await level(database) == 1:
            await asyncio.sleep(0.02)


@on_postgres
async def test_while_the_database_fails_a_process_goes_by_its_own_memory(org_id: str, processes: list[Process]) -> None:
    one = processes[0]
    assert await one.ask(org_id) == 1  # its plan is known from here on
    known, one.database = one.database, Database(AWAY)
    try:
        assert await one.ask(org_id, 3 * UNSETTLED) == 3 * UNSETTLED
    finally:
        await one.database.close()
        one.database = known
    await settle(one)
    assert one.limits._buckets[org_id].unsettled == 0


async def settle(process: Process) -> None:
    await process.limits._settle(process.database)


async def level(database: Database) -> float:
    """What is left by the row, a share of the whole."""
    async with database.read() as session:
        found = (await session.execute(text("SELECT level FROM request_buckets"))).scalar_one_or_none()
    return 1.0 if found is None else float(found)
