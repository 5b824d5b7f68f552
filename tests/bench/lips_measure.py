"""What a talking clip shows, against what is heard in it: both found by strangers to the plan that moved the lips.

The sounds and their times are the recogniser's, aligned in the clip's own sound; the gap between the lips is dlib's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, sosfiltfilt

from inference.speech.comparison import sounds_of
from inference.speech.hearing import Recogniser
from inference.speech.port import RATE, Phoneme, Samples, Word

Array = npt.NDArray[np.float64]

FPS = 24
CLOSED = 0.08  # of the mouth's width
REST = 0.06  # a mouth at rest is closed, or as far open as in the photo, give or take this
_SMOOTH_S = 0.08
_OPEN = {"ɑ": 1.0, "a": 1.0, "æ": 1.0, "ɔ": 0.9, "ɒ": 0.9, "ʌ": 0.8, "aɪ": 0.85, "aʊ": 0.85, "ɔɪ": 0.75, "ɛ": 0.75,
         "ɐ": 0.75, "ɜ": 0.6, "ə": 0.6, "eɪ": 0.6, "oʊ": 0.55, "ɪ": 0.5, "e": 0.6, "o": 0.55, "ʊ": 0.4, "i": 0.4,
         "u": 0.3}  # fmt: skip
_CONSONANT, _LIPS, _TEETH = 0.3, 0.0, 0.15
_LAGS_S = np.arange(-0.2, 0.2001, 0.01)


@dataclass(frozen=True)
class Clip:
    """One clip: the lips' gap by frame, that of the face at rest, its sound, and its words with heard times."""

    gap_F: Array
    rest_gap: float
    sound: Samples
    words: tuple[Word, ...]

    @property
    def sounds(self) -> list[Phoneme]:
        return [sound for word in self.words for sound in word.phonemes]


def hear(sound: Samples, words: tuple[Word, ...], recogniser: Recogniser) -> tuple[Word, ...]:
    """The words with the times at which they are heard in the clip's sound."""
    return recogniser.align(sound, words)


def closures(clip: Clip) -> list[bool]:
    """For each p, b and m: whether the lips are closed within one frame of it."""
    closed = []
    for sound in clip.sounds:
        if sounds_of([sound.symbol])[:1] in (("p",), ("b",), ("m",)):
            first = int(sound.start / RATE * FPS) - 1
            last = int(np.ceil(sound.end / RATE * FPS)) + 1
            closed.append(bool(clip.gap_F[max(0, first) : last].min() < CLOSED))
    return closed


def rests(clip: Clip) -> list[bool]:
    """For each silent frame: whether the mouth is at rest. Silent: nothing is heard for 0.1 s around it."""
    quiet = _quiet_frames(clip.sound, len(clip.gap_F))
    apart_F = np.minimum(np.abs(clip.gap_F - clip.rest_gap), np.maximum(0, clip.gap_F - CLOSED + REST))
    return [bool(apart_F[i] < REST) for i in np.flatnonzero(quiet)]


def offset_ms(clip: Clip) -> float:
    """By how much the sound is later than the lips: where what is heard, sounds and loudness, fits best."""
    fits = [
        _fit(clip.gap_F, expected_gap(clip.sounds, len(clip.gap_F), lag), clip) + _fit(clip.gap_F, loud_F, clip)
        for lag, loud_F in zip(_LAGS_S, vowel_envelope(clip, _LAGS_S), strict=True)
    ]
    best = int(np.argmax(fits))
    if 0 < best < len(fits) - 1:
        left, middle, right = fits[best - 1 : best + 2]
        shift = 0.5 * (left - right) / (left - 2 * middle + right)
    else:
        shift = 0.0
    return float((_LAGS_S[best] + shift * 0.01) * -1000)


def vowel_correlation(clip: Clip) -> float:
    """Of the lips' gap with how loud the vowels are, both without what is quicker than a syllable, in the line."""
    softened_F = np.convolve(np.pad(clip.gap_F, 1, mode="edge"), (0.25, 0.5, 0.25), "valid")
    return _fit(softened_F, vowel_envelope(clip), clip)


