"""What the motion model reads: the states of every token of the prompt, never a pooled vector.

Two layers of the packaged MiniLM are put side by side: an early one, where words are still themselves (left is not
right), and the last one, where they know their sentence. Legend: B texts, N tokens, S = STATE_SIZE.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from inference.motion.minilm import MiniLM

LAYERS = (2, 6)
STATE_SIZE = 384 * len(LAYERS)
MAX_TOKENS = 256  # what MiniLM was trained on; longer prompts are cut there


@dataclass(frozen=True)
class TokenStates:
    """Texts as token states. Padding is False in `mask_BN`; `offsets` are each token's characters [start, end)."""

    states_BNS: torch.Tensor
    mask_BN: torch.Tensor
    offsets: tuple[tuple[tuple[int, int], ...], ...]


class TextEncoder:
    """The frozen MiniLM. Reads `folder` only; no network."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._model = MiniLM(folder)

    @torch.inference_mode()
    def __call__(self, texts: list[str]) -> TokenStates:
        """Token states of `texts`, padded to the longest; the empty text is two tokens long, not none."""
        tokens = self._tokenizer.encode_batch(texts)
        mask_BN = torch.tensor([text.attention_mask for text in tokens]).bool()
        hidden = self._model(torch.tensor([text.ids for text in tokens]), mask_BN)
        spans = tuple(tuple(text.offsets[:count]) for text, count in zip(tokens, mask_BN.sum(1).tolist(), strict=True))
        return TokenStates(torch.cat([hidden[layer] for layer in LAYERS], dim=-1), mask_BN, spans)
