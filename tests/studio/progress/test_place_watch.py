"""Whoever waits hears that others moved the times of her takes, and only then."""

from __future__ import annotations

import asyncio
import itertools
import math
from contextlib import aclosing

import pytest

from storage.queries import pool_picture
from storage.unit import Database
from studio.generation.takes import cancel_take
from studio.progress import place_watch
from studio.progress.place_watch import PlaceWatch
from studio.progress.routes import follow_from_now
from tests.studio.conftest import Tenant
from tests.studio.generation.test_queue import wait_in_line


@pytest.fixture(autouse=True)
def every_look_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_picture, "KEPT_S", 0.0)


async def look(database: Database, watch: PlaceWatch) -> bool:
    async with database.read(org_id=watch._org_id) as session:
        return await watch.has_moved(session)


async def test_others_takes_move_those_that_wait_and_are_told_seldom(
    database: Database, tenant: Tenant, other_tenant: Tenant
) -> None:
    ours, theirs, idle = (PlaceWatch(org, None) for org in (tenant.org_id, other_tenant.org_id, "org_idle"))
    of_another_take = PlaceWatch(tenant.org_id, "take_of_nobody")
    everybody = (ours, theirs, idle, of_another_take)
    await wait_in_line(database, tenant, "take_a")
    assert [await look(database, watch) for watch in everybody] == [False] * 4
    await wait_in_line(database, other_tenant, "take_theirs")
    assert not await look(database, ours)  # it has looked just now
    for watch in everybody:
        watch.look_at = -math.inf
    assert [await look(database, watch) for watch in everybody] == [True, False, False, False]
    ours.look_at = -math.inf
    assert not await look(database, ours)  # nothing has happened since


async def test_a_stream_tells_of_it_without_a_number_of_its_own(
    database: Database, tenant: Tenant, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wait_in_line(database, tenant, "take_a")
    told = []

    async def listen() -> None:
        async with aclosing(follow_from_now(database, org_id=tenant.org_id, take_id=None)) as stream:
            async for words in stream:
                if not words.startswith(":"):
                    told.append(words.splitlines()[:2])
                if "queue.moved" in words:
                    return

    async def come_and_go() -> None:
        for number in itertools.count():
            await wait_in_line(database, other_tenant, f"take_theirs_{number}")
            await asyncio.sleep(0.2)
            async with database.write(org_id=other_tenant.org_id) as session:
                await cancel_take(session, org_id=other_tenant.org_id, take_id=f"take_theirs_{number}")

    monkeypatch.setattr(place_watch, "LOOK_EVERY_S", 0.0)
    others = asyncio.create_task(come_and_go())
    await asyncio.wait_for(listen(), 120)
    others.cancel()
    (hello, moved) = told
    assert (hello[1], moved[1]) == ("event: hello", "event: queue.moved")
    assert hello[0] == moved[0]
