"""Take a small upright picture of a part of a larger one, without aliasing."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

RGB = npt.NDArray[np.uint8]
Affine = npt.NDArray[np.float64]

_AREA_BELOW = 0.6  # pictures that shrink further are averaged first


def warped(picture: RGB, matrix_23: Affine, size: tuple[int, int]) -> RGB:
    """[height, width, 3]: the picture under `matrix_23` (from its pixels to the result's), black outside.

    size: (width, height). Bilinear; where the result is much smaller the picture is averaged by area before.
    """
    shrink = max(int(_AREA_BELOW / max(float(np.hypot(*matrix_23[0, :2])), 1e-3)), 1)
    if shrink > 1:
        picture, matrix_23 = _averaged(picture, matrix_23, shrink)
    result: RGB = cv2.warpAffine(picture, matrix_23, size, flags=cv2.INTER_LINEAR)
    return result


def _averaged(picture: RGB, matrix_23: Affine, shrink: int) -> tuple[RGB, Affine]:
    """The picture at 1/shrink by area, and the matrix that maps from it (pixel centres at half coordinates)."""
    height, width = picture.shape[:2]
    fitted = max(width // shrink, 1), max(height // shrink, 1)
    small = cv2.resize(picture, fitted, interpolation=cv2.INTER_AREA)
    scale = np.array([width / fitted[0], height / fitted[1]])
    mapped = matrix_23.copy()
    mapped[:, :2] = matrix_23[:, :2] * scale
    mapped[:, 2] += matrix_23[:, :2] @ ((scale - 1) / 2)
    return small, mapped
