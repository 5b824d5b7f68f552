"""From a face in a picture to a unit embedding: align by the five points, then ask the pack's embedder."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from insightface.utils.face_align import arcface_dst

from inference.identity.detect import RGB, Face
from inference.identity.pack import Embedding, Faces

Affine = npt.NDArray[np.float64]

_TEMPLATE_PX = 112
_AREA_BELOW = 0.6  # crops that shrink the face further are averaged first, or they would alias


def embed(faces: Faces, rgb_HWC_uint8: RGB, face: Face) -> Embedding:
    """float32 [D] of unit length (D = 128 for the default pack). Takes 16 ms on one thread."""
    return faces.embed_crop(aligned_crop(rgb_HWC_uint8, face, faces.crop_px))


def aligned_crop(rgb_HWC_uint8: RGB, face: Face, size_px: int = _TEMPLATE_PX) -> RGB:
    """[size, size, 3]: the face with eyes and mouth corners where ArcFace-like embedders expect them."""
    matrix = alignment(face, size_px)
    shrink = max(int(_AREA_BELOW / max(float(np.hypot(*matrix[0, :2])), 1e-3)), 1)
    if shrink > 1:
        rgb_HWC_uint8, matrix = _averaged(rgb_HWC_uint8, matrix, shrink)
    crop: RGB = cv2.warpAffine(rgb_HWC_uint8, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR)
    return crop


def alignment(face: Face, size_px: int = _TEMPLATE_PX) -> Affine:
    """float64 [2, 3] from picture to aligned crop: the least-squares similarity between the face's five points and
    ArcFace's template, as one complex factor and a shift.
    """
    goal_52 = arcface_dst * (size_px / _TEMPLATE_PX)
    source, goal = (points[:, 0] + 1j * points[:, 1] for points in (face.points_52.astype(np.float64), goal_52))
    centred = source - source.mean()
    factor = np.vdot(centred, goal - goal.mean()) / max(np.vdot(centred, centred).real, 1e-12)
    shift = goal.mean() - factor * source.mean()
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def _averaged(rgb_HWC_uint8: RGB, matrix: Affine, shrink: int) -> tuple[RGB, Affine]:
    """The picture at 1/shrink by area, and the matrix that maps from it (pixel centres at half coordinates)."""
    height, width = rgb_HWC_uint8.shape[:2]
    small = cv2.resize(rgb_HWC_uint8, (max(width // shrink, 1), max(height // shrink, 1)), interpolation=cv2.INTER_AREA)
    scale = np.array([width / small.shape[1], height / small.shape[0]])
    mapped = matrix.copy()
    mapped[:, :2] = matrix[:, :2] * scale
    mapped[:, 2] += matrix[:, :2] @ ((scale - 1) / 2)
    return small, mapped
