"""Ulysses context parallelism for Wan-Animate-2, whose tokens look at a driving video's keys and values too.

As in `parallel/sequence.py` every rank holds a run of rows, and all rows of its own heads around self-attention. What
is kept of the driving video is then of a rank's own heads too: its memory is shared like the rest, and no rank ever
asks another for it. Positions, masks and packing are those of diffusers' own processor, which is called with the heads
of one rank as if there were no others.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from inference.parallel.mesh import Link, check_heads
from inference.parallel.sequence import Rows

if TYPE_CHECKING:
    from diffusers import WanAnimate2Transformer3DModel
    from diffusers.models.transformers.transformer_wan_animate_2 import WanAnimate2Attention, WanAnimate2AttnProcessor


class UlyssesDrivenAttention:
    """Self-attention of Wan-Animate-2 over rows that are spread over ranks; `inner` is diffusers' own for all rows."""

    _attention_backend = None
    _parallel_config = None

    def __init__(self, rows: Rows, inner: WanAnimate2AttnProcessor) -> None:
        self._rows, self._inner = rows, inner

    def __call__(self, attn: WanAnimate2Attention, hidden_states: torch.Tensor, **told: object) -> torch.Tensor:
        heads = {
            "q": self._to_heads(attn, attn.norm_q(attn.to_q(hidden_states))),
            "k": self._to_heads(attn, attn.norm_k(attn.to_k(hidden_states))),
            "v": self._to_heads(attn, attn.to_v(hidden_states)),
        }
        self._inner._attention_backend = self._attention_backend
        mine = attn.heads // self._rows.link.size
        attended: torch.Tensor = self._inner(_Projected(heads, mine), hidden_states, **told)
        rows = self._rows.to_rows(attended.unflatten(2, (mine, -1))).flatten(2, 3)  # type: ignore[no-untyped-call]
        out: torch.Tensor = attn.to_out[1](attn.to_out[0](rows))
        return out

    def _to_heads(self, attn: WanAnimate2Attention, rows_BLC: torch.Tensor) -> torch.Tensor:
        """My rows of all heads → all rows of my heads, side by side as a projection leaves them."""
        split: torch.Tensor = rows_BLC.unflatten(2, (attn.heads, -1))  # type: ignore[no-untyped-call]  # torch's
        return self._rows.to_heads(split).flatten(2, 3)


class _Projected:
    """Stands for an attention of `heads` heads whose projections were computed before: each is given out once."""

    fused_projections = False
    is_cross_attention = False

    def __init__(self, held: dict[str, torch.Tensor], heads: int) -> None:
        self.heads = heads
        self._held = held
        self.to_out = (_same, _same)
        self.norm_q = self.norm_k = _same

    def to_q(self, _: torch.Tensor) -> torch.Tensor:
        return self._held.pop("q")

    def to_k(self, _: torch.Tensor) -> torch.Tensor:
        return self._held.pop("k")

    def to_v(self, _: torch.Tensor) -> torch.Tensor:
        return self._held.pop("v")


def _same(states: torch.Tensor) -> torch.Tensor:
    return states


def share_driven_sequence(transformer: WanAnimate2Transformer3DModel, link: Link) -> WanAnimate2Transformer3DModel:
    """As `share_sequence`: the same weights, this rank's rows, the whole result. Raises RanksDoNotFit."""
    from diffusers.models.transformers.transformer_wan_animate_2 import WanAnimate2AttnProcessor

    check_heads(transformer.config.num_heads, link.size)
    weights = {id(tensor): tensor for tensor in (*transformer.parameters(), *transformer.buffers())}
    shared = copy.deepcopy(transformer, weights)
    rows = Rows(link)

    def split_rows(_: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        rows.length = args[0].shape[1]
        return (rows.take(args[0]), *args[1:])

    def gather(_: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (rows.gather(args[0]), *args[1:])

    shared.blocks[0].register_forward_pre_hook(split_rows)
    shared.head.register_forward_pre_hook(gather)
    for block in shared.blocks:
        block.self_attn.processor = UlyssesDrivenAttention(rows, WanAnimate2AttnProcessor())
    return shared
