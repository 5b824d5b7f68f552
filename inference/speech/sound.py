"""Rates and levels: 24 kHz to 48 kHz exactly, recordings to a common loudness."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from inference.speech.port import RATE, Samples

HEARING_RATE = 16_000  # what the recogniser and the voice activity model take


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Mono sound at another rate, by a polyphase filter: `len × wanted / rate` samples, rounded up."""
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly  # a second of imports, which `KokoroVoices.load` has beside its graph's

    resampled: Samples = resample_poly(samples, wanted, rate).astype(np.float32)
    return resampled


def write_wav(path: Path, samples: Samples) -> None:
    """Mono float32 at RATE as 16 bits: every browser plays it."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
