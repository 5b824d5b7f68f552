"""Products and reductions whose shapes do not depend on how many ranks share a render.

A device picks its kernels by shape, and another kernel adds in another order: a row's bits depend on how many other
rows there are (He et al. 2025, "Defeating Nondeterminism in LLM Inference"). So all that works on a rank's rows works
on tiles of one size, one tile after another, and attention between the rows on one head after another; strides and
alignment are fixed with the shapes. What every rank computes whole (text, time, patches, the last projection) has one
shape anyway, and VAE tiles are dealt out whole. A kernel that is chosen by what it is told is then the same one for
every number of ranks, on every device that repeats itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import torch

from inference.parallel.replaced import replace
from inference.parallel.sequence import Rows, blocks_of, by_head, rows_of

if TYPE_CHECKING:
    from diffusers.models.transformers.transformer_wan import WanAttention

    from inference.parallel.sequence import Rotary, Transformer

_ROW_BY_ROW = ("norm1", "norm2", "norm3", "ffn", "proj_in", "proj_out")  # of a block: all of it that is no attention
_TEXT_TOKENS = 512  # of a context; what stands before them is a picture's


@contextmanager
def fixed_shapes(shared: Transformer, tile: int) -> Iterator[None]:
    """While it lasts, a transformer that `share_sequence` made computes in tiles of `tile` rows.

    Adapters that are loaded by then compute in them too.
    """
    rows, blocks = rows_of(shared), blocks_of(shared)
    with ExitStack() as stack:
        stack.callback(vars(rows).update, tile=rows.tile, one_by_one=rows.one_by_one)
        rows.tile, rows.one_by_one = tile, True
        for block in blocks:
            for name in _ROW_BY_ROW:
                module = getattr(block, name, None)
                if module is not None:
                    replace(stack, module, "forward", partial(rows.by_tile, module.forward))
            replace(stack, block.attn2, "processor", TiledCrossAttention(rows))
        yield


class TiledCrossAttention:
    """Wan's attention to a text, and to a picture where it sees one: those whole, the rows that look at them in tiles.

    As diffusers' WanAttnProcessor computes it.
    """

    _attention_backend = None
    _parallel_config = None

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __call__(
        self,
        attn: WanAttention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        rotary_emb: Rotary | None = None,
    ) -> torch.Tensor:
        from diffusers.models.attention_dispatch import dispatch_attention_fn  # slow to import, and not for the previs

        assert encoder_hidden_states is not None, "there is always a text"
        assert attention_mask is None, "Wan masks nothing"
        assert rotary_emb is None, "a text has no places in the picture"

        picture, text = None, encoder_hidden_states
        if attn.add_k_proj is not None:
            picture, text = text[:, :-_TEXT_TOKENS], text[:, -_TEXT_TOKENS:]
        seen = [(attn.norm_k(attn.to_k(text)), attn.to_v(text))]
        if picture is not None:
            seen.append((attn.norm_added_k(attn.add_k_proj(picture)), attn.add_v_proj(picture)))
        seen = [(by_head(key, attn.heads), by_head(value, attn.heads)) for key, value in seen]

        def look(rows: torch.Tensor) -> torch.Tensor:
            query = by_head(attn.norm_q(attn.to_q(rows)), attn.heads)
            found = [
                dispatch_attention_fn(query, key, value, backend=self._attention_backend).flatten(2, 3).type_as(query)
                for key, value in seen
            ]
            out: torch.Tensor = attn.to_out[1](attn.to_out[0](sum(found[1:], found[0])))
            return out

        return self._rows.by_tile(look, hidden_states)
