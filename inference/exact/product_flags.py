"""How products are rounded: switches that torch has once a process, held for one render's work and set back after it.

Two renders may hold them at once (one is decoded while the next is denoised) where they want the same. Wanting
different ones at once is a programmer's error: the engine lets no two tiers overlap.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_lock = threading.Lock()
_users = 0
_before: tuple[bool, bool, bool] = (False, False, False)


@contextmanager
def product_flags(*, tf32: bool) -> Iterator[None]:
    """While it lasts, products and convolutions of this process are in full float32, or (`tf32`) may be in TF32.

    cuDNN allows TF32 by default, and picks kernels by timing them where it was told to: neither is left to chance.
    """
    _hold(tf32)
    try:
        yield
    finally:
        _release()


def tf32_allowed() -> bool:
    """Whether what is computed now may round its products."""
    return bool(torch.backends.cuda.matmul.allow_tf32)


def _hold(tf32: bool) -> None:
    global _users, _before
    with _lock:
        if _users == 0:
            _before = _flags()
            _set((tf32, tf32, False))
        assert _flags() == (tf32, tf32, False), "two renders at once want products of different precision"
        _users += 1


def _release() -> None:
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            _set(_before)


def _flags() -> tuple[bool, bool, bool]:
    cudnn = torch.backends.cudnn
    return torch.backends.cuda.matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark


def _set(flags: tuple[bool, bool, bool]) -> None:
    cudnn = torch.backends.cudnn
    torch.backends.cuda.matmul.allow_tf32, cudnn.allow_tf32, cudnn.benchmark = flags
