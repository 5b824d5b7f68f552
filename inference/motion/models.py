"""The three face networks that read a reference photo: face mesh, iris contours, portrait matte (Apache-2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from inference.registry.packaged import FACE_MESH, PackagedModelUnavailable, require

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating[Any]]

MESH_SIDE_PX = 192
IRIS_SIDE_PX = 64
MATTE_SIDE_PX = 256
THREADS = 2


@dataclass(frozen=True)
class FaceModels:
    """Loaded interpreters. One thread at a time: each call overwrites the interpreter's tensors."""

    mesh: Interpreter
    iris: Interpreter
    matte: Interpreter

    def read_mesh(self, crop_rgb_HWC_uint8: Rgb) -> tuple[Floats, float]:
        """468 points [468, 3] in pixels of the 192×192 crop (z towards the viewer) and a face score in 0..1."""
        points, logit = _run(self.mesh, crop_rgb_HWC_uint8, MESH_SIDE_PX)
        points_N3 = points.reshape(468, 3).copy()
        points_N3[:, 2] *= -1
        return points_N3, float(1 / (1 + np.exp(-logit.reshape(-1)[0])))

    def read_eye(self, crop_rgb_HWC_uint8: Rgb) -> tuple[Floats, Floats]:
        """Eye contour [71, 2] and iris [5, 2] (its centre first) in pixels of the 64×64 crop.

        The crop shows an eye whose outer corner is on the viewer's left; mirror the other one.
        """
        contour, iris = _run(self.iris, crop_rgb_HWC_uint8, IRIS_SIDE_PX)
        return contour.reshape(71, 3)[:, :2].copy(), iris.reshape(5, 3)[:, :2].copy()

    def read_matte(self, rgb_HWC_uint8: Rgb) -> Floats:
        """Probability of a person [256, 256], over the whole picture squeezed to a square."""
        (matte,) = _run(self.matte, rgb_HWC_uint8, MATTE_SIDE_PX)
        return matte[:, :, 0].copy()


def load_face_models(cache_dir: Path) -> FaceModels:
    """Load the networks from the cache. Raises PackagedModelUnavailable."""
    folder = require(FACE_MESH, cache_dir)
    return FaceModels(
        mesh=_load(folder / "face_landmark.tflite"),
        iris=_load(folder / "iris_landmark.tflite"),
        matte=_load(folder / "selfie_segmentation.tflite"),
    )


def _load(path: Path) -> Interpreter:
    try:  # an API replica judges photos without it, and imports this module too
        from ai_edge_litert.interpreter import Interpreter
    except ModuleNotFoundError as absent:
        raise PackagedModelUnavailable("the face mesh's runtime is not installed: dramatis[node] brings it") from absent
    interpreter = Interpreter(str(path), num_threads=THREADS)
    interpreter.allocate_tensors()
    return interpreter


def _run(interpreter: Interpreter, rgb_HWC_uint8: Rgb, side_px: int) -> list[Floats]:
    resized = cv2.resize(rgb_HWC_uint8, (side_px, side_px), interpolation=cv2.INTER_AREA)
    scaled = resized[None].astype(np.float32) / 255
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], scaled)
    interpreter.invoke()
    return [interpreter.get_tensor(output["index"])[0] for output in interpreter.get_output_details()]
