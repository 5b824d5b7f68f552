"""Units that have to be run again: a deadlock's victim, a serialisation failure, a lost connection, "is locked".

The order of locks (storage/unit.py) leaves few of the first. Such a unit was rolled back whole, so running it again is
safe, and nobody has to see that it was.
"""

from __future__ import annotations

import asyncio
import functools
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

log = structlog.get_logger(__name__)
Given = ParamSpec("Given")
Made = TypeVar("Made")

MOST_TRIES = 6
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.5
_SQLSTATES = frozenset({"40001", "40P01", "55P03"})  # serialisation failure, deadlock, lock not available
_SQLITE_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def is_transient(error: BaseException) -> bool:
    """Whether the same unit may succeed when it is run again."""
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated and error.statement is not None:  # lost before it was to be committed
        return True
    if getattr(error.orig, "sqlstate", None) in _SQLSTATES:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _SQLITE_CODES  # the lower byte: without what kind of busy it was


def backoff_delays_s() -> Iterator[float]:
    """How long to wait before each further try: longer each time, and never the same for two that met."""
    for number in range(MOST_TRIES - 1):
        yield random.uniform(0.5, 1.0) * min(FIRST_PAUSE_S * 2**number, LONGEST_PAUSE_S)  # noqa: S311 (no secret)


def retried(unit: Callable[Given, Awaitable[Made]]) -> Callable[Given, Awaitable[Made]]:
    """Run `unit`, which is one transaction from its beginning to its end, again where the database asks for it."""

    @functools.wraps(unit)
    async def run(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        for pause_s in backoff_delays_s():
            try:
                return await unit(*args, **kwargs)
            except DBAPIError as error:
                if not is_transient(error):
                    raise
                log.warning("unit_tried_again", unit=unit.__qualname__, why=str(error.orig))
            await asyncio.sleep(pause_s)
        return await unit(*args, **kwargs)

    return run
