"""A connection to SQLite whose statements go to its thread once.

aiosqlite hands four jobs to the connection's thread for each statement: make a cursor, execute, fetch, close. Each
waits for both threads to be woken, which takes longer than the statement itself. Here all four are one job, and so are
`BEGIN` and the first statement of a transaction that reads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
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

    def __init__(self, connection: SingleTripConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        if statement.startswith("BEGIN"):
            self._connection.has_begun = True
        await self._connection.run(self._execute, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._connection.run(self._execute_many, statement, parameters)
        return self

    def _execute(self, connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]) -> None:
        self._keep(connection.execute(statement, parameters))

    def _execute_many(
        self, connection: sqlite3.Connection, statement: str, parameters: Iterable[Sequence[Any]]
    ) -> None:
        self._keep(connection.executemany(statement, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self._rows = cursor.fetchall() if cursor.description else []
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        cursor.close()

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = []


class SingleTripConnection(aiosqlite.Connection):
    """Cursors of one trip; a transaction that reads begins with its first statement, and none ends twice."""

    has_begun = False
    _begins = False

    def begin_later(self) -> None:
        """Begin a transaction that reads with its first statement."""
        self._begins = True

    async def run(self, work: Callable[..., None], *given: Any) -> None:  # noqa: ANN401 (what `work` is given)
        """`work(connection, *given)` in the connection's thread."""
        begins, self._begins = self._begins, False
        self.has_begun = self.has_begun or begins

        def trip() -> None:
            connection = self._conn
            if begins:
                connection.execute("BEGIN")
            work(connection, *given)

        await self._execute(trip)  # type: ignore[no-untyped-call]

    async def commit(self) -> None:
        await self._end(super().commit)

    async def rollback(self) -> None:
        await self._end(super().rollback)

    async def _end(self, how: Callable[[], Awaitable[None]]) -> None:
        """A session ends its transaction, and the pool asks for it once more: the second time there is none."""
        self._begins = False
        if self.has_begun:
            await how()
            self.has_begun = False

    def cursor(self) -> SingleTripCursor:  # type: ignore[override]  # a cursor as SQLAlchemy uses it
        return SingleTripCursor(self)
