"""Where in a sound somebody speaks, by Silero's network; music and noise are not speech."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from inference.speech.port import RATE, Samples
from inference.speech.sound import HEARING_RATE, resample

_WINDOW, _CONTEXT = 512, 64  # samples at HEARING_RATE that the network takes at once, and of those before
_THRESHOLD, _KEEPS_ON = 0.5, 0.35  # its authors' figures: speech begins above the first and ends below the second
_SHORTEST_S, _GAP_S = 0.25, 0.3
_SCALE = RATE // HEARING_RATE


class VoiceActivity:
    """Loads its network (2 MB) with the first sound."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the packaged voice-activity weights."""
        self._folder = folder

    def find(self, samples: Samples) -> tuple[tuple[int, int], ...]:
        """From which sample to which somebody speaks, in order; `samples`: mono float32 at RATE."""
        spans: list[tuple[int, int]] = []
        begun: int | None = None
        for number, likely in enumerate([*self._likelihoods(samples), 0.0]):
            at = number * _WINDOW * _SCALE
            if begun is None and likely >= _THRESHOLD:
                begun = at
            elif begun is not None and likely < _KEEPS_ON:
                spans.append((begun, min(at, len(samples))))
                begun = None
        return _joined(spans)

    def _likelihoods(self, samples: Samples) -> list[float]:
        sound = resample(samples, RATE, HEARING_RATE)
        windows = -(-len(sound) // _WINDOW)
        padded = np.zeros(_CONTEXT + windows * _WINDOW, np.float32)
        padded[_CONTEXT : _CONTEXT + len(sound)] = sound
        state, rate = np.zeros((2, 1, 128), np.float32), np.array(HEARING_RATE, np.int64)
        likelihoods = []
        for number in range(windows):
            window = padded[None, number * _WINDOW : (number + 1) * _WINDOW + _CONTEXT]
            likely, state = self._session.run(None, {"input": window, "state": state, "sr": rate})
            likelihoods.append(float(likely.ravel()[0]))
        return likelihoods

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - onnxruntime has no types
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = str(self._folder / "silero_vad.onnx")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _joined(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans with short gaps closed; what is then too short for a word is none."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < _GAP_S * RATE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple((start, end) for start, end in joined if end - start >= _SHORTEST_S * RATE)
