"""The sound of a clip, as a player gives it: exactly as long as its pictures."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from inference.media.encode import SOUND_RATE, Samples


def read_sound(path: Path) -> Samples | None:
    """Mono float32 at SOUND_RATE; None where the clip has no sound. Raises av.FFmpegError where it cannot be read."""
    with av.open(str(path)) as container:
        assert isinstance(container, InputContainer), "it was opened for reading"
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)
        parts = [
            part.to_ndarray().reshape(-1)
            for decoded in [*container.decode(stream), None]
            for part in resampler.resample(decoded)
        ]
        length = None
        if stream.duration is not None and stream.time_base is not None:
            length = round(stream.duration * stream.time_base * SOUND_RATE)  # the rest pads the last frame
    sound: Samples = np.concatenate([np.zeros(0, np.float32), *parts]).astype(np.float32)[:length]
    return sound
