"""Products of the blocks in float8: e4m3, three bits of mantissa, with a scale for every row. Changes the picture.

Weights and what is multiplied with them are both rounded, each row (of a weight: each output) scaled so that its
largest number is e4m3's. torch's own `_scaled_mm` multiplies; no library is needed. The rounded weights are made when
a block first computes in a loop and are gone after it, so the exact tier's are never touched; meanwhile they fill a
byte for each, beside them. Rows do not look at each other, so any number of ranks rounds alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch

from inference.parallel.replaced import replace
from inference.pipelines.policies.contract import Change, Policy, PolicyUnavailable, Running
from inference.pipelines.policies.repeated_blocks import repeated_blocks

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer

_FLOAT8 = torch.float8_e4m3fn
_LARGEST = torch.finfo(_FLOAT8).max
_SMALLEST_SCALE = torch.finfo(torch.float32).tiny  # of a row of zeros
_UNIT = 16  # both sides of a weight are whole numbers of it: the kernels want that


@dataclass(frozen=True)
class Float8Products(Policy):
    """Only where its operator asks for it: no card has compared it yet. Blocks are not compiled beside it."""

    name: ClassVar[str] = "float8 products"
    changes: ClassVar[Change] = "picture"
    price: ClassVar[str] = "on random weights: docs/benchmarks.md; on true ones unmeasured"

    def words(self) -> str:
        return "float8 products in the blocks (e4m3, a scale a row)"

    def kernels(self) -> dict[str, str]:
        return {"products": "float8 in the blocks"}

    def check(self, device: torch.device) -> None:
        """By trying."""
        try:
            _multiply(torch.ones(_UNIT, _UNIT, device=device), *scale_rows(torch.ones(_UNIT, _UNIT, device=device)))
        except (RuntimeError, AssertionError) as error:
            why = str(error).partition("\n")[0]
            raise PolicyUnavailable(f"{device.type} cannot multiply in float8 here: {why}. Try auto") from error

    def fills(self, expert: Transformer) -> int:
        return sum(linear.weight.numel() + 4 * linear.out_features for linear in _linears(expert))

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        with ExitStack() as stack:
            for expert in running.experts:
                for linear in _linears(expert):
                    replace(stack, linear, "forward", _forward_of(linear))
            yield


def scale_rows(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """[..., N] → the same in float8, and the float32 scales [..., 1] that give it back its size."""
    scales = (rows.abs().amax(-1, keepdim=True).float() / _LARGEST).clamp(min=_SMALLEST_SCALE)
    return (rows.float() / scales).clamp(-_LARGEST, _LARGEST).to(_FLOAT8), scales


def _forward_of(linear: torch.nn.Linear) -> Callable[[torch.Tensor], torch.Tensor]:
    kept: list[torch.Tensor] = []

    def forward(rows: torch.Tensor) -> torch.Tensor:
        if not kept:  # its weight may have come to the device just now
            kept.extend(scale_rows(linear.weight))
        made = _multiply(rows.flatten(0, -2), *kept)
        if linear.bias is not None:
            made = made + linear.bias
        return made.reshape(*rows.shape[:-1], linear.out_features)

    return forward


def _multiply(rows: torch.Tensor, weight: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """[M, K] by [N, K] → [M, N], in the precision of `rows`."""
    rows8, row_scales = scale_rows(rows)
    made: torch.Tensor = torch._scaled_mm(
        rows8, weight.t(), scale_a=row_scales, scale_b=scales.t(), out_dtype=rows.dtype
    )
    return made


def _linears(expert: Transformer) -> list[torch.nn.Linear]:
    """Of the blocks, an adapter's own small ones left out."""
    found = {
        id(module): module
        for block in repeated_blocks(expert)
        for name, module in block.named_modules()
        if isinstance(module, torch.nn.Linear) and ".lora_" not in name
    }
    sides = ((one, one.in_features, one.out_features) for one in found.values())
    return [one for one, taken, given in sides if taken % _UNIT == 0 == given % _UNIT]
