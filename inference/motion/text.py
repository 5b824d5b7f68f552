"""What the motion model reads: the states of every token of the prompt, never a pooled vector.

Two layers of the packaged MiniLM are put side by side: an early one, where words are still themselves (left is not
right), and the last one, where they know their sentence. Legend: B texts, N tokens, S = STATE_SIZE.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer
from transformers.utils import logging as transformers_logging

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
        transformers_logging.disable_progress_bar()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    @torch.inference_mode()
    def __call__(self, texts: list[str]) -> TokenStates:
        """Token states of `texts`, padded to the longest; the empty text is two tokens long, not none."""
        tokens = self._tokenizer(
            texts, return_tensors="pt", padding=True, truncation=True, max_length=MAX_TOKENS,
            return_offsets_mapping=True,
        )  # fmt: skip
        offsets = tokens.pop("offset_mapping")
        hidden = self._model(**tokens, output_hidden_states=True).hidden_states
        mask_BN = tokens["attention_mask"].bool()
        spans = tuple(
            tuple((int(a), int(b)) for a, b in row[: int(mask.sum())])
            for row, mask in zip(offsets.tolist(), mask_BN, strict=True)
        )
        return TokenStates(torch.cat([hidden[layer] for layer in LAYERS], dim=-1).float(), mask_BN, spans)
