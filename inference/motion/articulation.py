"""Timed sounds → how one mouth moves: coarticulation by dominance, with lips that do meet.

Every sound pulls the mouth towards its target, the more the nearer it is and the firmer it holds that target; what is
between is their weighted mean (Cohen & Massaro, "Modeling coarticulation in synthetic visual speech", 1993). Seals (p,
b, m) are no matter of degree: there the aperture is zero for a frame at least. Louder vowels are wider open (Schulman,
J. Acoust. Soc. Am. 85 (1989) 295). In a pause the mouth goes to rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.motion.models import Floats
from inference.motion.visemes import Viseme, visemes_of
from inference.speech.port import RATE, Phoneme, Samples, Word

_STEPS = 240  # a second: ten a frame at 24 frames a second
_BEFORE_S, _AFTER_S = 0.050, 0.055  # in which a sound's pull falls to 1/e, before it and after
_CORE = 0.3  # of a sound's length, about its middle, in which its pull is whole
_DIPHTHONG = 0.55  # of the sound is its first vowel
_SHORTEST_PAUSE_S = 0.12
_SEAL_S, _RELEASE_S = 0.050, 0.055  # a frame at 24 fps is 0.042
_QUIET_DB = 20.0  # under the line's loud parts a vowel is as small as it gets
_LEAST_OPEN, _MOST_OPEN = 0.7, 1.15
_REST_FIRMNESS = 3.0


@dataclass(frozen=True)
class Mouth:
    """What of a photo's mouth decides how its channels are set: its own gap, and what a whole jaw adds, widths."""

    own_gap: float
    gap_of_jaw: float


@dataclass(frozen=True)
class Articulation:
    """Channels by frame. aperture in mouth widths; the others as the rig's channels."""

    aperture_F: Floats
    wide_F: Floats
    upper_lip_F: Floats
    lower_lip_F: Floats
    tongue_F: Floats


@dataclass(frozen=True)
class _Pull:
    """A target from `start_s` to `end_s`."""

    viseme: Viseme
    start_s: float
    end_s: float

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2


