"""A role that is started before what it needs is there waits for it: whoever starts containers knows no order.

The whole start is tried again, so that it does not matter at which of its steps the database or the store was away.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from storage.objects import StoreError

log = structlog.get_logger(__name__)
Started = TypeVar("Started")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
AWAY = (OperationalError, InterfaceError, StoreError, ConnectionError, TimeoutError)


class ToldToStop(Exception):
    """A signal came while the role was still starting."""


async def start_patiently(
    start: Callable[[contextlib.AsyncExitStack], Awaitable[Started]],
    stack: contextlib.AsyncExitStack,
    stop: asyncio.Event,
) -> Started:
    """What `start` returns, once it succeeds; `stack` ends what it began. While the database or the object store is
    away it is begun anew, for ever, at most ten seconds later. Raises ToldToStop soon after `stop` is set."""
    stopping = asyncio.create_task(stop.wait())
    try:
        return await _try_until_started(start, stack, stopping)
    finally:
        stopping.cancel()


async def _try_until_started(
    start: Callable[[contextlib.AsyncExitStack], Awaitable[Started]],
    stack: contextlib.AsyncExitStack,
    stopping: asyncio.Task[bool],
) -> Started:
    pause_s = FIRST_PAUSE_S
    while True:
        trying = asyncio.create_task(_start_whole(start, stack))
        try:
            await asyncio.wait({trying, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not trying.done():
                trying.cancel()
                await asyncio.wait({trying})
        if stopping.done():
            raise ToldToStop
        try:
            return trying.result()
        except AWAY as error:
            log.warning("waits_to_start", **_in_words(error), again_in_s=pause_s)
        await asyncio.wait({stopping}, timeout=pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _start_whole(
    start: Callable[[contextlib.AsyncExitStack], Awaitable[Started]], stack: contextlib.AsyncExitStack
) -> Started:
    """All of it, or nothing that is left behind."""
    async with contextlib.AsyncExitStack() as tried:
        started = await start(tried)
        stack.push_async_callback(tried.pop_all().aclose)
    return started


def _in_words(error: Exception) -> dict[str, str]:
    """What is away, and what it said, in a line."""
    what = "the object store" if isinstance(error, StoreError) else "the database"
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return {"what": what, "why": said or type(error).__name__}
