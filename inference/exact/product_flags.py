"""How products are rounded: switches that torch has once a process, held for one render's work and set back after it.

Two renders may hold them at once (one is decoded while the next is denoised) where they want the same. Wanting
different ones at once is a programmer's error: the engine lets no two tiers overlap.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from inference.vendors import Switches, read_switches, set_switches

_lock = threading.Lock()
_users = 0
_before = Switches(False, False, False, False)


@contextmanager
def product_flags(*, tf32: bool, deterministic: bool) -> Iterator[None]:
    """While it lasts, products and convolutions of this process are in full float32, or (`tf32`) may be in TF32.

    cuDNN allows TF32 by default, picks kernels by timing them where it was told to, and has convolutions whose sums are
    another's every time (not if `deterministic`): none of it is left to chance.
    """
    _hold(Switches(tf32, tf32, picks_by_time=False, deterministic=deterministic))
    try:
        yield
    finally:
        _release()


def _hold(wanted: Switches) -> None:
    global _users, _before
    with _lock:
        if _users == 0:
            _before = read_switches()
            set_switches(wanted)
        assert read_switches() == wanted, "two renders at once want products of different precision"
        _users += 1


def _release() -> None:
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            set_switches(_before)
