"""The peak of memory of any work, without the memory: storages are counted while they live, on tensors of any device.

Attention is replaced by what a fused kernel allocates, its result: torch knows none for tensors without content.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _Peak(TorchDispatchMode):
    """Counts what is made while it is on; what was there before is no part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.live = self.peak = 0
        self._seen: set[int] = set()

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return made

    def _count(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._seen:
            return
        self._seen.add(key)
        self.live += size
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._seen.discard(key)
        self.live -= size


def peak_bytes(work: Callable[[], object]) -> int:
    """Bytes alive at once, at most, of all that `work` makes."""
    with _Peak() as peak, torch.inference_mode():
        work()
    return peak.peak


@contextmanager
def fused_attention() -> Iterator[None]:
    """While it lasts, attention allocates its result and nothing else, and computes nothing."""

    def fused(query: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        return torch.empty_like(query)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(torch.nn.functional, "scaled_dot_product_attention", fused)
        yield
