"""Where it is quiet nobody speaks: the edges of words beside a pause are moved to where the sound ends and begins.

The voice's own times are right inside a phrase (to 20 ms, by the recogniser). At a pause they are not: it gives a part
of the silence to the sound before it, 100 ms and more, and begins the next one late.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inference.speech.port import RATE, Phoneme, Samples, Word

_STEP = RATE // 200  # 5 ms
_QUIET = 10 ** (-38 / 20)  # of the loudest step: a breath is above it, the tail of an f is not below
_SHORTEST = 8  # steps; the closure of a p is quiet for longer than a pause of 40 ms, but within a word
_LEAST = RATE // 50  # what is left of a sound, at least


def keep_pauses_quiet(words: tuple[Word, ...], samples: Samples) -> tuple[Word, ...]:
    """The words, in which no sound reaches into the silence before or after a phrase."""
    if not words:
        return words
    silences = _silences(samples)
    moved = list(words)
    for place in range(len(moved) + 1):
        before, after = (moved[place - 1] if place else None), (moved[place] if place < len(moved) else None)
        first = before.end if before else 0
        last = after.start if after else len(samples)
        if before and after and last == first:
            continue  # said in one breath
        found = [one for one in silences if one[0] < last and one[1] > first]
        if not found:
            continue
        start, end = max(found, key=lambda one: min(one[1], last) - max(one[0], first))
        if before and start < last:
            moved[place - 1] = _ending(before, start)
        if after and end > first:
            moved[place] = _beginning(after, end)
    return tuple(moved)


def _silences(samples: Samples) -> list[tuple[int, int]]:
    count = len(samples) // _STEP
    loud = np.sqrt((samples[: count * _STEP].reshape(count, _STEP).astype(np.float64) ** 2).mean(axis=1))
    quiet = np.concatenate(([False], loud < _QUIET * loud.max(), [False]))
    changes = np.flatnonzero(quiet[1:] != quiet[:-1])
    spans = zip(changes[::2], changes[1::2], strict=True)
    return [(int(start) * _STEP, int(end) * _STEP) for start, end in spans if end - start >= _SHORTEST]


def _ending(word: Word, at: int) -> Word:
    """The word with its last sounds drawn back, or out, to end at `at`, where that leaves something of them."""
    *others, last = word.phonemes
    if at < last.start + _LEAST:
        return _squeezed(word, at)
    return replace(word, phonemes=(*others, replace(last, end=at)))


def _squeezed(word: Word, at: int) -> Word:
    """All sounds of the word fitted between its start and `at`: its last ones were said sooner than the voice tells."""
    span, wanted = word.end - word.start, at - word.start
    if wanted < _LEAST * len(word.phonemes):
        return word

    def fitted(moment: int) -> int:
        return word.start + (moment - word.start) * wanted // span

    return replace(
        word,
        phonemes=tuple(replace(sound, start=fitted(sound.start), end=fitted(sound.end)) for sound in word.phonemes),
    )


def _beginning(word: Word, at: int) -> Word:
    """The word with its first sound begun at `at`, where that leaves something of it."""
    first, *others = word.phonemes
    start: Phoneme = replace(first, start=at)
    return replace(word, phonemes=(start, *others)) if at <= first.end - _LEAST else word
