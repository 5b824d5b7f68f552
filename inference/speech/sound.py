"""Rates and levels: 24 kHz to 48 kHz exactly, recordings to a common loudness."""

from __future__ import annotations

import numpy as np
from scipy.signal import resample_poly

from inference.speech.port import Samples

HEARING_RATE = 16_000  # what the recogniser and the voice activity model take


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Mono sound at another rate, by a polyphase filter: `len × wanted / rate` samples, rounded up."""
    if rate == wanted:
        return samples
    resampled: Samples = resample_poly(samples, wanted, rate).astype(np.float32)
    return resampled
