"""How often DBOS looks for work to run: at once after a submit and for a moment more, seldom when there is none.

DBOS's queue threads ask the database anew after every polling interval, several queries each time, whether there is
work or not; in between they wait on the event that will stop them. A `PollingPace` is given to them in that event's
place: its `wait` ends early when there may be work, and lasts long while nothing is to be done or nothing more fits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from storage.commit_signal import call_after_commit
from storage.notifications import notify_work

OFTEN_FOR_S = 1.0  # after a ring: what a lock kept from us at the first look is there a moment later
SELDOM_S = 10.0
UNHEARD_S = 1.0  # where other processes enqueue, and nobody tells
JOBS_EVERY_S = 4.0  # how often DBOS looks for workflows whose delay is over


class PollingPace:
    """What DBOS's queue threads wait on between two looks; everything else may call it from any thread.

    `is_full`: whether nothing more would be taken up anyhow; a ring tells that it has changed. `hears`: whether every
    submit rings, those of other processes too; otherwise they are looked for every second. `listens_to`: whether work
    in this queue is for this process.
    """

    def __init__(
        self,
        is_full: Callable[[], bool] = lambda: False,
        hears: Callable[[], bool] = lambda: True,
        listens_to: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._changed = threading.Condition()
        self._is_full, self._hears, self._listens_to = is_full, hears, listens_to
        self._stopped = False
        self._rings = 0
        self._heard = threading.local()  # how many rings a thread knew of when it last went to look
        self._often_until = time.monotonic() + OFTEN_FOR_S

    def ring(self) -> None:
        """There may be work, or room for it: look now, and often for a moment."""
        with self._changed:
            self._rings += 1
            self._often_until = time.monotonic() + OFTEN_FOR_S
            self._changed.notify_all()

    def hear(self, queue: str | None) -> None:
        """Another process has put work into this queue (None: into any)."""
        if queue is None or self._listens_to(queue):
            self.ring()

    def wait(self, timeout: float) -> bool:
        """Until the next look, `timeout` seconds when they are frequent; whether to stop instead."""
        often = time.monotonic() < self._often_until and not self._is_full()
        with self._changed:
            if often:
                self._changed.wait_for(lambda: self._stopped, timeout)
            else:
                heard = getattr(self._heard, "rings", 0)  # those before its first look and during one count too
                seldom_s = max(timeout, SELDOM_S if self._hears() else UNHEARD_S)
                self._changed.wait_for(lambda: self._stopped or self._rings != heard, seldom_s)
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


def set_pace(pace: PollingPace) -> None:
    """The pace of the executor that this process launches."""
    global _pace
    _pace = pace


def ring() -> None:
    """There may be work for this process, or room for it: look now. From any thread."""
    _pace.ring()


def hear_work(queue: str | None) -> None:
    """Another process has put work into a queue (None: into any)."""
    _pace.hear(queue)


async def look_after_commit(session: AsyncSession, queue: str) -> None:
    """Call it where something is enqueued within the session's transaction: here and elsewhere it is looked for."""
    call_after_commit(session, ring)
    await notify_work(session, queue)


def look_later(session: AsyncSession, delay_s: float) -> None:
    """Call it where something is enqueued for later: this process looks for it then. Others, and this one once it was
    started anew, find it at one of their seldom looks."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        loop.call_later(delay_s, ring)
        loop.call_later(delay_s + JOBS_EVERY_S + 0.5, ring)  # the durable engine itself may notice only then

    call_after_commit(session, look)
