"""Ulysses context parallelism (arXiv:2309.14509) for diffusers' Wan transformers, without a change of the result.

Every rank holds a run of the sequence's rows. Around self-attention the rows are exchanged for heads: each rank then
sees all rows of some heads, in their order, so the kernel and the order of its sums are those of one rank.

On a CPU rows of a matrix product keep their bits however many rows there are, except for a handful of them: so every
shard is padded to whole tiles of TILE rows, and the padding is taken off before attention and at the end. One rank pads
too. On other devices only products of one shape have the same bits: see `parallel.fixed_shapes`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch.nn import functional

from inference.parallel.mesh import Link, check_heads

if TYPE_CHECKING:
    from diffusers import WanAnimateTransformer3DModel, WanTransformer3DModel, WanVACETransformer3DModel
    from diffusers.models.transformers.transformer_wan import WanAttention
    from diffusers.models.transformers.transformer_wan_animate import WanAnimateFaceBlockCrossAttention

    Transformer: TypeAlias = WanTransformer3DModel | WanVACETransformer3DModel | WanAnimateTransformer3DModel

TILE = 64  # rows

Rotary = tuple[torch.Tensor, torch.Tensor]


class Rows:
    """Which rows of a sequence are this rank's, in whole tiles of `tile`.

    `length` is known once the first tokens of a forward were seen. one_by_one: tiles, and heads, are computed one after
    another; else all that a rank has at once.
    """

    def __init__(self, link: Link, tile: int = TILE) -> None:
        self.link = link
        self.tile = tile
        self.one_by_one = False
        self.length = 0

    @property
    def share(self) -> int:
        """Rows a rank: whole tiles, the same number for all."""
        unit = self.tile * self.link.size
        return self.tile * -(-self.length // unit)

    def by_tile(self, work: Callable[..., torch.Tensor], *rows_BLX: torch.Tensor) -> torch.Tensor:
        """`work` on this rank's rows; it may not look from one row at another."""
        if not self.one_by_one:
            return work(*rows_BLX)
        made: torch.Tensor | None = None
        for start in range(0, self.share, self.tile):
            place = slice(start, start + self.tile)
            tile = work(*(one[:, place] for one in rows_BLX))
            if made is None:
                made = tile.new_empty(tile.shape[0], self.share, *tile.shape[2:])
            made[:, place] = tile
        assert made is not None, "a rank has at least one tile"
        return made

    def take(self, rows_BSC: torch.Tensor) -> torch.Tensor:
        """This rank's rows of all of them, padded with zeros beyond the end, in one layout whatever theirs is."""
        start = self.link.rank * self.share
        mine = rows_BSC[:, start : start + self.share]
        taken = mine.new_zeros(mine.shape[0], self.share, *mine.shape[2:])
        taken[:, : mine.shape[1]] = mine
        return taken

    def gather(self, mine_BLC: torch.Tensor) -> torch.Tensor:
        """All rows from every rank's, without the padding."""
        return torch.cat(self.link.all_gather(mine_BLC), dim=1)[:, : self.length]

    def to_heads(self, mine_BLHD: torch.Tensor) -> torch.Tensor:
        """My rows of all heads → all rows of my heads [B, S, H / P, D]."""
        parts = list(mine_BLHD.chunk(self.link.size, dim=2))
        return torch.cat(self.link.all_to_all(parts), dim=1)[:, : self.length]

    def to_rows(self, heads_BSHD: torch.Tensor) -> torch.Tensor:
        """The way back: all rows of my heads → my rows of all heads."""
        padding = self.share * self.link.size - self.length
        padded = functional.pad(heads_BSHD, (0, 0, 0, 0, 0, padding))
        return torch.cat(self.link.all_to_all(list(torch.split(padded, self.share, dim=1))), dim=2)


class UlyssesAttention:
    """Self-attention of Wan over rows that are spread over ranks."""

    _attention_backend = None
    _parallel_config = None

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __call__(
        self,
        attn: WanAttention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        rotary_emb: Rotary | None = None,
    ) -> torch.Tensor:
        assert encoder_hidden_states is None, "cross-attention needs no exchange"
        assert attention_mask is None, "Wan masks nothing"
        assert rotary_emb is not None, "Wan's rows know their places"

        def turned(project: torch.nn.Module, norm: torch.nn.Module) -> torch.Tensor:
            def work(rows: torch.Tensor, *rotary: torch.Tensor) -> torch.Tensor:
                return rotate(by_head(norm(project(rows)), attn.heads), rotary)

            return self.rows.by_tile(work, hidden_states, *rotary_emb)

        query, key = turned(attn.to_q, attn.norm_q), turned(attn.to_k, attn.norm_k)
        value = by_head(self.rows.by_tile(attn.to_v, hidden_states), attn.heads)
        query, key, value = (self.rows.to_heads(one) for one in (query, key, value))
        attended = _attend(query, key, value, self._attention_backend, self.rows)
        mine = self.rows.to_rows(attended).flatten(2, 3).type_as(query)
        return self.rows.by_tile(lambda rows: attn.to_out[1](attn.to_out[0](rows)), mine)


