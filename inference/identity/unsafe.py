"""How likely a picture is not safe to show at work, by the open_nsfw network. It looks for nudity and nothing else.

Its authors call scores below 0.2 safe and above 0.8 unsafe; between them it is for the operator to decide. Works
without a server and without torch.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image

_SEEN_PX = 256
_CROP_PX = 224
_MEAN_BGR = np.array([104, 117, 123], np.float32)  # of the pictures that it was trained on


class UnsafeMeter:
    """Scores pictures. The weights are loaded at the first one, so that who never asks pays nothing."""

    def __init__(self, find_weights: Callable[[], Path], threads: int) -> None:
        """`find_weights` says which folder holds open_nsfw.onnx, or raises."""
        self._find_weights = find_weights
        self._threads = threads

    def score(self, rgb: NDArray[np.uint8]) -> float:
        """0 safe … 1 unsafe, for pixels [H, W, 3]. Raises what finding the weights raises."""
        scores = self._session.run(None, {self._session.get_inputs()[0].name: _prepare(rgb)[None]})[0]
        return float(np.clip(np.asarray(scores)[0, 1], 0, 1))

    @cached_property
    def _session(self) -> ort.InferenceSession:
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self._threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        weights = self._find_weights() / "open_nsfw.onnx"
        return ort.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def _prepare(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As in training: squeezed to a square, through JPEG, the middle of it, BGR around the mean."""
    squeezed = Image.fromarray(rgb).resize((_SEEN_PX, _SEEN_PX), Image.Resampling.BILINEAR)
    stream = io.BytesIO()
    squeezed.save(stream, "JPEG")
    with Image.open(stream, formats=("JPEG",)) as seen:
        pixels = np.asarray(seen.convert("RGB"), np.float32)
    edge = (_SEEN_PX - _CROP_PX) // 2
    middle = pixels[edge : edge + _CROP_PX, edge : edge + _CROP_PX, ::-1]
    return np.ascontiguousarray(middle - _MEAN_BGR)
