"""What is counted where rows and objects are written: how takes and attempts end, and what the object store refuses.

The numbers are this process's own, since it started; Prometheus adds up those of all processes.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from storage.commit_signal import call_after_commit

P = ParamSpec("P")
T = TypeVar("T")

TAKES_ENDED = Counter(
    "dramatis_takes_ended_total",
    "Takes that came to their end, by how; code: why they failed",
    ["model", "state", "code"],
)
ATTEMPTS_ENDED = Counter(
    "dramatis_attempts_ended_total",
    "Attempts that came to their end, by how; code: what was in the way",
    ["state", "code"],
)
OBJECT_STORE_ERRORS = Counter(
    "dramatis_object_store_errors_total",
    "Calls of the object store that failed, but for missing objects",
    ["operation"],
)

NODES_LOST = Counter("dramatis_nodes_lost_total", "Nodes that were found dead, and whose takes go on elsewhere")


def count_lost_nodes(session: AsyncSession, count: int) -> None:
    """Once the session's transaction is committed."""
    call_after_commit(session, lambda: NODES_LOST.inc(count))


def count_ended_take(session: AsyncSession, *, model: str, state: str, code: str | None) -> None:
    """Once the session's transaction is committed."""
    counter = TAKES_ENDED.labels(model, state.lower(), code or "")
    call_after_commit(session, counter.inc)


def count_ended_attempt(session: AsyncSession, *, state: str, code: str | None) -> None:
    """Once the session's transaction is committed."""
    counter = ATTEMPTS_ENDED.labels(state.lower(), code or "")
    call_after_commit(session, counter.inc)


def counts_errors(
    error: type[Exception], *, but: tuple[type[Exception], ...] = ()
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Around a call of the object store: counts what it raises, by the call's name."""

    def around(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        counter = OBJECT_STORE_ERRORS.labels(call.__name__)

        @functools.wraps(call)
        async def counted(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return await call(*args, **kwargs)
            except but:
                raise
            except error:
                counter.inc()
                raise

        return counted

    return around
