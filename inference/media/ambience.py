"""The sound of a place, made from noise: no recording, no licence, the same samples for the same name.

Each is mono float32 at SOUND_RATE at the loudness of a room's tone under a conversation, 24 dB below dialogue. A bed of
noise is shaped in the frequency domain, then moved slowly: wind and surf by their gusts and waves, streets by cars that
pass. Single sounds (drops, crackles, chirps) are laid over it at moments that a generator with a fixed seed draws.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from inference.media.encode import SOUND_RATE

Samples = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Chance = np.random.Generator
Ambience = Literal["room", "wind", "rain", "sea", "street", "forest", "night", "fire"]

_LEVEL = 10 ** (-40 / 20)  # root mean square of full scale; dialogue is at -16 LUFS
_PEAK = 0.25
_EDGE_S = 0.4  # a place fades in and out where the film comes to it and leaves it


@functools.cache
def ambience_loop(name: Ambience) -> Samples:
    """Some seconds of the place that go round without a seam. Raises KeyError for a place that there is not."""
    make, seconds = _PLACES[name]
    sound = make(seconds * SOUND_RATE, np.random.default_rng(list(name.encode())))
    sound *= _LEVEL / np.sqrt(np.mean(sound**2))
    loop = np.clip(sound, -_PEAK, _PEAK).astype(np.float32)
    loop.flags.writeable = False
    return loop


def hear_place(name: Ambience, first: int, last: int, *, begins: bool, ends: bool) -> Samples:
    """The place under a film's samples from `first` to before `last`: it goes on from shot to shot, and fades where the
    film comes to it (`begins`) and leaves it (`ends`)."""
    sound = ambience_loop(name).take(np.arange(first, last), mode="wrap")
    edge = min(round(_EDGE_S * SOUND_RATE), len(sound) // 2)
    fade = np.sin(0.5 * np.pi * np.arange(edge, dtype=np.float32) / max(edge, 1)) ** 2
    if begins:
        sound[:edge] *= fade
    if ends:
        sound[len(sound) - edge :] *= fade[::-1]
    return sound


def _noise(count: int, chance: Chance, shape: Callable[[Floats], Floats]) -> Floats:
    """Noise that goes round without a seam, its spectrum shaped by `shape` (of hertz)."""
    hertz = np.fft.rfftfreq(count, 1 / SOUND_RATE)
    phases = np.exp(2j * np.pi * chance.random(len(hertz)))
    spectrum = shape(np.maximum(hertz, 1)) * phases
    spectrum[0] = 0
    sound: Floats = np.fft.irfft(spectrum, count)
    sound /= np.sqrt(np.mean(sound**2))
    return sound


def _band(low: float, high: float, slope: float) -> Callable[[Floats], Floats]:
    """From `low` to `high` hertz with soft shoulders; amplitudes fall with frequency to the power of `slope`."""

    def shape(hertz: Floats) -> Floats:
        edges = 1 / np.sqrt((1 + (low / hertz) ** 4) * (1 + (hertz / high) ** 4))
        shaped: Floats = edges * hertz**-slope
        return shaped

    return shape


def _slow(count: int, chance: Chance, per_s: float, low: float, high: float) -> Floats:
    """A gain that wanders between `low` and `high` about so many times a second, and goes round."""
    turns = max(1, round(per_s * count / SOUND_RATE))
    angles = 2 * np.pi * np.arange(count) / count
    wave = sum(np.sin(turn * angles + chance.uniform(0, 2 * np.pi)) / turn**0.5 for turn in range(1, turns + 1))
    wave -= wave.min()
    gain: Floats = low + (high - low) * wave / wave.max()
    return gain


def _lay(sound: Floats, at: int, event: Floats) -> None:
    """Add an event; what goes beyond the end comes in at the beginning."""
    places = (at + np.arange(len(event))) % len(sound)
    sound[places] += event


def _strikes(
    count: int, chance: Chance, per_s: float, hertz: tuple[float, float], decay_s: tuple[float, float]
) -> Floats:
    """Drops or crackles: short decaying tones of uneven strength."""
    sound = np.zeros(count)
    for _ in range(round(per_s * count / SOUND_RATE)):
        decay = chance.uniform(*decay_s)
        time = np.arange(round(6 * decay * SOUND_RATE)) / SOUND_RATE
        tone = np.sin(2 * np.pi * chance.uniform(*hertz) * time + chance.uniform(0, 6))
        _lay(sound, int(chance.integers(count)), chance.pareto(2.5) * tone * np.exp(-time / decay))
    return sound


def _room(count: int, chance: Chance) -> Floats:
    return _noise(count, chance, _band(30, 300, 0.9)) * _slow(count, chance, 0.2, 0.9, 1.0)


def _wind(count: int, chance: Chance) -> Floats:
    low = _noise(count, chance, _band(60, 350, 0.6)) * _slow(count, chance, 0.4, 0.25, 1.0)
    high = _noise(count, chance, _band(500, 1200, 0.4)) * _slow(count, chance, 0.5, 0.0, 0.35)
    return low + high


def _rain(count: int, chance: Chance) -> Floats:
    hiss = _noise(count, chance, _band(900, 7000, 0.15)) * _slow(count, chance, 0.3, 0.8, 1.0)
    return hiss + 1.1 * _strikes(count, chance, 60, (1800, 5200), (0.002, 0.006))


def _sea(count: int, chance: Chance) -> Floats:
    turns = max(1, round(count / SOUND_RATE / 7))
    phase = (np.arange(count) / count * turns) % 1
    swell = np.where(phase < 0.35, (phase / 0.35) ** 2, np.exp(-(phase - 0.35) / 0.2))
    deep = _noise(count, chance, _band(50, 400, 0.7)) * (0.35 + 0.65 * np.roll(swell, -SOUND_RATE // 3))
    foam = _noise(count, chance, _band(700, 5000, 0.3)) * (0.08 + 0.7 * swell)
    return deep + foam


def _street(count: int, chance: Chance) -> Floats:
    sound = _noise(count, chance, _band(40, 500, 0.8))
    for at in np.linspace(0, count, 3, endpoint=False):
        length = round(5.5 * SOUND_RATE)
        passing = np.exp(-0.5 * ((np.arange(length) / SOUND_RATE - 2.75) / 0.8) ** 2)
        car = _noise(length, chance, _band(90, chance.uniform(900, 1600), 0.5))
        _lay(sound, int(at + chance.integers(SOUND_RATE)), chance.uniform(0.8, 1.6) * passing * car)
    return sound


def _forest(count: int, chance: Chance) -> Floats:
    leaves = _noise(count, chance, _band(300, 3500, 0.4)) * _slow(count, chance, 0.4, 0.35, 1.0)
    for _ in range(round(0.5 * count / SOUND_RATE)):
        at, base = int(chance.integers(count)), chance.uniform(2600, 4600)
        for note in range(int(chance.integers(2, 6))):
            time = np.arange(round(0.09 * SOUND_RATE)) / SOUND_RATE
            sweep = base * (1 + chance.uniform(-0.12, 0.2) * time / time[-1])
            chirp = np.sin(2 * np.pi * np.cumsum(sweep) / SOUND_RATE) * np.sin(np.pi * time / time[-1]) ** 2
            _lay(leaves, at + note * round(0.13 * SOUND_RATE), chance.uniform(0.5, 1.4) * chirp)
    return leaves


def _night(count: int, chance: Chance) -> Floats:
    time = np.arange(count) / SOUND_RATE
    sound = 0.6 * _noise(count, chance, _band(40, 400, 0.8))
    for hertz, rate in ((4200, 15), (4650, 17), (3900, 13)):
        turns, pulses = round(hertz * time[-1]), round(rate * time[-1])
        song = np.maximum(0, np.sin(2 * np.pi * pulses * np.arange(count) / count)) ** 3
        calls = _slow(count, chance, 0.8, 0.0, 1.0) ** 2
        sound += 0.7 * np.sin(2 * np.pi * turns * np.arange(count) / count) * song * calls
    return sound


def _fire(count: int, chance: Chance) -> Floats:
    body = _noise(count, chance, _band(50, 450, 0.7)) * _slow(count, chance, 1.2, 0.5, 1.0)
    return body + 1.6 * _strikes(count, chance, 14, (900, 4200), (0.0008, 0.004))


_PLACES: dict[Ambience, tuple[Callable[[int, Chance], Floats], int]] = {
    "room": (_room, 10),
    "wind": (_wind, 16),
    "rain": (_rain, 10),
    "sea": (_sea, 21),
    "street": (_street, 18),
    "forest": (_forest, 16),
    "night": (_night, 12),
    "fire": (_fire, 12),
}
