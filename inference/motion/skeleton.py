"""A cast as stick figures on black: what models of the pose-driven kind are shown of a previs.

Eyes, ears, nose and chin are the mesh's own points, moved as the renderer moves them. The previs has no body: neck and
shoulders hang from the face at rest, and only the camera moves them.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.mesh import CHIN, LEFT_EAR, LEFT_OUTER_EYE, NOSE_TIP, RIGHT_EAR, RIGHT_OUTER_EYE
from inference.motion.models import Floats, Rgb

# Mesh points by their place in a skeleton's first six; neck and the two shoulders follow.
FACE_POINTS = (NOSE_TIP, LEFT_OUTER_EYE, RIGHT_OUTER_EYE, LEFT_EAR, RIGHT_EAR, CHIN)
NOSE, LEFT_EYE, RIGHT_EYE, LEFT_SIDE, RIGHT_SIDE, JAW, NECK, LEFT_SHOULDER, RIGHT_SHOULDER = range(9)
_LIMBS = (
    (NECK, LEFT_SHOULDER), (NECK, RIGHT_SHOULDER), (NECK, NOSE), (NOSE, LEFT_EYE), (NOSE, RIGHT_EYE),
    (LEFT_EYE, LEFT_SIDE), (RIGHT_EYE, RIGHT_SIDE),
)  # fmt: skip
_SHOULDERS = 0.95  # of the face's width, to either side of the neck
_NECK = 0.45  # of the face's height, under the chin


def rest_body(points_N3: Floats) -> Floats:
    """[3, 2]: neck and shoulders in photo pixels, where people of this face's size have them."""
    face = points_N3[list(FACE_POINTS), :2]
    across = face[RIGHT_SIDE] - face[LEFT_SIDE]
    down = np.array([-across[1], across[0]])
    height = float(np.linalg.norm(face[JAW] - (face[LEFT_EYE] + face[RIGHT_EYE]) / 2))
    neck = face[JAW] + _NECK * height * down / max(float(np.linalg.norm(down)), 1e-6)
    body: Floats = np.stack([neck, neck - _SHOULDERS * across, neck + _SHOULDERS * across])
    return body


def draw_skeleton(points_CK2: Floats, width: int, height: int) -> Rgb:
    """Every character's nine points as coloured limbs and joints, [height, width, 3]."""
    picture = np.zeros((height, width, 3), np.uint8)
    thick = max(1, round(min(width, height) / 120))
    for points_K2 in points_CK2:
        at = [(round(float(x)), round(float(y))) for x, y in points_K2]
        for i, (start, end) in enumerate(_LIMBS):
            cv2.line(picture, at[start], at[end], _colour(i, len(_LIMBS)), thick, cv2.LINE_AA)
        for i, point in enumerate(at):
            if i != JAW:
                cv2.circle(picture, point, 2 * thick, _colour(i, len(at)), -1, cv2.LINE_AA)
    return picture


def _colour(i: int, count: int) -> tuple[int, int, int]:
    """The i-th of `count` colours around the wheel, so that left and right never look alike."""
    hsv = np.array([[[180 * i // count, 255, 255]]], np.uint8)
    red, green, blue = (int(value) for value in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])
    return red, green, blue
