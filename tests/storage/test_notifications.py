"""What one process commits, another hears of: two databases here are the connections of two processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import psycopg
import pytest

from storage import notifications
from storage.notifications import notify_work
from storage.unit import Database
from studio.organisations.creation import create_organisation
from studio.progress import routes
from studio.progress.events import publish_event
from studio.progress.routes import follow_events
from tests.postgres import SUPERUSER, PostgresCluster

FOR_EVER_S = 3600.0
on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


def ignore(_: str | None) -> None:
    """Who runs no queue."""


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """What another process has of the same database."""
    opened = Database(database_url)
    yield opened
    await opened.close()


async def two_organisations(database: Database) -> tuple[str, str]:
    async with database.write() as session:
        one, two = [await create_organisation(session, name=name) for name in ("A", "B")]
    return one.id, two.id


async def happen(database: Database, org_id: str, times: int = 1) -> None:
    async with database.write(org_id=org_id) as session:
        for _ in range(times):
            await publish_event(session, org_id=org_id, take_id="take_1", event="take.queued")


@on_postgres
async def test_an_event_of_another_process_wakes_its_tenant_once_and_our_own_count_once(
    database: Database, other: Database
) -> None:
    ours, theirs = await two_organisations(database)
    database.listen(ignore)
    signal = database.committed
    await until(lambda: signal.hears_others)
    counted, quiet = signal.count(ours), signal.count(theirs)
    waiting = asyncio.create_task(signal.wait(ours, since=counted, most_s=FOR_EVER_S))
    await happen(other, ours, times=3)
    await asyncio.wait_for(waiting, 60)
    await happen(database, ours)
    assert (signal.count(ours), signal.count(theirs)) == (counted + 2, quiet)
    await happen(other, theirs)  # whatever was said before has been heard once this is
    await until(lambda: signal.count(theirs) == quiet + 1)
    assert signal.count(ours) == counted + 2, "our own event was counted when it was committed"


@on_postgres
async def test_work_is_told_by_queue_once_a_transaction_and_only_when_it_is_committed(
    database: Database, other: Database
) -> None:
    heard: list[str | None] = []
    database.listen(heard.append)
    await until(lambda: heard == [None])  # it has missed whatever was said before

    async def give_up() -> None:
        async with other.write() as session:
            await notify_work(session, "given up")
            raise LookupError

    with pytest.raises(LookupError):
        await give_up()
    async with other.write() as session:
        for queue in ("takes", "takes", "cuts"):
            await notify_work(session, queue)
        await asyncio.sleep(0)
        assert heard == [None]
    await until(lambda: heard == [None, "takes", "cuts"])


@on_postgres
async def test_who_lost_its_connection_looks_again_and_hears_again(
    database: Database, other: Database, postgres: PostgresCluster
) -> None:
    ours, _ = await two_organisations(database)
    heard: list[str | None] = []
    database.listen(heard.append)
    signal = database.committed
    await until(lambda: signal.hears_others)
    waiting = asyncio.create_task(signal.wait(ours, since=signal.count(ours), most_s=FOR_EVER_S))
    await asyncio.sleep(0)
    where = f"host=127.0.0.1 port={postgres.port} user={SUPERUSER} dbname={database.url.rpartition('/')[2]}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN %'"
        )
    await asyncio.wait_for(waiting, 60)
    await until(lambda: heard == [None] * 3 and signal.hears_others)  # lost, and back
    counted = signal.count(ours)
    await happen(other, ours)
    await until(lambda: signal.count(ours) == counted + 1)


@on_postgres
async def test_a_connection_on_which_nothing_arrives_is_not_believed_in(
    database: Database, other: Database, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler of transactions. What happens elsewhere is looked for now and then, as without one."""
    monkeypatch.setattr(notifications, "PROVED_WITHIN_S", 0.2)
    tries: list[str] = []

    async def note_probe(word: str) -> None:
        tries.append(word)
        await send_probe(word)

    send_probe = database._send_probe
    monkeypatch.setattr(database, "_send_probe", note_probe)
    ours, _ = await two_organisations(database)
    database.listen(ignore, url=postgres.url("postgres"))
    await until(lambda: len(tries) >= 2)
    assert not database.committed.hears_others
    async with aclosing(follow_events(database, org_id=ours, take_id=None, after=0)) as stream:
        await happen(other, ours)
        assert (await anext(stream)).startswith("id: 1\n")


@on_postgres
async def test_a_stream_is_told_what_another_process_published_without_looking(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LOOK_SELDOM_S", FOR_EVER_S)
    monkeypatch.setattr(routes, "KEEP_ALIVE_EVERY_S", 0.0)
    ours, _ = await two_organisations(database)
    database.listen(ignore)
    await until(lambda: database.committed.hears_others)
    async with aclosing(follow_events(database, org_id=ours, take_id=None, after=0)) as stream, asyncio.timeout(60):
        assert (await anext(stream)).startswith(":"), "it has looked once, and waits"
        for number in (1, 2):
            await happen(other, ours)
            while (words := await anext(stream)).startswith(":"):
                pass
            assert words.startswith(f"id: {number}\n")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_there_is_nothing_to_listen_to(database: Database) -> None:
    database.listen(ignore)
    async with database.write() as session:
        await notify_work(session, "takes")
    assert not database.committed.hears_others