def agreement(clip: Clip, other: Clip) -> float:
    """How well another clip's sound fits what is seen in this one, from where this one's line begins."""
    shift = clip.sounds[0].start - other.sounds[0].start
    sounds = [Phoneme(one.symbol, one.start + shift, one.end + shift) for one in other.sounds]
    return _fit(clip.gap_F, expected_gap(sounds, len(clip.gap_F), 0.0), clip)


def expected_gap(sounds: list[Phoneme], frames: int, lag_s: float) -> Array:
    """A crude mouth by classes of sounds, smoothed, `lag_s` later than they are heard."""
    steps = 240
    curve = np.full(frames * steps // FPS, np.nan)
    for sound in sounds:
        kind = (sounds_of([sound.symbol]) or ("",))[0]
        value = _LIPS if kind in ("p", "b", "m") else _TEETH if kind in ("f", "v") else _OPEN.get(kind, _CONSONANT)
        start, end = (round((moment / RATE + lag_s) * steps) for moment in (sound.start, sound.end))
        curve[max(0, start) : max(0, end)] = value
    known = np.flatnonzero(~np.isnan(curve))
    curve = np.interp(np.arange(len(curve)), known, curve[known]) if len(known) else np.zeros_like(curve)
    return _sampled(curve, steps, frames)


def vowel_envelope(clip: Clip, lags_s: Array | None = None) -> Array:
    """Amplitude from 300 to 3000 Hz (Chandrasekaran et al., PLoS Comput. Biol. 5 (2009)) where a vowel is heard.

    [lags, frames], so much later each; without lags [frames].
    """
    band = butter(4, [300, 3000], "bandpass", fs=RATE, output="sos")
    loud = np.abs(sosfiltfilt(band, clip.sound.astype(np.float64)))
    vowels = np.zeros(len(loud))
    for sound in clip.sounds:
        if (sounds_of([sound.symbol]) or ("",))[0] in _OPEN:
            vowels[sound.start : sound.end] = 1
    steps = RATE // 200
    coarse = (loud * vowels)[: len(loud) // steps * steps].reshape(-1, steps).mean(axis=1)
    if lags_s is None:
        return _sampled(coarse, 200, len(clip.gap_F))
    return np.stack([_sampled(np.roll(coarse, round(lag * 200)), 200, len(clip.gap_F)) for lag in lags_s])


def _sampled(curve: Array, steps: int, frames: int) -> Array:
    width = round(_SMOOTH_S * steps)
    window = np.hanning(width + 2)[1:-1]
    smooth = np.convolve(curve, window / window.sum(), "same")
    at = ((np.arange(frames) + 0.5) / FPS * steps).astype(int)
    return np.asarray(smooth[np.clip(at, 0, len(smooth) - 1)])


def _fit(gap_F: Array, wanted_F: Array, clip: Clip) -> float:
    first, last = _said(clip)
    seen, wanted = gap_F[first:last], wanted_F[first:last]
    if seen.std() < 1e-6 or wanted.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(seen, wanted)[0, 1])


def _said(clip: Clip) -> tuple[int, int]:
    """The frame of the first sound, and that after the last."""
    step = RATE // FPS
    frames = len(clip.sound) // step
    loud = np.sqrt((clip.sound[: frames * step].reshape(frames, step).astype(np.float64) ** 2).mean(axis=1))
    heard = np.flatnonzero(loud > 0.05 * loud.max())
    return int(heard[0]), int(heard[-1]) + 1


def _quiet_frames(sound: Samples, frames: int) -> npt.NDArray[np.bool_]:
    step = RATE // FPS
    loud = np.sqrt((sound[: frames * step].reshape(frames, step).astype(np.float64) ** 2).mean(axis=1))
    quiet = loud < 10 ** (-40 / 20) * loud.max()
    around = 3
    padded = np.pad(quiet, around, constant_values=True)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * around + 1).all(axis=1))
