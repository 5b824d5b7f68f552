"""A prompt as a direction reads it: its words, what the motion model takes each to be about, and their states."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import torch

from inference.motion.acts import LABELS
from inference.motion.models import Floats
from inference.motion.text import TokenStates

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?]")  # noqa: RUF001 (people type it)


@dataclass(frozen=True)
class Word:
    """A word or a punctuation mark, characters [start, end) of its text. chance_L: of each of LABELS; state_S: MiniLM's
    own, in its sentence. What lies beyond the reader's reach has neither: zeros.
    """

    text: str
    start: int
    end: int
    chance_L: Floats
    state_S: Floats

    @property
    def label(self) -> str:
        """What the word is most likely about; `none` where it was not read."""
        return LABELS[int(self.chance_L.argmax())] if self.chance_L.any() else "none"

    @property
    def lower(self) -> str:
        return self.text.lower()


@dataclass(frozen=True)
class PromptWords:
    """One character's own version of the prompt."""

    text: str
    words: tuple[Word, ...]


def read_words(texts: list[str], states: TokenStates, labels_BNL: torch.Tensor) -> tuple[PromptWords, ...]:
    """The texts word by word; a word of several tokens has the mean of theirs."""
    chances_BNL = labels_BNL.softmax(dim=-1).float().cpu().numpy()
    states_BNS = states.states_BNS.float().cpu().numpy()
    return tuple(
        PromptWords(text, tuple(_words(text, offsets, chances_NL, states_NS)))
        for text, offsets, chances_NL, states_NS in zip(texts, states.offsets, chances_BNL, states_BNS, strict=True)
    )


def _words(text: str, offsets: tuple[tuple[int, int], ...], chances_NL: Floats, states_NS: Floats) -> list[Word]:
    words = []
    for found in _WORD.finditer(text):
        start, end = found.span()
        own = [i for i, (first, last) in enumerate(offsets) if first < end and last > start]
        chance_L = chances_NL[own].mean(axis=0) if own else np.zeros(chances_NL.shape[1], np.float32)
        state_S = states_NS[own].mean(axis=0) if own else np.zeros(states_NS.shape[1], np.float32)
        words.append(Word(found.group(), start, end, chance_L, state_S))
    return words
