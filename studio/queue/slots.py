"""How many takes this process may have: it claims only what it has a free slot for, over all the queues it listens to.

A take holds a slot until its engine can begin the next one, and counts as at work until it has ended: as many again
may be coming to their end beside those that hold one. Queue threads of DBOS claim, the event loop runs what they
claimed; so everything here may be called from any thread.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Collection

STRAY_S = 60.0  # claimed, and never begun: DBOS could not start it, and says why in the log
LOOK_EVERY_S = 0.1


class Slots:
    """`concurrency`: takes that are denoised at a time. `on_free` is called whenever there is more room than before."""

    def __init__(self, concurrency: int, on_free: Callable[[], None]) -> None:
        self.concurrency = concurrency
        self._on_free = on_free
        self._lock = threading.Lock()
        self._one_claim = threading.Lock()
        self._holding: set[str] = set()
        self._at_work: set[str] = set()
        self._claimed_at: dict[str, float] = {}
        self._reserved = self._wanted = 0
        self._closed: str | None = None
        self.valid_until = math.inf
        """By this process's clock: after it nothing is claimed, for others may think it dead."""

    @property
    def running(self) -> int:
        """How many takes are at work here."""
        return len(self._at_work)

    @property
    def why_closed(self) -> str | None:
        """Why nothing is claimed, for a reason beside the room; None when it is."""
        if self._closed is None and time.monotonic() > self.valid_until:
            return "its heartbeat does not reach the database"
        return self._closed

    def close(self, why: str) -> None:
        """Claim nothing from now on."""
        self._closed = why

    def resize(self, concurrency: int) -> None:
        """From now on so many takes at a time; none that holds a slot loses it."""
        with self._lock:
            grows, self.concurrency = concurrency > self.concurrency, concurrency
        if grows:
            self._on_free()

    def free(self) -> int:
        """How many more takes there is room for."""
        with self._lock:
            return self._claimable()

    def _claimable(self) -> int:
        return 0 if self.why_closed else max(0, self._room())

    def _room(self) -> int:
        for stray in [one for one, at in self._claimed_at.items() if time.monotonic() - at > STRAY_S]:
            self._forget(stray)
        holding = len(self._holding) + self._reserved + self._wanted
        return min(self.concurrency - holding, 2 * self.concurrency - len(self._at_work) - self._reserved)

    def _forget(self, take_id: str) -> None:
        self._claimed_at.pop(take_id, None)
        self._holding.discard(take_id)
        self._at_work.discard(take_id)

    def claim(self, claim_some: Callable[[int], Collection[str]]) -> Collection[str]:
        """What `claim_some(at most so many)` has claimed; it is not called when there is no room."""
        with self._one_claim:
            with self._lock:
                self._reserved = self._claimable()
            claimed: Collection[str] = ()
            try:
                if self._reserved:
                    claimed = claim_some(self._reserved)
            finally:
                with self._lock:
                    self._reserved = 0
                    self._holding.update(claimed)
                    self._at_work.update(claimed)
                    self._claimed_at.update(dict.fromkeys(claimed, time.monotonic()))
            return claimed

    def begin(self, take_id: str) -> None:
        """The take's workflow runs."""
        with self._lock:
            self._claimed_at.pop(take_id, None)
            self._at_work.add(take_id)

    async def hold(self, take_id: str) -> None:
        """Wait for a slot, unless the take has one since it was claimed. Others are not claimed meanwhile."""
        with self._lock:
            self._wanted += take_id not in self._holding
            waits = take_id not in self._holding
        try:
            while waits:
                with self._lock:
                    if len(self._holding) + self._reserved < self.concurrency:
                        self._holding.add(take_id)
                        return
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            with self._lock:
                self._wanted -= waits

    def leave(self, take_id: str) -> None:
        """The take holds its slot no longer: its engine can begin the next one, or it waits for its next try."""
        with self._lock:
            held = take_id in self._holding
            self._holding.discard(take_id)
        if held:
            self._on_free()

    def end(self, take_id: str) -> None:
        """The take's workflow has left this process."""
        with self._lock:
            self._forget(take_id)
        self._on_free()
