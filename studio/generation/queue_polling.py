"""How often DBOS looks for takes to run: at once after a submit, often while takes run, seldom when there are none.

DBOS's queue threads ask the database anew after every polling interval, several queries each time, whether there is
work or not; in between they wait on the event that will stop them. A `PollingPace` is given to them in that event's
place: its `wait` ends early when a take was submitted, and lasts long while nothing is to be done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from dbos import DBOS, DBOSConfig, _workflow_commands
from dbos import _dbos as dbos_module
from sqlalchemy.ext.asyncio import AsyncSession

from storage.commit_signal import call_after_commit
from storage.notifications import notify_work

OFTEN_FOR_S = 5.0  # after a submit, a start and a take's end: what waits may be let in a moment later
SELDOM_S = 10.0
JOBS_EVERY_S = 4.0  # what DBOS does for workflows with a delay or a deadline, of which we have none


class PollingPace:
    """What DBOS's queue threads wait on between two looks; everything else may call it from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stopped = False
        self._rings = 0
        self._heard = threading.local()  # how many rings a thread knew of when it last went to look
        self._at_work = 0
        self._often_until = time.monotonic() + OFTEN_FOR_S

    def ring(self) -> None:
        """There may be work: look now, and often for a while."""
        with self._changed:
            self._rings += 1
            self._often_until = time.monotonic() + OFTEN_FOR_S
            self._changed.notify_all()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While a take runs, what waits for its place is looked for often."""
        with self._changed:
            self._at_work += 1
        try:
            yield
        finally:
            with self._changed:
                self._at_work -= 1
            self.ring()

    def wait(self, timeout: float) -> bool:
        """Until the next look, `timeout` seconds when they are frequent; whether to stop instead."""
        with self._changed:
            if self._at_work or time.monotonic() < self._often_until:
                self._changed.wait_for(lambda: self._stopped, timeout)
            else:
                heard = getattr(self._heard, "rings", 0)  # those before its first look and during one count too
                self._changed.wait_for(lambda: self._stopped or self._rings != heard, max(timeout, SELDOM_S))
            self._heard.rings = self._rings
            return self._stopped

    def is_set(self) -> bool:
        """Whether the threads are to stop."""
        return self._stopped

    def set(self) -> None:
        """Stop them: what DBOS calls when it is destroyed."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


# DBOS is one to a process, and so is its pace.
_pace = PollingPace()


def launch_dbos(config: DBOSConfig) -> None:
    """Launch DBOS with queue threads that look for work at a pace of their own; they end with it.

    It has no setting for that: the function that it runs as its queue thread is exchanged while it starts it. Nor has
    it one for its background jobs, whose pause has to be shorter than the 5 s after which PostgreSQL ends their lock.
    """
    global _pace
    _pace = pace = PollingPace()
    dbos = DBOS(config=config)
    _workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = JOBS_EVERY_S
    own = dbos_module.queue_thread
    dbos_module.queue_thread = lambda _, instance: own(pace, instance)
    try:
        DBOS.launch()
    finally:
        dbos_module.queue_thread = own
    dbos.background_thread_stop_events.append(pace)


async def register_queue(name: str, **limits: float) -> None:
    """A queue as DBOS has them, looked at from now on."""
    await DBOS.register_queue_async(name, **limits)
    _pace.ring()


async def look_after_commit(session: AsyncSession, queue: str) -> None:
    """Call it where something is enqueued within the session's transaction: here and elsewhere it is looked for."""
    call_after_commit(session, _pace.ring)
    await notify_work(session, queue)


def hear_work(queue: str | None) -> None:
    """Another process has put work into a queue (None: into any)."""
    _pace.ring()


def at_work() -> AbstractContextManager[None]:
    """Around what a workflow does."""
    return _pace.at_work()
