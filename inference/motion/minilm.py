"""MiniLM (arXiv:2002.10957), BERT of six layers, as far as the motion model reads it: the states between its layers.

The numbers are those of transformers' BertModel, bit for bit, as a test holds. Written out, since importing BertModel
brings torch's compiler and its distributed tensors with it: a third of an engine's start, and 90 MB.
Legend: B texts, N tokens, S = 384.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn import functional

_HEADS = 12
_EPSILON = 1e-12


class MiniLM:
    """Reads `folder`/model.safetensors only."""

    def __init__(self, folder: Path) -> None:
        self._weights = load_file(folder / "model.safetensors")
        self._layers = len({name.split(".")[2] for name in self._weights if name.startswith("encoder.layer.")})

    def __call__(self, ids_BN: torch.Tensor, mask_BN: torch.Tensor) -> list[torch.Tensor]:
        """The embedded tokens, then the states after each layer, [B, N, S] each. `mask_BN`: False is padding."""
        states = self._look_up("word_embeddings", ids_BN) + self._look_up("token_type_embeddings", ids_BN * 0)
        states = states + self._look_up("position_embeddings", torch.arange(ids_BN.shape[1])[None])
        states = self._normalise("embeddings", states)
        seen = None if bool(mask_BN.all()) else mask_BN[:, None, None].expand(-1, 1, mask_BN.shape[1], -1)
        told = [states]
        for number in range(self._layers):
            told.append(self._pass_layer(f"encoder.layer.{number}", told[-1], seen))
        return told

    def _pass_layer(self, layer: str, states: torch.Tensor, seen: torch.Tensor | None) -> torch.Tensor:
        query, key, value = (
            self._to_heads(f"{layer}.attention.self.{name}", states) for name in ("query", "key", "value")
        )
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        attended = attended.transpose(1, 2).contiguous().reshape(states.shape)
        attended = self._apply(f"{layer}.attention.output.dense", attended)
        states = self._normalise(f"{layer}.attention.output", attended + states)
        wide = functional.gelu(self._apply(f"{layer}.intermediate.dense", states))
        return self._normalise(f"{layer}.output", self._apply(f"{layer}.output.dense", wide) + states)

    def _look_up(self, table: str, ids: torch.Tensor) -> torch.Tensor:
        return functional.embedding(ids, self._weights[f"embeddings.{table}.weight"])

    def _apply(self, name: str, states: torch.Tensor) -> torch.Tensor:
        return functional.linear(states, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _to_heads(self, name: str, states: torch.Tensor) -> torch.Tensor:
        applied = self._apply(name, states)
        return applied.view(*applied.shape[:2], _HEADS, -1).transpose(1, 2)

    def _normalise(self, name: str, states: torch.Tensor) -> torch.Tensor:
        weight, bias = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return functional.layer_norm(states, weight.shape, weight, bias, _EPSILON)
