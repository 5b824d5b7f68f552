"""Encoded texts and pictures, kept by content: what was encoded before costs nothing again, and is the same to the bit.

A key is a hash of everything that decides the value, so nothing has to be told when a photo or a model changes.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

import torch

DEFAULT_BYTES = 1 << 30
_FORGOTTEN_AFTER_S = 900.0  # latents of photos are personal data: a character that was deleted is soon gone from here


def key_of(*parts: object) -> str:
    """SHA-256 over the parts' spellings, each with its length: ("ab", "c") is not ("a", "bc")."""
    spelled = [str(part).encode() for part in parts]
    return hashlib.sha256(b"".join(b"%d:%s" % (len(one), one) for one in spelled)).hexdigest()


class TensorCache:
    """Tensors by key, at most `max_bytes` of them; those not asked for the longest go first. One thread at a time."""

    def __init__(self, max_bytes: int = DEFAULT_BYTES, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes, self._clock = max_bytes, clock
        self._kept: OrderedDict[str, tuple[float, torch.Tensor]] = OrderedDict()  # asked for when, what; oldest first

    @property
    def bytes(self) -> int:
        return sum(tensor.nbytes for _, tensor in self._kept.values())

    def recall(self, key: str, make: Callable[[], torch.Tensor]) -> torch.Tensor:
        """The tensor of `key`, made where it is not known. It is the caller's own to change."""
        self._forget(self._clock() - _FORGOTTEN_AFTER_S)
        tensor = self._kept.pop(key)[1] if key in self._kept else make()
        if tensor.nbytes <= self._max_bytes:
            self._kept[key] = (self._clock(), tensor)
            while self.bytes > self._max_bytes:
                self._kept.popitem(last=False)
        return tensor.clone()

    def _forget(self, before: float) -> None:
        while self._kept and next(iter(self._kept.values()))[0] < before:
            self._kept.popitem(last=False)