def articulate(
    words: tuple[Word, ...], samples: Samples, start: int, frames: int, fps: int, mouth: Mouth
) -> Articulation:
    """`words`: with times in samples of the clip; `samples`: the line's sound, from sample `start` of the clip."""
    rest = Viseme(mouth.own_gap, firmness=_REST_FIRMNESS, wide_firmness=1.5)
    sounds = [sound for word in words for sound in word.phonemes]
    pulls = _pulls(sounds, _loudness_of(sounds, samples, start))
    pulls = _with_rests(pulls, rest)
    times_S = (np.arange(frames * _STEPS // fps + 1)) / _STEPS
    blended = _blend(pulls, times_S)
    blended[0] *= _open_share(pulls, times_S)
    at_F = (np.arange(frames) + 0.5) / fps
    channels = [np.interp(at_F, times_S, channel) for channel in blended]
    return Articulation(*channels)


def follow_loudness(samples: Samples, start: int, frames: int, fps: int, mouth: Mouth) -> Articulation:
    """For sounds that nobody knows: the mouth opens as it is loud, and does nothing else."""
    at_F = (np.arange(frames) + 0.5) / fps
    decibels = np.array([_decibels(samples, (at - 0.03) * RATE - start, (at + 0.03) * RATE - start) for at in at_F])
    loud = np.clip(1 + (decibels - _loud_level(samples)) / _QUIET_DB, 0, 1)
    nothing = np.zeros(frames)
    return Articulation(mouth.own_gap + loud * 0.25, nothing, nothing, nothing, nothing)


def channels_of(articulation: Articulation, mouth: Mouth) -> dict[str, Floats]:
    """The rig's channels by name: a gap beyond the photo's own is the jaw's, one within it is closed by the lips."""
    beyond_F = articulation.aperture_F - mouth.own_gap
    close_F = np.clip(-beyond_F / max(mouth.own_gap, 1e-6), 0, 1) if mouth.own_gap > 0 else np.zeros_like(beyond_F)
    sealed_F = np.clip(1 - articulation.aperture_F / 0.02, 0, 1)  # a photo whose lips just do not touch: pressed
    return {
        "jaw": np.clip(beyond_F / mouth.gap_of_jaw, 0, 1),
        "lip_close": np.maximum(close_F, sealed_F),
        "mouth_wide": articulation.wide_F,
        "upper_lip": articulation.upper_lip_F,
        "lower_lip": articulation.lower_lip_F,
        "tongue": articulation.tongue_F,
    }


def _pulls(sounds: list[Phoneme], loudness: list[float]) -> list[_Pull]:
    pulls = []
    for sound, loud in zip(sounds, loudness, strict=True):
        start_s, end_s = sound.start / RATE, sound.end / RATE
        found = visemes_of(sound.symbol)
        edges = [start_s, start_s + _DIPHTHONG * (end_s - start_s), end_s] if len(found) == 2 else [start_s, end_s]
        for place, viseme in enumerate(found):
            pulls.append(_Pull(_as_loud(viseme, loud), edges[place], edges[place + 1]))
    return pulls


def _as_loud(viseme: Viseme, loud: float) -> Viseme:
    if not viseme.vowel:
        return viseme
    share = _LEAST_OPEN + (_MOST_OPEN - _LEAST_OPEN) * loud
    return Viseme(**{**vars(viseme), "aperture": viseme.aperture * share})


def _loudness_of(sounds: list[Phoneme], samples: Samples, start: int) -> list[float]:
    """0 quiet .. 1 as loud as the line gets, by sound."""
    level = _loud_level(samples)
    decibels = [_decibels(samples, sound.start - start, sound.end - start) for sound in sounds]
    return [float(np.clip(1 + (one - level) / _QUIET_DB, 0, 1)) for one in decibels]


def _loud_level(samples: Samples) -> float:
    steps = samples[: len(samples) // 960 * 960].reshape(-1, 960).astype(np.float64)
    if not len(steps):
        return 0.0
    return float(np.percentile(10 * np.log10((steps**2).mean(axis=1) + 1e-10), 92))


def _decibels(samples: Samples, first: float, last: float) -> float:
    part = samples[max(0, int(first)) : max(0, int(last))].astype(np.float64)
    return float(10 * np.log10((part**2).mean() + 1e-10)) if len(part) else -100.0


def _with_rests(pulls: list[_Pull], rest: Viseme) -> list[_Pull]:
    """Before, behind, and in every pause the mouth is pulled to rest."""
    if not pulls:
        return []
    filled = [_Pull(rest, pulls[0].start_s - 10, pulls[0].start_s - 0.02)]
    for place, pull in enumerate(pulls):
        filled.append(pull)
        after_s = pulls[place + 1].start_s if place + 1 < len(pulls) else pull.end_s + 10
        if after_s - pull.end_s >= _SHORTEST_PAUSE_S:
            filled.append(_Pull(rest, pull.end_s + 0.02, after_s - 0.02))
    return filled


def _blend(pulls: list[_Pull], times_S: Floats) -> list[Floats]:
    """aperture, wide, upper lip, lower lip, tongue by step."""
    weights = np.zeros((2, len(times_S))) + 1e-12
    sums = np.zeros((5, len(times_S)))
    for pull in pulls:
        viseme, half = pull.viseme, (pull.end_s - pull.start_s) / 2
        core = half - 0.04 if pull.viseme.firmness == _REST_FIRMNESS else _CORE * half
        away = times_S - pull.middle_s
        beyond = np.maximum(0, np.abs(away) - max(0.0, core))
        near = np.exp(-beyond / np.where(away < 0, _BEFORE_S, _AFTER_S) - (beyond / 0.09) ** 2)
        lips, width = near * viseme.firmness, near * viseme.wide_firmness
        weights += np.stack([lips, width])
        sums[0] += lips * viseme.aperture
        sums[1] += width * viseme.wide
        for place, value in ((2, viseme.upper_lip), (3, viseme.lower_lip), (4, viseme.tongue)):
            sums[place] += lips * value
    return [sums[0] / weights[0], sums[1] / weights[1], *(channel / weights[0] for channel in sums[2:])]


def _open_share(pulls: list[_Pull], times_S: Floats) -> Floats:
    """0 where lips are sealed, 1 well away from there."""
    share = np.ones_like(times_S)
    for pull in pulls:
        if pull.viseme.sealed:
            half = max(_SEAL_S, pull.end_s - pull.start_s - 0.02) / 2
            beyond = np.clip((np.abs(times_S - pull.middle_s) - half) / _RELEASE_S, 0, 1)
            share = np.minimum(share, beyond * beyond * (3 - 2 * beyond))
    return share