class UlyssesFaceAttention:
    """Wan-Animate's attention from each latent frame to the face of its moment, over rows that are spread over ranks.

    Frames do not begin where shards do, so the rows are exchanged for heads here as well.
    """

    _attention_backend = None
    _parallel_config = None

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __call__(
        self,
        attn: WanAnimateFaceBlockCrossAttention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
    ) -> torch.Tensor:
        assert encoder_hidden_states is not None, "there is a face for every frame"
        assert attention_mask is None, "nothing is masked here"
        faces_BTNC = attn.pre_norm_kv(encoder_hidden_states)
        batch, frames, tokens, _ = faces_BTNC.shape
        faces_BKC = faces_BTNC.flatten(1, 2)

        def query_of(rows: torch.Tensor) -> torch.Tensor:
            normed: torch.Tensor = attn.norm_q(by_head(attn.to_q(attn.pre_norm_q(rows)), attn.heads))
            return normed

        key = attn.norm_k(attn.to_k(faces_BKC).view(batch, frames, tokens, attn.heads, -1))
        value = attn.to_v(faces_BKC).view(batch, frames, tokens, attn.heads, -1)
        link = self._rows.link
        key, value = (one.chunk(link.size, dim=3)[link.rank].flatten(0, 1) for one in (key, value))
        query = self._rows.to_heads(self._rows.by_tile(query_of, hidden_states))
        by_frame = query.reshape(batch * frames, -1, *query.shape[2:])
        attended = _attend(by_frame, key, value, self._attention_backend, self._rows)
        mine = self._rows.to_rows(attended.reshape(query.shape))
        return self._rows.by_tile(attn.to_out, mine.flatten(2, 3).type_as(query))


def _attend(
    query_BSHD: torch.Tensor, key_BKHD: torch.Tensor, value_BKHD: torch.Tensor, backend: str | None, rows: Rows
) -> torch.Tensor:
    """Every head's rows; one by one, since how many heads a rank has depends on the number of ranks."""
    from diffusers.models.attention_dispatch import dispatch_attention_fn  # slow to import, and not for the previs

    told = query_BSHD, key_BKHD, value_BKHD
    if not rows.one_by_one:
        attended: torch.Tensor = dispatch_attention_fn(*told, backend=backend)
        return attended
    heads = zip(*(torch.split(one, 1, dim=2) for one in told), strict=True)
    made = [dispatch_attention_fn(*(one.contiguous() for one in head), backend=backend) for head in heads]
    return torch.cat(made, dim=2)


def by_head(states_BLC: torch.Tensor, heads: int) -> torch.Tensor:
    """[B, L, heads, C / heads], a view."""
    return states_BLC.view(*states_BLC.shape[:2], heads, -1)


def rotate(states_BLHD: torch.Tensor, rotary: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Rotary positions (arXiv:2104.09864) on pairs of neighbouring channels."""
    x1, x2 = states_BLHD.reshape(*states_BLHD.shape[:-1], -1, 2).unbind(-1)
    cos, sin = rotary[0][..., 0::2], rotary[1][..., 1::2]
    out = torch.empty_like(states_BLHD)
    out[..., 0::2] = x1 * cos - x2 * sin
    out[..., 1::2] = x1 * sin + x2 * cos
    return out.type_as(states_BLHD)


def share_sequence(transformer: Transformer, link: Link) -> Transformer:
    """A transformer with the same weights (shared, not copied) that computes this rank's rows and returns the whole.

    The one that was given is not touched. Raises RanksDoNotFit when its heads cannot be dealt out to the ranks.
    """
    check_heads(transformer.config.num_attention_heads, link.size)
    weights = {id(tensor): tensor for tensor in (*transformer.parameters(), *transformer.buffers())}
    shared = copy.deepcopy(transformer, weights)
    rows = Rows(link)

    def split_tokens(_: torch.nn.Module, __: object, tokens_BCFHW: torch.Tensor) -> torch.Tensor:
        flat_BSC = tokens_BCFHW.flatten(2).transpose(1, 2)
        rows.length = flat_BSC.shape[1]
        return rows.take(flat_BSC).transpose(1, 2)[..., None, None]

    def split_rotary(_: torch.nn.Module, args: tuple[torch.Tensor, ...], rotary: Rotary) -> Rotary:
        rows.length = rotary[0].shape[1]
        return rows.take(rotary[0]), rows.take(rotary[1])

    def gather(_: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (rows.gather(args[0]), *args[1:])

    def split_rows(_: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (rows.take(args[0]), *args[1:])

    shared.rope.register_forward_hook(split_rotary)
    if hasattr(shared, "face_adapter"):  # tokens meet the pose's before they can be split
        shared.blocks[0].register_forward_pre_hook(split_rows)
        for adapter in shared.face_adapter:
            adapter.processor = UlyssesFaceAttention(rows)
    else:
        shared.patch_embedding.register_forward_hook(split_tokens)
    if hasattr(shared, "vace_patch_embedding"):
        shared.vace_patch_embedding.register_forward_hook(split_tokens)
    shared.norm_out.register_forward_pre_hook(gather)
    for block in blocks_of(shared):
        block.attn1.processor = UlyssesAttention(rows)
    return shared


def blocks_of(transformer: Transformer) -> list[Any]:
    """Its repeated blocks, the control's beside its own."""
    return [*transformer.blocks, *getattr(transformer, "vace_blocks", ())]


def rows_of(shared: Transformer) -> Rows:
    """Of a transformer that `share_sequence` made."""
    processor = blocks_of(shared)[0].attn1.processor
    assert isinstance(processor, UlyssesAttention), "it is not shared"
    return processor.rows
