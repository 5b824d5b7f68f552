"""Waiting that a cancelled render does not have to sit out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Check = Callable[[], None]  # raises when the work is no longer wanted
T = TypeVar("T")

_POLL_S = 0.05


def run_interruptibly(work: Callable[[], T], check: Check) -> T:
    """`work()` on a thread of its own, given up as soon as `check` raises.

    For work that may stall in the kernel, as a network read does: the thread that was given up ends by its own
    time-outs, and what it returns is dropped.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="interruptible", daemon=True)
    thread.start()
    while thread.is_alive():
        check()
        thread.join(_POLL_S)
    check()
    if errors:
        raise errors[0]
    return results[0]


def wait_interruptibly(pending: Future[T], check: Check) -> T:
    """The result of `pending`, given up (but not stopped) as soon as `check` raises."""
    while not pending.done():
        check()
        wait((pending,), _POLL_S)
    check()
    return pending.result()


def pause_interruptibly(seconds: float, check: Check) -> None:
    """Sleep, unless `check` raises first."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        check()
        time.sleep(min(left, _POLL_S))
