"""Which words of the prompt the previs leaves aside, as the motion model's own readers see them.

This names words to the filmmaker; it never drives the motion.
"""

from __future__ import annotations

import torch

from inference.motion.acts import LABEL_INDEX, LEFT_ASIDE
from inference.motion.text import TokenStates
from inference.pipelines.character_prompts import Part, words_of

_ASIDE = [LABEL_INDEX[label] for label in LEFT_ASIDE]
_SHORTEST, _LONGEST = 3, 120  # characters of a phrase worth naming, and as much of it as a note shows
_SURE = 0.6  # of a word's probability must lie on what is left aside


def list_unsupported_parts(
    prompt: str, parts: tuple[Part, ...], states: TokenStates, labels_BNL: torch.Tensor
) -> tuple[str, ...]:
    """Phrases of the prompt that no character acts, in order; words beyond what was read count as left aside.

    parts, states and labels are one a character; what one of them takes up is not left aside.
    """
    spans = words_of(prompt)
    aside_BN = labels_BNL.softmax(dim=-1)[..., _ASIDE].sum(dim=-1)
    left = [True] * len(spans)
    for part, offsets, aside_N in zip(parts, states.offsets, aside_BN.tolist(), strict=True):
        doubt = _doubts(part, offsets, aside_N, len(prompt))
        for i, (start, end) in enumerate(spans):
            left[i] &= sum(doubt[start:end]) / (end - start) > _SURE
    return _phrases(prompt, spans, left)


def _doubts(part: Part, offsets: tuple[tuple[int, int], ...], aside_N: list[float], length: int) -> list[float]:
    """How surely the part leaves each character of the prompt aside: not at all a name, wholly what was never read."""
    doubt = [0.0] * length
    for at in part.origin:
        if at >= 0:
            doubt[at] = 1.0
    for (start, end), aside in zip(offsets, aside_N, strict=False):
        for at in range(start, end):
            if part.origin[at] >= 0:
                doubt[part.origin[at]] = aside
    return doubt


def _phrases(prompt: str, spans: list[tuple[int, int]], left: list[bool]) -> tuple[str, ...]:
    """Runs of left words, as they stand in the prompt; a lone function word says nothing and is not named."""
    phrases: list[str] = []
    run: list[tuple[int, int]] = []
    for span, gone in [*zip(spans, left, strict=True), ((0, 0), False)]:
        if gone:
            run.append(span)
        elif run:
            phrase = prompt[run[0][0] : run[-1][1]]
            if len(phrase) > _SHORTEST:
                phrases.append(phrase if len(phrase) <= _LONGEST else phrase[: _LONGEST - 1] + "…")
            run = []
    return tuple(phrases)
