"""Loudness by ITU-R BS.1770-4 (K-weighted, gated) and true peak, and a mix made to measure by both."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RATE = 48_000
DIALOGUE_LUFS = -16.0
TRUE_PEAK_DBTP = -1.0
_ENCODED_HEADROOM_DB = 0.8  # a lossy encoder's peaks are a little above those that it was given

Samples = npt.NDArray[np.float32]
# K-weighting at 48 kHz: a high shelf, then a high pass (BS.1770-4, tables 1 and 2).
_K_WEIGHTING = np.array([
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
])  # fmt: skip
_BLOCK, _STEP = RATE * 4 // 10, RATE // 10
_ABSOLUTE_LUFS, _RELATIVE_LU = -70.0, -10.0
_LOOK_AHEAD = RATE // 200
_ROUNDS = 4


def measure_lufs(samples: Samples) -> float:
    """Integrated loudness of mono sound as a player gives it, on both loudspeakers; -inf where nothing is loud enough.

    Mono counts as one channel, as FFmpeg's ebur128 counts it.
    """
    from scipy.signal import sosfilt  # a silent clip never waits for it

    weighted = sosfilt(_K_WEIGHTING, samples.astype(np.float64)) ** 2
    if len(weighted) < _BLOCK:
        weighted = np.pad(weighted, (0, _BLOCK - len(weighted)))
    sums = np.concatenate(([0.0], np.cumsum(weighted)))
    starts = np.arange(0, len(weighted) - _BLOCK + 1, _STEP)
    power = (sums[starts + _BLOCK] - sums[starts]) / _BLOCK
    loud = power[power > _to_power(_ABSOLUTE_LUFS)]
    if not len(loud):
        return -math.inf
    gated = loud[loud > loud.mean() * 10 ** (_RELATIVE_LU / 10)]
    return float(-0.691 + 10 * np.log10(gated.mean()))


def measure_dbtp(samples: Samples) -> float:
    """True peak, by four times the samples."""
    from scipy.signal import resample_poly  # a silent clip never waits for it

    peak = float(np.abs(resample_poly(samples.astype(np.float64), 4, 1)).max()) if len(samples) else 0.0
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def mix_dialogue(parts: Sequence[tuple[int, Samples]], length: int) -> Samples:
    """Mono [length]: every part (its first sample's place, its samples) made as loud as the others, then all of it."""
    mix = np.zeros(length, np.float32)
    for start, samples in parts:
        loud = _levelled(samples)[: max(0, length - start)]
        mix[start : start + len(loud)] += loud
    return _levelled(mix)


def _levelled(samples: Samples) -> Samples:
    """At DIALOGUE_LUFS, peaks held down; what is silent stays so."""
    levelled = samples
    for _ in range(_ROUNDS):
        lufs = measure_lufs(levelled)
        if not math.isfinite(lufs):
            return levelled
        levelled = _limited(levelled * np.float32(10 ** ((DIALOGUE_LUFS - lufs) / 20)))
    return levelled


def _limited(samples: Samples) -> Samples:
    """No true peak above the ceiling: gain is taken back 5 ms ahead of a peak and given again after it."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d  # a silent clip never waits for them
    from scipy.signal import resample_poly

    ceiling = 10 ** ((TRUE_PEAK_DBTP - _ENCODED_HEADROOM_DB) / 20)
    fine = np.abs(resample_poly(samples.astype(np.float64), 4, 1)).reshape(-1, 4).max(axis=1)
    wanted = np.minimum(1.0, ceiling / np.maximum(fine, 1e-9))
    if wanted.min() >= 1:
        return samples
    held = minimum_filter1d(wanted, 2 * _LOOK_AHEAD + 1, mode="nearest")
    gain = uniform_filter1d(held, 2 * _LOOK_AHEAD + 1, mode="nearest")
    limited: Samples = (samples * gain).astype(np.float32)
    return limited


def _to_power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
