"""Ulysses (arXiv:2309.14509) for the motion model: ranks hold runs of a clip's motion tokens, the result is one rank's.

Around both attentions rows are exchanged for heads, so every kernel there sees all tokens of its heads, as it does on
one rank. Everything between them works row by row, on tiles of TILE rows: rows of a matrix product keep their bits
however many there are, but for a handful. A clip of fewer tokens than that is not shared: every rank computes it whole.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import cast

import torch
from torch import nn

from inference.motion.transformer import Block, Context, MotionTransformer, attend
from inference.parallel.mesh import Link, check_heads
from inference.parallel.sequence import Rows

TILE = 16  # rows: a clip has a few dozen, of which the large models' tiles would leave all to the first rank


class SharedMotion:
    """The motion model over the ranks of `link`, called as the model is; every rank gets the whole velocity.

    It shares the weights of `model`, which is not touched. Raises RanksDoNotFit when its heads cannot be dealt out.
    """

    def __init__(self, model: MotionTransformer, link: Link) -> None:
        check_heads(model.shape.heads, link.size)
        self._whole = model
        self._shared = _share(model, Rows(link, TILE))

    def __call__(
        self, noisy_BTD: torch.Tensor, sigma_B: torch.Tensor, context: Context, framing_B: torch.Tensor
    ) -> torch.Tensor:
        model = self._whole if noisy_BTD.shape[1] < TILE else self._shared
        velocity: torch.Tensor = model(noisy_BTD, sigma_B, context, framing_B)
        return velocity


def _share(model: MotionTransformer, rows: Rows) -> MotionTransformer:
    """A structural copy whose blocks compute this rank's rows."""
    shared = copy.deepcopy(model, {id(weight): weight for weight in model.parameters()})

    def take(_: nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        rows.length = args[0].shape[1]
        return (rows.take(args[0]), *args[1:])

    def gather(_: nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (rows.gather(args[0]), *args[1:])

    shared.blocks[0].register_forward_pre_hook(take)
    shared.norm_out.register_forward_pre_hook(gather)
    for block in shared.blocks:
        own = cast("Block", block)
        own.attention.attend = partial(_attend_to_moments, rows)
        own.cross.attend = partial(_attend_to_words, rows)
    return shared


def _attend_to_moments(
    rows: Rows, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Every moment to every other."""
    query, key, value = (_to_heads(rows, one) for one in (query, key, value))
    return _to_rows(rows, attend(query, key, value, mask))


def _attend_to_words(
    rows: Rows, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """Every moment to the words, which all ranks hold whole: of those, only the heads are dealt out."""
    link = rows.link
    key, value = (one.chunk(link.size, dim=1)[link.rank] for one in (key, value))
    return _to_rows(rows, attend(_to_heads(rows, query), key, value, mask))


def _to_heads(rows: Rows, mine_BHLD: torch.Tensor) -> torch.Tensor:
    return rows.to_heads(mine_BHLD.transpose(1, 2)).transpose(1, 2)


def _to_rows(rows: Rows, heads_BHTD: torch.Tensor) -> torch.Tensor:
    return rows.to_rows(heads_BHTD.transpose(1, 2)).transpose(1, 2)
