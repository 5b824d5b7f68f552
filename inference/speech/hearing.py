"""What is said in a sound: phonemes with their times, recognised by hama, or known words found again in it.

The recogniser writes the phonemes of English, whatever it hears: for another language its answer is good for times and
for classes of sounds, not for a phoneme error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.speech.comparison import sounds_of
from inference.speech.port import RATE, Phoneme, Samples, Word
from inference.speech.sound import HEARING_RATE, resample

FRAME = 320 * RATE // HEARING_RATE  # samples at RATE that one frame of the recogniser spans: 20 ms
_UNHEARD = -30.0  # log-probability of a sound that the recogniser has no sign for


@dataclass(frozen=True)
class Heard:
    """Phonemes in the recogniser's signs, in order, each from its first frame to the next phoneme's."""

    phonemes: tuple[Phoneme, ...]

    @property
    def sounds(self) -> tuple[str, ...]:
        """In the alphabet in which two sides are compared."""
        return sounds_of([phoneme.symbol for phoneme in self.phonemes])


class Recogniser:
    """Loads its network (5 MB) with the first sound; about 0.1 s of one core a second of sound."""

    def hear(self, samples: Samples) -> Heard:
        """`samples`: mono float32 at RATE."""
        scores = self._scores(samples)
        best = scores.argmax(axis=1)
        starts = [
            frame
            for frame, token in enumerate(best)
            if token != self._blank and (frame == 0 or token != best[frame - 1])
        ]
        ends = [*starts[1:], len(best)][: len(starts)]
        heard = [
            Phoneme(self._tokens[best[start]], start * FRAME, end * FRAME)
            for start, end in zip(starts, ends, strict=True)
            if self._tokens[best[start]] != "<wb>"
        ]
        return Heard(tuple(heard))

    def align(self, samples: Samples, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """The same words with the times at which they are heard in `samples` (mono float32 at RATE), to 20 ms.

        The most probable path through the recogniser's frames that says these phonemes in this order, with whatever
        silence between them.
        """
        flat = [phoneme for word in words for phoneme in word.phonemes]
        if not flat:
            return ()
        scores = self._scores(samples)
        emissions = np.stack([self._emission(scores, phoneme.symbol) for phoneme in flat], axis=1)
        frames = _best_path(emissions, scores[:, self._blank])
        edges = _edges(frames, len(scores))
        timed = [
            Phoneme(phoneme.symbol, start * FRAME, min(end * FRAME, len(samples)), phoneme.stress)
            for phoneme, (start, end) in zip(flat, edges, strict=True)
        ]
        found, place = [], 0
        for word in words:
            found.append(Word(word.text, tuple(timed[place : place + len(word.phonemes)])))
            place += len(word.phonemes)
        return tuple(found)

    def _scores(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Log-probabilities, float32 [frames of 20 ms, signs]."""
        wave = np.clip(resample(samples, RATE, HEARING_RATE), -1, 1).reshape(1, -1)
        feed = {"waveform": wave, "waveform_lengths": np.array([wave.shape[1]], np.int64)}
        scores, length = self._model.session.run(["log_probs", "out_lengths"], feed)
        heard: npt.NDArray[np.float32] = scores[0][: int(length[0])]
        return heard

    def _emission(self, scores: npt.NDArray[np.float32], symbol: str) -> npt.NDArray[np.float32]:
        """How probable each frame makes it: the best of all signs that compare as equal to it."""
        columns = self._columns.get(sounds_of([symbol])[:1])
        if not columns:
            return np.full(len(scores), _UNHEARD, np.float32)
        best: npt.NDArray[np.float32] = scores[:, columns].max(axis=1)
        return best

    @cached_property
    def _columns(self) -> dict[tuple[str, ...], list[int]]:
        columns: dict[tuple[str, ...], list[int]] = {}
        for number, token in enumerate(self._tokens):
            columns.setdefault(sounds_of([token])[:1], []).append(number)
        columns.pop((), None)
        return columns

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - hama has no types
        from hama.asr import ASRModel

        return ASRModel()

    @cached_property
    def _tokens(self) -> list[str]:
        return list(self._model.decoder_tokens)

    @property
    def _blank(self) -> int:
        blank: int = self._model.blank_id
        return blank


def _best_path(emissions: npt.NDArray[np.float32], blank: npt.NDArray[np.float32]) -> list[int]:
    """The frame in which each phoneme is first said: `emissions` [frames, phonemes], `blank` [frames].

    States alternate: silence, phoneme 0, silence, phoneme 1, … as in CTC; a phoneme may follow another at once.
    """
    frames, phonemes = emissions.shape
    states = 2 * phonemes + 1
    by_state = np.empty((frames, states), np.float64)
    by_state[:, 0::2], by_state[:, 1::2] = blank[:, None], emissions
    best = np.full(states, -np.inf)
    best[:2] = by_state[0, :2]
    steps = np.zeros((frames, states), np.int8)
    skips = np.zeros(states, bool)
    skips[3::2] = True
    for frame in range(1, frames):
        one = np.concatenate(([-np.inf], best[:-1]))
        two = np.where(skips, np.concatenate(([-np.inf, -np.inf], best[:-2])), -np.inf)
        choices = np.stack((best, one, two))
        steps[frame] = choices.argmax(axis=0)
        best = choices.max(axis=0) + by_state[frame]
    state = int(states - 1 if best[-1] >= best[-2] else states - 2)
    first = [0] * phonemes
    for frame in range(frames - 1, -1, -1):
        if state % 2:
            first[state // 2] = frame
        state -= int(steps[frame, state])
    return first


def _edges(first: list[int], frames: int) -> list[tuple[int, int]]:
    """From each phoneme's first frame to the next one's, and no longer than a sound lasts."""
    longest = 10  # frames; what is beyond is a pause
    ends = [*first[1:], frames]
    return [(start, max(start + 1, min(end, start + longest))) for start, end in zip(first, ends, strict=True)]
