"""Where a render that computes for seconds looks up, to see whether anybody still wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from inference.pipelines.contract import CancelToken

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer


def interruptible(module: torch.nn.Module, cancel: CancelToken) -> _Hook:
    """While it lasts, every call of `module` obeys a cancel first: a step or a decode need not run to its end."""
    return checked_before(module, cancel.check)


def checked_before(module: torch.nn.Module, check: Callable[[], None]) -> _Hook:
    """While it lasts, `check` is called before every call of `module`, and may raise."""
    return _Hook(module, check)


class _Hook:
    def __init__(self, module: torch.nn.Module, check: Callable[[], None]) -> None:
        self._module, self._check = module, check

    def __enter__(self) -> None:
        self._handle = self._module.register_forward_pre_hook(lambda *_: self._check())

    def __exit__(self, *_: object) -> None:
        self._handle.remove()


def unseen_by_compilers(work: Callable[[], None]) -> Callable[[], None]:
    """`work`, which waits for other ranks: nothing that a compiler should look into."""
    unseen: Callable[[], None] = torch.compiler.disable(work)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return unseen


def second_block(transformer: Transformer) -> torch.nn.Module:
    """The one that computes second in every forward: of VACE's side blocks, where there are any."""
    blocks = getattr(transformer, "vace_blocks", transformer.blocks)
    second: torch.nn.Module = blocks[min(1, len(blocks) - 1)]
    return second
