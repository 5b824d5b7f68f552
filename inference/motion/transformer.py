"""The motion model: a small diffusion transformer that reads token states and predicts a velocity (arXiv:2212.09748).

Legend: B clips, T motion tokens, D latent channels, N text tokens, S text state size, W width, H heads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

FRAMINGS = ("ecu", "cu", "ms", "ws")
Attend = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None], torch.Tensor]


@dataclass(frozen=True)
class Shape:
    """Everything that the weights' sizes follow from."""

    latent: int
    text_state: int
    labels: int
    width: int = 192
    heads: int = 6
    readers: int = 3  # layers that read the text, once a request
    blocks: int = 4  # layers that denoise, once a step


@dataclass(frozen=True)
class Context:
    """A text as read: `words_BNW`, padding False in `mask_BN`, and per token what it is about, `labels_BNL` logits."""

    words_BNW: torch.Tensor
    mask_BN: torch.Tensor
    labels_BNL: torch.Tensor


def waves(values: torch.Tensor, width: int, longest: float) -> torch.Tensor:
    """Sines and cosines of `values` at `width`/2 rates down to 1/`longest`, [..., width]."""
    rates = torch.exp(-math.log(longest) * torch.arange(width // 2, dtype=torch.float32) / (width // 2 - 1))
    angles = values.float().unsqueeze(-1) * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def attend(q_BHTD: torch.Tensor, k_BHND: torch.Tensor, v_BHND: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """The attention proper, [B, H, T, D]; `mask` is False where nobody looks."""
    return functional.scaled_dot_product_attention(q_BHTD, k_BHND, v_BHND, attn_mask=mask)


class Attention(nn.Module):
    """Multi-head attention with normalised queries and keys. `attend`: where ranks may exchange rows for heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attend: Attend = attend
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width)
        self.query_norm = nn.RMSNorm(width // heads)
        self.key_norm = nn.RMSNorm(width // heads)

    def forward(self, x_BTW: torch.Tensor, seen_BNW: torch.Tensor, mask_BN: torch.Tensor | None) -> torch.Tensor:
        batch, length, width = x_BTW.shape
        q = self._split(self.query(x_BTW))
        k, v = (self._split(part) for part in self.key_value(seen_BNW).chunk(2, dim=-1))
        mask = None if mask_BN is None else mask_BN[:, None, None, :]
        mixed = self.attend(self.query_norm(q), self.key_norm(k), v, mask)
        out: torch.Tensor = self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return out

    def _split(self, x_BNW: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x_BNW.shape
        return x_BNW.view(batch, length, self.heads, -1).transpose(1, 2)


def feed_forward(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))


class Reader(nn.Module):
    """One layer over the words of the prompt: who does what, in which order."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = feed_forward(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x_BNW: torch.Tensor, mask_BN: torch.Tensor) -> torch.Tensor:
        normed = self.norm_attention(x_BNW)
        x_BNW = x_BNW + self.dropout(self.attention(normed, normed, mask_BN))
        out: torch.Tensor = x_BNW + self.dropout(self.mlp(self.norm_mlp(x_BNW)))
        return out


class Block(nn.Module):
    """Self-attention over time, cross-attention to the words, MLP; noise level and shot modulate them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_cross = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.cross = Attention(width, heads)
        self.mlp = feed_forward(width)
        self.modulation = nn.Parameter(torch.zeros(6, width))

    def forward(self, x_BTW: torch.Tensor, shared_B6W: torch.Tensor, context: Context) -> torch.Tensor:
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = (shared_B6W + self.modulation).unsqueeze(2).unbind(1)
        normed = self.norm(x_BTW) * (1 + scale_a) + shift_a
        x_BTW = x_BTW + gate_a * self.attention(normed, normed, None)
        x_BTW = x_BTW + self.cross(self.norm_cross(x_BTW), context.words_BNW, context.mask_BN)
        out: torch.Tensor = x_BTW + gate_m * self.mlp(self.norm(x_BTW) * (1 + scale_m) + shift_m)
        return out


class MotionTransformer(nn.Module):
    """Text and noise level in, the velocity noise − data of a rectified flow out (it predicts the data inside)."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        width = shape.width
        self.shape = shape
        self.word_norm = nn.LayerNorm(shape.text_state)
        self.word_in = nn.Linear(shape.text_state, width)
        self.readers = nn.ModuleList(Reader(width, shape.heads, dropout) for _ in range(shape.readers))
        self.word_out = nn.LayerNorm(width)
        self.labels = nn.Linear(width, shape.labels)
        self.latent_in = nn.Linear(shape.latent, width)
        self.place_in = nn.Linear(2 * width, width)
        self.noise_in = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.framing = nn.Embedding(len(FRAMINGS), width)
        self.duration_in = nn.Linear(width, width)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.blocks = nn.ModuleList(Block(width, shape.heads) for _ in range(shape.blocks))
        self.norm_out = nn.LayerNorm(width)
        self.latent_out = nn.Linear(width, shape.latent)
        self.dropout = nn.Dropout(dropout)

    def read(self, states_BNS: torch.Tensor, mask_BN: torch.Tensor) -> Context:
        """Read a prompt's token states, once a request."""
        words: torch.Tensor = self.dropout(self.word_in(self.word_norm(states_BNS)))
        for reader in self.readers:
            words = reader(words, mask_BN)
        words = self.word_out(words)
        return Context(words, mask_BN, self.labels(words))

    def predict_data(
        self, noisy_BTD: torch.Tensor, sigma_B: torch.Tensor, context: Context, framing_B: torch.Tensor
    ) -> torch.Tensor:
        """The clean latents that `noisy_BTD` = (1 − sigma) data + sigma noise most likely came from."""
        tokens, width = noisy_BTD.shape[1], self.shape.width
        at_T = torch.arange(tokens, dtype=torch.float32)
        place_TW = torch.cat([waves(at_T, width, 40.0), waves((at_T + 0.5) / tokens * 30, width, 40.0)], dim=-1)
        x_BTW = self.latent_in(noisy_BTD) + self.place_in(place_TW)
        shot_BW = self.noise_in(waves(sigma_B * 1000, width, 10_000.0)) + self.framing(framing_B)
        shot_BW = shot_BW + self.duration_in(waves(torch.full_like(sigma_B, float(tokens)), width, 40.0))
        shared_B6W = self.modulation(shot_BW).view(-1, 6, width)
        for block in self.blocks:
            x_BTW = block(x_BTW, shared_B6W, context)
        out: torch.Tensor = self.latent_out(self.norm_out(x_BTW))
        return out

    def forward(
        self, noisy_BTD: torch.Tensor, sigma_B: torch.Tensor, context: Context, framing_B: torch.Tensor
    ) -> torch.Tensor:
        """The velocity at `noisy_BTD`, the same shape; `sigma_B` in (0, 1]."""
        data_BTD = self.predict_data(noisy_BTD, sigma_B, context, framing_B)
        return (noisy_BTD - data_BTD) / sigma_B[:, None, None]
