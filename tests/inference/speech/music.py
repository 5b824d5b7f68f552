"""Music made here, 4 s a piece: what somebody may upload instead of a line. The same samples every time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, lfilter, sosfilt

from inference.speech.port import RATE, Samples

Sound = npt.NDArray[np.float64]

_SECONDS = 4.0
_T = np.arange(round(_SECONDS * RATE)) / RATE
_SCALE = (0, 2, 4, 7, 9, 7, 4, 2)  # half tones
_VOWELS = {"a": (730, 1090, 2440), "o": (570, 840, 2410), "i": (270, 2290, 3010)}


def piece(name: str) -> Samples:
    """One of PIECES, at the loudness of speech."""
    return _levelled(PIECES[name]())


def sung(vowel: str, hertz: float) -> Samples:
    """A vowel of steady pitch: a, o or i."""
    return _levelled(_sung(vowel, hertz))


def _levelled(sound: Sound) -> Samples:
    return (0.1 * sound / np.sqrt(np.mean(sound**2))).clip(-0.99, 0.99).astype(np.float32)


def _hertz(half_tones: float, base: float = 220.0) -> float:
    return base * 2 ** (half_tones / 12)


def _notes(tone: Callable[[float, int], Sound], base: float = 220.0, seconds: float = 0.5) -> Sound:
    """A melody: each note by `tone(hertz, samples)`."""
    count = round(seconds * RATE)
    whole = np.zeros(len(_T) + RATE)
    for place, start in enumerate(range(0, len(_T), count)):
        note = tone(_hertz(_SCALE[place % len(_SCALE)], base), count)
        whole[start : start + len(note)] += note
    return whole[: len(_T)]


def _decay(count: int, seconds: float) -> Sound:
    return np.exp(-np.arange(count) / RATE / seconds)


def _saw(hertz: float | Sound, count: int) -> Sound:
    phase = np.cumsum(np.broadcast_to(hertz, count)) / RATE
    return np.asarray(2 * (phase % 1) - 1)


def _low(sound: Sound, hertz: float) -> Sound:
    return np.asarray(sosfilt(butter(2, hertz, "lowpass", fs=RATE, output="sos"), sound))


def _chord() -> Sound:
    return np.asarray(sum(np.sin(2 * np.pi * _hertz(step) * _T) for step in (0, 4, 7)))


def _pluck(hertz: float, count: int) -> Sound:
    period = round(RATE / hertz)
    burst = np.zeros(2 * count)
    burst[:period] = np.random.default_rng(round(hertz)).uniform(-1, 1, period)
    taps = np.zeros(period + 2)
    taps[0], taps[period], taps[period + 1] = 1, -0.498, -0.498
    return np.asarray(lfilter([1.0], taps, burst))


def _piano(hertz: float, count: int) -> Sound:
    t = np.arange(2 * count) / RATE
    partials = [
        np.sin(2 * np.pi * hertz * n * (1 + 0.0004 * n * n) * t) / n * np.exp(-t * n / 0.9) for n in range(1, 9)
    ]
    return np.asarray(sum(partials))


def _bell(hertz: float, count: int) -> Sound:
    t = np.arange(2 * count) / RATE
    return np.asarray(
        np.sin(2 * np.pi * 2 * hertz * t + 4 * np.exp(-t / 0.4) * np.sin(2 * np.pi * 7 * hertz * t)) * np.exp(-t / 0.7)
    )


def _flute(hertz: float, count: int) -> Sound:
    t = np.arange(count) / RATE
    breath = _low(np.random.default_rng(7).standard_normal(count), 4000) * 0.05
    swell = np.clip(t / 0.08, 0, 1) * np.clip((count / RATE - t) / 0.05, 0, 1)
    tone = np.sin(2 * np.pi * 2 * hertz * t + 0.5 * np.sin(2 * np.pi * 5 * t)) + 0.2 * np.sin(2 * np.pi * 4 * hertz * t)
    return np.asarray((tone + breath) * swell)


def _brass(hertz: float, count: int) -> Sound:
    t = np.arange(count) / RATE
    return _low(_saw(hertz, count), 1800) * np.clip(t / 0.05, 0, 1) * np.clip((count / RATE - t) / 0.05, 0, 1)


def _square(hertz: float, count: int) -> Sound:
    vibrato = hertz * (1 + 0.01 * np.sin(2 * np.pi * 6 * np.arange(count) / RATE))
    return np.sign(_saw(vibrato, count))


def _strings() -> Sound:
    voices = [
        _saw(_hertz(step) * (1 + detuned + 0.006 * np.sin(2 * np.pi * 5.5 * _T + step)), len(_T))
        for step in (-12, 0, 4, 7)
        for detuned in (-0.004, 0.0, 0.005)
    ]
    return _low(np.sum(voices, axis=0), 2500) * np.clip(_T / 0.5, 0, 1)


def _organ() -> Sound:
    drawbars = [np.sin(2 * np.pi * _hertz(step) * n * _T) / n for step in (0, 3, 7) for n in (1, 2, 3, 4, 6, 8)]
    return np.sum(drawbars, axis=0) * (1 + 0.3 * np.sin(2 * np.pi * 6.5 * _T))


def _drums() -> Sound:
    rng = np.random.default_rng(3)
    whole = np.zeros(len(_T) + RATE)
    for beat, start in enumerate(range(0, len(_T), RATE // 4)):
        t = np.arange(RATE // 4) / RATE
        kick = np.sin(2 * np.pi * (50 * t + 8 * (1 - np.exp(-t * 30)))) * np.exp(-t / 0.1)
        snare = rng.standard_normal(len(t)) * np.exp(-t / 0.06)
        hat = np.diff(rng.standard_normal(len(t) + 1)) * np.exp(-t / 0.02)
        whole[start : start + len(t)] += (2 * kick if beat % 4 == 0 else snare if beat % 4 == 2 else 0) + 0.3 * hat
    return whole[: len(_T)]


def _bass() -> Sound:
    return _notes(lambda hertz, count: _low(_saw(hertz, count), 600) * _decay(count, 0.4), base=55.0, seconds=0.25)


def _band() -> Sound:
    parts = (_drums(), _bass(), 0.5 * _strings(), _notes(_piano, 440.0, 0.25))
    return np.sum([part / np.sqrt(np.mean(part**2)) for part in parts], axis=0)


def _sung(vowel: str, hertz: float | Sound) -> Sound:
    """A source of pulses through three formants."""
    source = np.diff(_saw(hertz, len(_T)), prepend=0.0)
    sung = np.zeros(len(_T))
    for place, formant in enumerate(_VOWELS[vowel]):
        band = butter(1, (formant - 60, formant + 60), "bandpass", fs=RATE, output="sos")
        sung += sosfilt(band, source) / (1 + place)
    return sung


def _choir() -> Sound:
    return np.sum([
        _sung("a", _hertz(step) * (1 + 0.01 * np.sin(2 * np.pi * (5 + 0.2 * step) * _T))) for step in (-12, -5, 0, 4, 7)
    ], axis=0)  # fmt: skip


def _hummed() -> Sound:
    steps = np.repeat(_SCALE, len(_T) // len(_SCALE) + 1)[: len(_T)]
    return _sung("o", _hertz(0, 160.0) * 2 ** (steps / 12) * (1 + 0.01 * np.sin(2 * np.pi * 5.5 * _T)))


PIECES: dict[str, Callable[[], Sound]] = {
    "chord": _chord,
    "plucked": lambda: _notes(_pluck, 196.0, 0.25),
    "piano": lambda: _notes(_piano),
    "bells": lambda: _notes(_bell),
    "flute": lambda: _notes(_flute),
    "brass": lambda: _notes(_brass),
    "game": lambda: _notes(_square, 440.0, 0.125),
    "strings": _strings,
    "organ": _organ,
    "drums": _drums,
    "bass": _bass,
    "band": _band,
    "choir": _choir,
    "hummed": _hummed,
}
