"""What a phrase means that nobody listed: the nearest of some described meanings, where it is nearer by a margin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np

from inference.motion.models import Floats
from inference.motion.text import LAYERS, TokenStates

Name = TypeVar("Name", bound=str)
ReadText = Callable[[list[str]], TokenStates]


class Meanings(Generic[Name]):
    """Descriptions of meanings, embedded once. `described`: a meaning → ways of saying it."""

    def __init__(self, read_text: ReadText, described: Mapping[Name, Sequence[str]]) -> None:
        self._read_text = read_text
        self._names = [name for name, ways in described.items() for _ in ways]
        self._known_KE = embed(read_text, [way for ways in described.values() for way in ways])

    def nearest(self, phrase: str, least: float, margin: float) -> Name | None:
        """The meaning whose nearest description is like the phrase by a cosine of `least`, and by `margin` more so than
        any other meaning's; None where that is none.
        """
        likeness_K = embed(self._read_text, [phrase])[0] @ self._known_KE.T
        best: dict[Name, float] = {}
        for name, likeness in zip(self._names, likeness_K.tolist(), strict=True):
            best[name] = max(best.get(name, -1.0), likeness)
        ranked = sorted(best, key=lambda name: best[name], reverse=True)
        second = best[ranked[1]] if len(ranked) > 1 else -1.0
        return ranked[0] if best[ranked[0]] >= least and best[ranked[0]] - second >= margin else None


def embed(read_text: ReadText, texts: list[str]) -> Floats:
    """Sentence embeddings [B, 384] of length 1: the mean of the last layer's states, as MiniLM was trained to give."""
    read = read_text(texts)
    size = read.states_BNS.shape[-1] // len(LAYERS)
    mask_BN1 = read.mask_BN.unsqueeze(-1).float()
    mean_BE = (read.states_BNS[..., -size:] * mask_BN1).sum(1) / mask_BN1.sum(1)
    vectors_BE: Floats = mean_BE.float().cpu().numpy()
    unit_BE: Floats = vectors_BE / np.maximum(np.linalg.norm(vectors_BE, axis=1, keepdims=True), 1e-6)
    return unit_BE
