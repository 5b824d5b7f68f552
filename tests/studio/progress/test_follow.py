"""The stream of an organisation: in order, without gaps, kept alive, resumable."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from storage.unit import Database
from studio.organisations.creation import create_organisation
from studio.progress import routes
from studio.progress.events import publish_event
from studio.progress.routes import follow_events, follow_from_now
from tests.studio.conftest import Tenant


async def new_org(database: Database) -> str:
    async with database.write() as session:
        return (await create_organisation(session, name="Somebody")).id


async def happen(database: Database, org_id: str, take_id: str) -> None:
    async with database.write(org_id=org_id) as session:
        await publish_event(session, org_id=org_id, take_id=take_id, event="take.queued")


async def test_concurrent_events_are_numbered_without_gap_and_told_once(database: Database) -> None:
    org_id = await new_org(database)
    heard: list[str] = []

    async def listen() -> None:
        async with aclosing(follow_events(database, org_id=org_id, take_id=None, after=0)) as stream:
            async for words in stream:
                heard.append(words.splitlines()[0])
                if len(heard) == 40:
                    return

    listening = asyncio.create_task(listen())
    await asyncio.gather(*(happen(database, org_id, f"take_{number}") for number in range(40)))
    await asyncio.wait_for(listening, 20)
    assert heard == [f"id: {number}" for number in range(1, 41)]


@pytest.mark.parametrize("seen", ["9999999999999999999", "9" * 5000, "-1", "1.5", "NaN", "\u00ff"])
async def test_an_id_that_no_event_can_have_is_refused_before_the_stream_begins(tenant: Tenant, seen: str) -> None:
    reply = await tenant.http.get("/v1/events", headers={"Last-Event-ID": seen.encode("latin-1")})
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert "Last-Event-ID" in reply.json()["detail"]


async def test_a_stream_goes_on_after_the_last_event_that_was_seen(database: Database) -> None:
    org_id = await new_org(database)
    for number in range(3):
        await happen(database, org_id, f"take_{number}")
    async with aclosing(follow_events(database, org_id=org_id, take_id=None, after=2)) as stream:
        words = await anext(stream)
    assert words.startswith("id: 3\nevent: take.queued\n")
    assert '"take_id":"take_2"' in words


async def test_a_stream_from_now_says_where_it_begins_and_leaves_out_what_was(database: Database) -> None:
    org_id = await new_org(database)
    await happen(database, org_id, "take_1")
    async with aclosing(follow_from_now(database, org_id=org_id, take_id=None)) as stream:
        assert await anext(stream) == "id: 1\nevent: hello\ndata: {}\n\n"
        await happen(database, org_id, "take_2")
        assert '"take_id":"take_2"' in await anext(stream)


async def test_a_stream_that_looks_back_misses_nothing_that_happened_while_a_page_was_fetched(
    database: Database,
) -> None:
    org_id = await new_org(database)
    await happen(database, org_id, "take_1")
    await asyncio.sleep(3.1)
    await happen(database, org_id, "take_2")
    async with aclosing(follow_from_now(database, org_id=org_id, take_id=None, back_s=2)) as stream:
        assert await anext(stream) == "id: 1\nevent: hello\ndata: {}\n\n"
        assert '"take_id":"take_2"' in await anext(stream)
    async with aclosing(follow_from_now(database, org_id=org_id, take_id=None, back_s=60)) as stream:
        assert await anext(stream) == "id: 0\nevent: hello\ndata: {}\n\n"
        assert '"take_id":"take_1"' in await anext(stream)


async def test_a_quiet_stream_is_kept_alive(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "KEEP_ALIVE_EVERY_S", 0.0)
    org_id = await new_org(database)
    async with aclosing(follow_events(database, org_id=org_id, take_id=None, after=0)) as stream:
        assert (await anext(stream)).startswith(":")


async def test_one_organisation_never_hears_another(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "KEEP_ALIVE_EVERY_S", 0.0)
    one, other = await new_org(database), await new_org(database)
    await happen(database, one, "take_1")
    async with aclosing(follow_events(database, org_id=other, take_id=None, after=0)) as stream:
        assert (await anext(stream)).startswith(":")
