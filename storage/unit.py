"""Units of work: sessions with one transaction each, on SQLite or PostgreSQL.

A write unit commits when its block ends and rolls back when an error leaves it; a read unit never writes.

One order of locks, for every unit that writes:

1. what belongs to no tenant: counts of tries to sign in, in the order of their keys; then people;
2. the tenant: the organisation's row, by `write(org_id=…)` or, where it is found out on the way, `enter_tenant`;
3. everything else: rows of that organisation, and sessions.

So units of one tenant never run beside each other, its events and audit entries are counted without gaps, and two
units never wait for each other. Sweeps over many tenants skip rows that somebody holds, and wait for nothing.
Whoever waits for a tenant in this process does so in line and without a connection in hand. On SQLite there is one
line for all: its write units begin with BEGIN IMMEDIATE, since a deferred one would fail half way.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from typing import Any
from weakref import WeakValueDictionary

from pydantic_core import from_json
from sqlalchemy import Connection, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage.commit_signal import CommitSignal
from storage.notifications import PROBES, SENDER, HearWork, Listener
from storage.retry import retried
from storage.sqlite_connection import SingleTripConnection, connect_to_sqlite
from storage.tenant_scope import lock_of_tenant, scope_of_tenant

SQLITE_BUSY_TIMEOUT_MS = 30_000
CONNECTIONS = 16  # at most, of each of the two engines
MEMORY = "memory"  # in a session's `info`: what its `Database` remembers from one unit to the next
_EVERYBODY = ""  # the one line of SQLite


class Commits:
    """Counts write units that were committed since it was put into `watched_commits`."""

    def __init__(self) -> None:
        self.count = 0


watched_commits: ContextVar[Commits | None] = ContextVar("watched_commits", default=None)


class Database:
    """The product's database. `url` names aiosqlite or psycopg; `sync_url` is the same place for DBOS and Alembic."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername not in ("sqlite+aiosqlite", "postgresql+psycopg"):
            raise ValueError(
                f"database URL must begin with sqlite+aiosqlite or postgresql+psycopg: {parsed.drivername}"
            )
        self.is_sqlite = parsed.drivername.startswith("sqlite")
        self.url = url
        self.sync_url = sync_url(url)
        self.engines = [self._make_engine(writes=True), self._make_engine(writes=False)]
        self._sender = secrets.token_hex(4)
        self.memory: dict[str, Any] = {}
        info: dict[str, Any] = {SENDER: self._sender, MEMORY: self.memory}
        self._write, self._read = (
            async_sessionmaker(engine, expire_on_commit=False, info=info) for engine in self.engines
        )
        self.committed = CommitSignal()
        self._listening: asyncio.Task[None] | None = None
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def _make_engine(self, *, writes: bool) -> AsyncEngine:
        """Units begin their transactions themselves: with what they need to know in the same message."""
        options: dict[str, Any] = {"hide_parameters": True}  # what a query was given stays out of the log
        options |= {"pool_size": CONNECTIONS, "max_overflow": 0, "json_deserializer": _read_json}
        if not self.is_sqlite:
            return create_async_engine(self.url, isolation_level="AUTOCOMMIT", **options)
        engine = create_async_engine(self.url, connect_args={"async_creator_fn": connect_to_sqlite}, **options)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        if not writes:
            event.listen(engine.sync_engine, "connect", _forbid_writing)
        return engine

    @asynccontextmanager
    async def write(self, *, org_id: str | None = None) -> AsyncIterator[AsyncSession]:
        """One transaction that may write; committed at the end of the block. Keep networks out of it.

        `org_id`: the tenant whose rows it is about, and whose lock it holds from its beginning; without one, PostgreSQL
        shows it no tenant's rows. Never open one within another.
        """
        async with self._line(org_id), await self._begin(self._write, org_id, writes=True) as session:
            yield session
            await session.commit()
        commits = watched_commits.get()
        if commits is not None:
            commits.count += 1
        if org_id is not None:
            self.committed.note(org_id)

    @asynccontextmanager
    async def read(self, *, org_id: str | None = None) -> AsyncIterator[AsyncSession]:
        """One transaction that the database keeps from writing."""
        async with await self._begin(self._read, org_id, writes=False) as session:
            yield session
            await session.commit()  # psycopg forgets the statements that it has prepared when it rolls back

    @asynccontextmanager
    async def look(self, *, org_id: str | None = None) -> AsyncIterator[AsyncSession]:
        """For one statement that reads, or for several that need not see one moment: without the round trips of a
        transaction around them. For a tenant's rows PostgreSQL has one all the same, to know whose they are."""
        if org_id is None or self.is_sqlite:
            async with self._read() as session:
                yield session
        else:
            async with self.read(org_id=org_id) as session:
                yield session

    @asynccontextmanager
    async def jot(self) -> AsyncIterator[AsyncSession]:
        """For one statement that writes what is no tenant's: it is a transaction by itself, in one message."""
        async with self._write() as session:
            yield session

    @retried
    async def _begin(
        self, open_session: async_sessionmaker[AsyncSession], org_id: str | None, *, writes: bool
    ) -> AsyncSession:
        session = open_session()
        try:
            connection = await session.connection()
            if not self.is_sqlite:
                await connection.exec_driver_sql(_beginning(org_id, writes=writes))
            elif writes:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                await connection.run_sync(_begin_later)
        except BaseException:
            await session.close()
            raise
        return session

    def _line(self, org_id: str | None) -> AbstractAsyncContextManager[Any]:
        key = _EVERYBODY if self.is_sqlite else org_id
        return nullcontext() if key is None else self._lines.setdefault(key, asyncio.Lock())

    def listen(self, hear_work: HearWork, *, url: str | None = None) -> None:
        """From here on `committed` tells of the events of other processes too, and `hear_work` of their work; until
        `close`. `url`: the same database where notifications arrive, if behind our own they do not. SQLite: nothing."""
        if not self.is_sqlite:
            listener = Listener(url or self.url, self.committed, self._sender, self._send_probe, hear_work)
            self._listening = asyncio.create_task(listener.listen(), name="notifications")

    async def _send_probe(self, word: str) -> None:
        async with self.write() as session:
            await session.execute(select(func.pg_notify(PROBES, word)))

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])
        for engine in self.engines:
            await engine.dispose()


@asynccontextmanager
async def taken_back(session: AsyncSession) -> AsyncIterator[None]:
    """Whatever is done within is done for good to look at, and is gone afterwards: a trial of the real thing."""
    async with session.begin_nested() as trial:
        yield
        await trial.rollback()


def sync_url(url: str) -> str:
    """The same database for synchronous code: sqlite for sqlite+aiosqlite; psycopg speaks both ways."""
    return make_url(url).set(drivername="sqlite").render_as_string(hide_password=False) if "aiosqlite" in url else url


def _read_json(document: str | bytes) -> Any:  # noqa: ANN401 (whatever was stored)
    try:
        return from_json(document)
    except ValueError:  # it refuses half a surrogate, which older versions may have stored on SQLite
        return json.loads(document)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _forbid_writing(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_later(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, SingleTripConnection)  # noqa: S101 (`connect_to_sqlite` made it)
    driver.begin_later()


def _beginning(org_id: str | None, *, writes: bool) -> str:
    """What a transaction on PostgreSQL begins with, as one message."""
    begin = "BEGIN" if writes else "BEGIN READ ONLY"
    if org_id is None:
        return begin
    return "; ".join([begin, scope_of_tenant(org_id), *([lock_of_tenant(org_id)] if writes else [])])
