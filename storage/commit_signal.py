"""What was committed for a tenant is told to who waits for it: they need not ask the database again and again whether
something has happened. What this process commits is told at once. What others commit is told where a `Listener`
hears of it (storage/notifications.py), and never elsewhere, so nobody waits without an end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession


class Follower:
    """Collects whose units were committed, until it is asked."""

    def __init__(self) -> None:
        self._tenants: set[str] = set()
        self._anybody = False
        self._told = asyncio.Event()

    def note(self, org_id: str | None) -> None:
        """None: anybody's."""
        if org_id is None:
            self._anybody = True
        else:
            self._tenants.add(org_id)
        self._told.set()

    async def take(self, *, most_s: float) -> frozenset[str] | None:
        """Whose since it was last asked, waiting for the first for `most_s` seconds at most. None: anybody's, or
        nobody's that was heard of, so that it is time to look at all of them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._told.wait()
        tenants, anybody = frozenset(self._tenants), self._anybody
        self._tenants, self._anybody = set(), False
        self._told.clear()
        return None if anybody or not tenants else tenants


class CommitSignal:
    """Counts the units that were committed, by tenant. Of one event loop.

    `hears_others`: whether events that other processes publish are told here, too.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._missed = 0  # how often anything may have happened to anybody, unheard
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self.total = 0  # of all tenants
        self.hears_others = False
        self._followers: WeakSet[Follower] = WeakSet()

    def follow(self) -> Follower:
        """For whoever looks after all tenants: whose units are committed from now on."""
        follower = Follower()
        self._followers.add(follower)
        return follower

    def note(self, org_id: str) -> None:
        """A unit of this tenant was committed."""
        self._counts[org_id] += 1
        self.total += 1
        for follower in self._followers:
            follower.note(org_id)
        _wake(self._waiting.pop(org_id, set()))

    def note_unheard(self) -> None:
        """Nothing was heard for a while: everybody who waits looks again."""
        self._missed += 1
        self.total += 1
        for follower in self._followers:
            follower.note(None)
        waiting, self._waiting = self._waiting, {}
        for futures in waiting.values():
            _wake(futures)

    def count(self, org_id: str) -> int:
        """How many there were: take it before looking, and wait for what came since."""
        return self._counts[org_id] + self._missed

    async def wait(self, org_id: str, *, since: int, most_s: float) -> None:
        """Until there are more than `since`, at most `most_s` seconds."""
        if self.count(org_id) != since:
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


def _wake(waiting: set[asyncio.Future[None]]) -> None:
    for told in waiting:
        if not told.done():
            told.set_result(None)


def call_after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """`call` once the session's transaction is committed; never when it is rolled back."""
    event.listen(session.sync_session, "after_commit", lambda _: call(), once=True)
