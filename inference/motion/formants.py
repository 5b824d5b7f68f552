"""How open a mouth sounds where nobody knows what it says: by the first formant, which rises as the jaw drops.

Lindblom & Sundberg, "Acoustical consequences of lip, tongue, jaw, and larynx movement", J. Acoust. Soc. Am. 50 (1971)
1166. Formants by linear prediction (autocorrelation, Markel & Gray, "Linear Prediction of Speech", 1976).
"""

from __future__ import annotations

import numpy as np

from inference.motion.models import Floats
from inference.speech.port import RATE, Samples

_HZ = 8000  # two or three formants lie below its half
_WINDOW_S, _ORDER = 0.032, 10
_PRE_EMPHASIS = 0.9
_LOWEST_HZ, _HIGHEST_HZ, _WIDEST_HZ = 200.0, 1100.0, 400.0  # a first formant, and how sharp it is
_CLOSED_HZ, _OPEN_HZ = 350.0, 800.0  # of i and u, and of a, between a man's and a woman's
_UNKNOWN = 0.5
_SMOOTH = 5  # moments of which the middle one counts


def openness(samples: Samples, at_s: Floats) -> Floats:
    """0 (as for i, u) to 1 (as for a) at each moment, in seconds from the first sample; 0.5 where it cannot be told."""
    from scipy.signal import resample_poly  # a silent clip never waits for it

    sound = resample_poly(samples.astype(np.float64), _HZ, RATE)
    sound = np.append(sound[:1], sound[1:] - _PRE_EMPHASIS * sound[:-1])
    formants = np.array([_first_formant(sound, moment) for moment in at_s])
    open_N = np.clip((formants - _CLOSED_HZ) / (_OPEN_HZ - _CLOSED_HZ), 0, 1)
    padded = np.pad(np.where(np.isnan(open_N), _UNKNOWN, open_N), _SMOOTH // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH), axis=1))


def _first_formant(sound: Floats, at_s: float) -> float:
    """In hertz, NaN where none is heard."""
    from scipy.linalg import solve_toeplitz

    count = round(_WINDOW_S * _HZ)
    start = round(at_s * _HZ) - count // 2
    part = sound[max(0, start) : max(0, start + count)]
    if len(part) < count:
        return float("nan")
    part = part * np.hamming(count)
    lags = np.correlate(part, part, "full")[count - 1 : count + _ORDER]
    if lags[0] < 1e-8:
        return float("nan")
    lags[0] *= 1.0001  # a pure tone has no other solution
    roots = np.roots(np.concatenate(([1.0], -solve_toeplitz(lags[:-1], lags[1:]))))
    roots = roots[roots.imag > 0]
    hertz = np.angle(roots) * _HZ / (2 * np.pi)
    width = -np.log(np.maximum(np.abs(roots), 1e-6)) * _HZ / np.pi
    found = hertz[(hertz > _LOWEST_HZ) & (hertz < _HIGHEST_HZ) & (width < _WIDEST_HZ)]
    return float(found.min()) if len(found) else float("nan")
