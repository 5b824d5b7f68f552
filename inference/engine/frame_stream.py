"""Frames handed from the renderer to others who work on them at the same time, in order, never far behind."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from inference.engine.cancellable_wait import Check

T = TypeVar("T")

_DEPTH = 8  # frames that may wait: 8 MB at 768×432, 22 MB at 1280×720
_POLL_S = 0.05


class Follower(Generic[T]):
    """One thread that is given items in order. A slow follower slows the giver down; a failed one stops it.

    Leaving the context without `finish()` drops what still waits and ends the thread.
    """

    def __init__(self, name: str, work: Callable[[T], None]) -> None:
        self._work = work
        self._items: queue.Queue[T | None] = queue.Queue(_DEPTH)
        self._error: BaseException | None = None
        self._abandoned = threading.Event()
        self.busy_s = 0.0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Follower[T]:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._abandoned.set()
        self._thread.join()

    def give(self, item: T, check: Check) -> None:
        """Queue one item. Raises what the follower's work raised, or what `check` raises while the queue is full."""
        self._put(item, check)

    def finish(self, check: Check) -> None:
        """Wait until everything given is done. Raises like `give`."""
        self._put(None, check)
        while self._thread.is_alive():
            check()
            self._thread.join(_POLL_S)
        self._raise_failure()

    def _put(self, item: T | None, check: Check) -> None:
        while True:
            self._raise_failure()
            check()
            try:
                self._items.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def _raise_failure(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while not self._abandoned.is_set():
            try:
                item = self._items.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if item is None:
                return
            try:
                self._timed(item)
            except BaseException as error:  # raised again on the giver's thread
                self._error = error
                return

    def _timed(self, item: T) -> None:
        began = time.monotonic()
        self._work(item)
        self.busy_s += time.monotonic() - began
