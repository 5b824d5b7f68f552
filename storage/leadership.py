"""One leader among processes that would all do the same: whoever holds an advisory lock of PostgreSQL's.

The lock lives as long as the connection that took it. Who loses the connection may go on for as long as it takes to
notice, beside the next leader: what leaders do is done by compare-and-set, and doing it twice changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.unit import Database

log = structlog.get_logger(__name__)

SWEEPER = 7_264_731_003  # any constant
LOOK_EVERY_S = 5.0


async def lead(database: Database, lock: int, work: Callable[[], Awaitable[None]]) -> None:
    """Never ends: does `work` while this process leads, and stands by while another one does. On SQLite it leads.

    Work that fails is begun anew.
    """
    while True:
        try:
            if database.is_sqlite:
                await work()
            else:
                await _lead_once(database, lock, work)
        except (SQLAlchemyError, OSError) as error:
            log.warning("leadership_lost", why=type(error).__name__)
        except Exception:
            log.exception("leader_stumbled")
        await asyncio.sleep(LOOK_EVERY_S)


async def _lead_once(database: Database, lock: int, work: Callable[[], Awaitable[None]]) -> None:
    async with database.engines[0].connect() as connection:
        if await _take(connection, lock):
            log.info("leading")
            await _work_while_held(connection, work)


async def _take(connection: AsyncConnection, lock: int) -> bool:
    return bool((await connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": lock})).scalar_one())


async def _work_while_held(connection: AsyncConnection, work: Callable[[], Awaitable[None]]) -> None:
    """Raises what says that the connection is gone, and with it the lock."""
    working = asyncio.ensure_future(work())
    try:
        while not working.done():
            await asyncio.wait({working}, timeout=LOOK_EVERY_S)
            await connection.execute(text("SELECT 1"))
        await working
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await working
        with contextlib.suppress(SQLAlchemyError, OSError):
            await connection.execute(text("SELECT pg_advisory_unlock_all()"))
