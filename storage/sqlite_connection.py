"""A connection to SQLite whose statements go to its thread once.

aiosqlite hands four jobs to the connection's thread for each statement: make a cursor, execute, fetch, close. Each
waits for both threads to be woken, which takes longer than the statement itself. Here all four are one job.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self

import aiosqlite


def connect_to_sqlite(database: str, **options: Any) -> aiosqlite.Connection:  # noqa: ANN401 (sqlite3.connect's)
    """SQLAlchemy's `async_creator_fn`: what it opens instead of `aiosqlite.connect`."""
    connection = SingleTripConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does with those that it opens itself
    return connection


class SingleTripCursor:
    """A cursor that holds the rows of its last statement."""

    arraysize = 1

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection._execute(self._run, statement, parameters, False)  # type: ignore[no-untyped-call]
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection._execute(self._run, statement, parameters, True)  # type: ignore[no-untyped-call]
        return self

    def _run(self, statement: str, parameters: Any, many: bool) -> None:  # noqa: ANN401 (of one run, or of many)
        """In the connection's thread."""
        cursor = self._connection._conn.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(statement, parameters)
            self._rows = cursor.fetchall() if cursor.description else []
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = []


class SingleTripConnection(aiosqlite.Connection):
    """Cursors of one trip; the rest as it is."""

    def cursor(self) -> SingleTripCursor:  # type: ignore[override]  # a cursor as SQLAlchemy uses it
        return SingleTripCursor(self)
