"""Units of work: sessions with one transaction each, on SQLite or PostgreSQL.

A write unit commits when its block ends and rolls back when an error leaves it; a read unit never writes. On SQLite
the driver's own transaction handling is off: write units begin with BEGIN IMMEDIATE, so that two writers queue up
(busy_timeout) where a deferred transaction would fail half way with "database is locked".
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage.tenant_scope import set_tenant_scope

SQLITE_BUSY_TIMEOUT_MS = 30_000
_WRITES = "dramatis_writes"


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
        options: dict[str, Any] = {"hide_parameters": True}  # what a query was given stays out of the log
        options |= {} if self.is_sqlite else {"pool_pre_ping": True}
        self.engine: AsyncEngine = create_async_engine(url, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        reading: dict[str, Any] = {_WRITES: False} if self.is_sqlite else {"postgresql_readonly": True}
        self._write = async_sessionmaker(self.engine.execution_options(**{_WRITES: True}), expire_on_commit=False)
        self._read = async_sessionmaker(self.engine.execution_options(**reading), expire_on_commit=False)

    @asynccontextmanager
    async def write(self, *, org_id: str | None = None) -> AsyncIterator[AsyncSession]:
        """One transaction that may write; committed at the end of the block. Keep networks out of it.

        `org_id`: the tenant whose rows it is about; without one, PostgreSQL shows it no tenant's rows.
        """
        async with self._write() as session, session.begin():
            if org_id is not None:
                await set_tenant_scope(session, org_id)
            yield session

    @asynccontextmanager
    async def read(self, *, org_id: str | None = None) -> AsyncIterator[AsyncSession]:
        """One transaction that the database keeps from writing."""
        async with self._read() as session:
            if org_id is not None:
                await set_tenant_scope(session, org_id)
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def sync_url(url: str) -> str:
    """The same database for synchronous code: sqlite for sqlite+aiosqlite; psycopg speaks both ways."""
    return make_url(url).set(drivername="sqlite").render_as_string(hide_password=False) if "aiosqlite" in url else url


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get(_WRITES, True))
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
