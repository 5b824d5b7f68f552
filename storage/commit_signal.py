"""What was committed for a tenant in this process is told to who waits for it: they need not ask the database again and
again whether something has happened. Other processes' commits are not heard of, so nobody waits without an end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession


class CommitSignal:
    """Counts the units that were committed, by tenant. Of one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self.total = 0  # of all tenants

    def note(self, org_id: str) -> None:
        """A unit of this tenant was committed."""
        self._counts[org_id] += 1
        self.total += 1
        for waiting in self._waiting.pop(org_id, ()):
            if not waiting.done():
                waiting.set_result(None)

    def count(self, org_id: str) -> int:
        """How many there were: take it before looking, and wait for what came since."""
        return self._counts[org_id]

    async def wait(self, org_id: str, *, since: int, most_s: float) -> None:
        """Until there are more than `since`, at most `most_s` seconds."""
        if self._counts[org_id] != since:
            return
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(org_id, set())
        waiting.add(told)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(most_s):
                    await told
        finally:
            waiting.discard(told)
            if not waiting and self._waiting.get(org_id) is waiting:
                del self._waiting[org_id]


def call_after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """`call` once the session's transaction is committed; never when it is rolled back."""
    event.listen(session.sync_session, "after_commit", lambda _: call(), once=True)
