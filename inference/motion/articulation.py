"""Timed sounds → how one mouth moves: coarticulation by dominance, with lips that do meet.

Every sound pulls the mouth towards its target, the more the nearer it is and the firmer it holds that target; what is
between is their weighted mean (Cohen & Massaro, "Modeling coarticulation in synthetic visual speech", 1993). Seals (p,
b, m) are no matter of degree: there the aperture is zero for a frame at least. A louder voice opens the mouth wider
(Schulman, J. Acoust. Soc. Am. 85 (1989) 295). In a pause the mouth goes to rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inference.motion.formants import openness
from inference.motion.models import Floats
from inference.motion.visemes import Viseme, visemes_of
from inference.speech.port import RATE, Phoneme, Samples, Word

_STEPS = 240  # a second: ten a frame at 24 frames a second
_BEFORE_S, _AFTER_S = 0.018, 0.024  # in which a sound's pull falls to 1/e, before it and after
_CORE = 0.3  # of a sound's length, about its middle, in which its pull is whole
_DIPHTHONG = 0.55  # of the sound is its first vowel
_SHORTEST_PAUSE_S = 0.12
_SEAL_S, _RELEASE_S = 0.050, 0.055  # a frame at 24 fps is 0.042
_CLOSE_VOWEL, _OPEN_VOWEL = 0.12, 0.32  # gaps of a loud i and of a loud a whose names nobody knows, mouth widths
_QUIET_DB = 20.0  # under its loud parts a sound of unknown words moves nothing
_VOICE_HZ = (300, 3000)  # where a mouth's opening is heard (Chandrasekaran et al., PLoS Comput. Biol. 5 (2009))
_LOUDNESS_S = 0.08
_LEAST_OPEN, _MOST_OPEN = 0.15, 1.15
# Of a mouth that smiles at rest, by its own gap: so much wider it speaks, and so far it stays open between its sounds.
# Lips kept shut over such a smile look like somebody else's.
_WIDER, _EASE = 1.8, 0.20
_SHORT_PAUSE_S = 1.0  # in which a mouth that rests open does not come to rest
_PAUSED_APERTURE = 0.05
_SETTLE_S = 0.08  # before the first sound and after the last the lips are near each other, as between words
_SHOWN_LATER_S = 0.010  # lips that follow a smoothed loudness would otherwise be early
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
    words: tuple[Word, ...], samples: Samples, start: int, frames: int, fps: int, mouth: Mouth, rest_gap: float
) -> Articulation:
    """`words`: with times in samples of the clip; `samples`: the line's sound, from sample `start` of the clip.

    rest_gap: between the lips while nobody speaks, in mouth widths: as the face is acted, not as its photo is.
    """
    rest = Viseme(rest_gap, firmness=_REST_FIRMNESS, wide_firmness=1.5)
    sounds = [sound for word in words for sound in word.phonemes]
    pulls = _pulls(sounds)
    pulls = _with_rests(pulls, rest)
    times_S = (np.arange(frames * _STEPS // fps + 1)) / _STEPS
    blended = _blend(pulls, times_S)
    speaks_S = 1 - _resting(pulls, times_S)
    loud_S = 1 + (_loud_share(samples, start, times_S) - 1) * speaks_S
    opened_S = (1 + _WIDER * mouth.own_gap * speaks_S) * loud_S * blended[0] + _EASE * mouth.own_gap * speaks_S
    blended[0] = _open_share(pulls, times_S) * opened_S
    at_F = (np.arange(frames) + 0.5) / fps - _SHOWN_LATER_S
    channels = [np.interp(at_F, times_S, channel) for channel in blended]
    return Articulation(*channels)


def follow_loudness(samples: Samples, start: int, frames: int, fps: int, rest_gap: float) -> Articulation:
    """For sounds that nobody knows: the mouth opens as they are loud and sound open, and does nothing else."""
    at_F = (np.arange(frames) + 0.5) / fps
    decibels = np.array([_decibels(samples, (at - 0.03) * RATE - start, (at + 0.03) * RATE - start) for at in at_F])
    loud = np.clip(1 + (decibels - _loud_level(samples)) / _QUIET_DB, 0, 1)
    wide_open = loud * (_CLOSE_VOWEL + (_OPEN_VOWEL - _CLOSE_VOWEL) * openness(samples, at_F - start / RATE))
    nothing = np.zeros(frames)
    return Articulation(rest_gap + wide_open, nothing, nothing, nothing, nothing)


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


def _pulls(sounds: list[Phoneme]) -> list[_Pull]:
    pulls = []
    for sound in sounds:
        start_s, end_s = sound.start / RATE, sound.end / RATE
        found = visemes_of(sound.symbol)
        edges = [start_s, start_s + _DIPHTHONG * (end_s - start_s), end_s] if len(found) == 2 else [start_s, end_s]
        for place, viseme in enumerate(found):
            pulls.append(_Pull(viseme, edges[place], edges[place + 1]))
    return pulls


def _loud_share(samples: Samples, start: int, times_S: Floats) -> Floats:
    """Less than 1 where the voice is low, more where it is loud."""
    from scipy.signal import butter, fftconvolve, sosfiltfilt  # a silent clip never waits for it

    band = sosfiltfilt(butter(2, _VOICE_HZ, "bandpass", fs=RATE, output="sos"), samples.astype(np.float64))
    width = round(_LOUDNESS_S * RATE)
    window = np.hanning(width + 2)[1:-1]
    loud = fftconvolve(np.abs(band), window / window.sum(), "same")
    level = float(np.percentile(loud, 92)) or 1.0
    share = np.interp(times_S * RATE - start, np.arange(len(loud)), loud / level, left=0.0, right=0.0)
    heard: Floats = _LEAST_OPEN + (_MOST_OPEN - _LEAST_OPEN) * np.clip(share, 0, 1.2)
    return heard


def _resting(pulls: list[_Pull], times_S: Floats) -> Floats:
    """1 where nobody speaks."""
    resting = np.ones_like(times_S) if not pulls else np.zeros_like(times_S)
    for pull in pulls:
        if pull.viseme.firmness == _REST_FIRMNESS:
            inside = np.minimum(times_S - pull.start_s, pull.end_s - times_S) / 0.06 + 0.5
            resting = np.maximum(resting, np.clip(inside, 0, 1))
    return resting


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
    paused = replace(rest, aperture=min(rest.aperture, _PAUSED_APERTURE))
    first_s, last_s = pulls[0].start_s, pulls[-1].end_s
    filled = [_Pull(rest, first_s - 10, first_s - _SETTLE_S), _Pull(paused, first_s - _SETTLE_S, first_s - 0.02)]
    for place, pull in enumerate(pulls):
        filled.append(pull)
        after_s = pulls[place + 1].start_s if place + 1 < len(pulls) else pull.end_s
        if after_s - pull.end_s >= _SHORTEST_PAUSE_S:
            short = after_s - pull.end_s < _SHORT_PAUSE_S
            filled.append(_Pull(paused if short else rest, pull.end_s + 0.02, after_s - 0.02))
    return [*filled, _Pull(paused, last_s + 0.02, last_s + _SETTLE_S), _Pull(rest, last_s + _SETTLE_S, last_s + 10)]


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
