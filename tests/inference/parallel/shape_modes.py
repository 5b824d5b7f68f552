"""Every kernel that torch is asked for, by what it is told: watched, or made to round by it as the strangest GPU might.

Left out is what cannot depend on a shape: what only moves numbers, and the sums and products of single numbers, which
IEEE 754 rounds in one way. A logarithm or an activation is not among them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

_MOVES = frozenset({
    "cat", "stack", "clone", "copy_", "_to_copy", "constant_pad_nd", "replication_pad1d", "repeat", "_unsafe_view",
    "new_empty", "new_zeros", "new_ones", "new_empty_strided", "empty", "empty_like", "zeros", "zeros_like", "ones",
    "ones_like", "full", "full_like", "fill_", "arange", "scalar_tensor", "randn", "lift_fresh", "detach", "detach_",
    "index", "embedding", "diag_embed", "_local_scalar_dense",
})  # fmt: skip
_ROUNDED_IN_ONE_WAY = frozenset({
    "add", "sub", "rsub", "mul", "div", "neg", "abs", "reciprocal", "sqrt", "clamp", "clamp_min", "clamp_max", "where",
    "maximum", "minimum", "floor", "ceil", "round", "eq", "ne", "lt", "le", "gt", "ge", "logical_not", "bitwise_not",
    "bitwise_and", "logical_and", "masked_fill",
})  # fmt: skip
_ALIGNMENT = 256  # bytes: kernels that read several numbers at once ask for no more

Told = tuple[object, ...]


class _EveryKernel(TorchDispatchMode):
    """Composite operations are taken apart first: inference mode would hand them over whole."""

    def __init__(self) -> None:
        super().__init__()

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        kwargs = kwargs or {}
        with self:
            parts = func.decompose(*args, **kwargs)
        if parts is not NotImplemented:
            return parts
        made = func(*args, **kwargs)
        name = func.overloadpacket.__name__
        if func.is_view or name in _MOVES or name.removesuffix("_") in _ROUNDED_IN_ONE_WAY:
            assert kwargs.get("alpha", 1) == 1, "a sum that is a product too can be rounded once or twice"
            return made
        return self.see((name, *(_told(leaf) for leaf in tree_leaves((args, kwargs)))), made)

    def see(self, told: Told, made: object) -> object:
        raise NotImplementedError


class CallShapes(_EveryKernel):
    """Counts the calls of every kernel, by what they were told: shapes, strides, alignment, types, plain arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[Told] = Counter()

    def see(self, told: Told, made: object) -> object:
        self.calls[told] += 1
        return made


class RoundsByShape(_EveryKernel):
    """Has a kernel of its own for all that can be told, and for every place in what it makes: no two round alike."""

    def see(self, told: Told, made: object) -> object:
        digest = hashlib.sha256(repr(told).encode()).digest()
        off = int.from_bytes(digest[:4]) / 2**32 * 2**-12

        def rounded(tensor: torch.Tensor) -> torch.Tensor:
            if not tensor.is_floating_point():
                return tensor
            places = torch.linspace(1, 2, tensor.numel(), dtype=tensor.dtype).view(tensor.shape)
            return tensor.mul_(1 + off * places)

        return tree_map_only(torch.Tensor, rounded, made)


def _told(leaf: object) -> object:
    """What a kernel can be chosen by; strides of a single row or column mean nothing."""
    if not isinstance(leaf, torch.Tensor):
        return leaf if isinstance(leaf, int | float | str) else type(leaf).__name__
    strides = tuple(stride for size, stride in zip(leaf.shape, leaf.stride(), strict=True) if size > 1)
    return tuple(leaf.shape), strides, leaf.dtype, leaf.storage_offset() * leaf.itemsize % _ALIGNMENT


def calls_of(work: Callable[[], object]) -> Counter[Told]:
    """Every kernel that `work` calls."""
    with CallShapes() as seen:
        work()
    return seen.calls
