"""A person's key points, in the two orders that pose-driven models were taught: 68 of the face, 20 of the body.

The face's are iBUG's 68, as the mesh's nearest points; the body's are OpenPose's 18 and two toes, as Wan-Animate has
them (Wan-Video/Wan2.2, wan/modules/animate/preprocess). The previs has no body: shoulders hang from the face at rest,
only the camera moves them, and everything below them is unseen.
"""

from __future__ import annotations

import numpy as np

from inference.motion.mesh import CHIN, LEFT_EAR, LEFT_OUTER_EYE, RIGHT_EAR, RIGHT_OUTER_EYE
from inference.motion.models import Floats

# Jaw from ear to ear, brows, nose, eyes, lips, each from the viewer's left.
FACE_POINTS = (
    127, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 356,
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    168, 197, 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
_NOSE, _LEFT_EYE, _RIGHT_EYE, _LEFT_EAR, _RIGHT_EAR = (30,), (36, 39), (42, 45), (1,), (15,)  # of those 68

BODY_POINTS = 20
# Where the previs's points stand among the body's. Theirs are called by the person's own right: the viewer's left.
NOSE, NECK, LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_EYE, RIGHT_EYE, LEFT_SIDE, RIGHT_SIDE = 0, 1, 2, 5, 14, 15, 16, 17

_SHOULDERS = 0.95  # of the face's width, to either side of the neck
_NECK = 0.45  # of the face's height, under the chin


def rest_shoulders(mesh_N3: Floats) -> Floats:
    """[2, 2]: the viewer's left and right shoulder in photo pixels, where people with a face of this size have them."""
    across = mesh_N3[RIGHT_EAR, :2] - mesh_N3[LEFT_EAR, :2]
    down = np.array([-across[1], across[0]])
    eyes = (mesh_N3[LEFT_OUTER_EYE, :2] + mesh_N3[RIGHT_OUTER_EYE, :2]) / 2
    height = float(np.linalg.norm(mesh_N3[CHIN, :2] - eyes))
    neck = mesh_N3[CHIN, :2] + _NECK * height * down / max(float(np.linalg.norm(down)), 1e-6)
    shoulders: Floats = np.stack([neck - _SHOULDERS * across, neck + _SHOULDERS * across])
    return shoulders


def body_points(face_N2: Floats, shoulders_22: Floats, width: int, height: int) -> Floats:
    """[20, 3]: x, y in pixels and how surely a point is seen. What lies outside the picture, or is not there, is 0.

    The neck is the middle of the shoulders, and half as sure where one of them is out of the picture.
    """
    points = np.zeros((BODY_POINTS, 3), np.float32)
    for at, of_face in (
        (NOSE, _NOSE), (LEFT_EYE, _LEFT_EYE), (RIGHT_EYE, _RIGHT_EYE), (LEFT_SIDE, _LEFT_EAR), (RIGHT_SIDE, _RIGHT_EAR)
    ):  # fmt: skip
        points[at, :2] = face_N2[list(of_face)].mean(axis=0)
    seen = [NOSE, LEFT_EYE, RIGHT_EYE, LEFT_SIDE, RIGHT_SIDE, LEFT_SHOULDER, RIGHT_SHOULDER]
    points[[LEFT_SHOULDER, RIGHT_SHOULDER], :2] = shoulders_22
    x_K, y_K = points[seen, 0], points[seen, 1]
    points[seen, 2] = (x_K >= 0) & (x_K < width) & (y_K >= 0) & (y_K < height)
    points[NECK] = points[[LEFT_SHOULDER, RIGHT_SHOULDER]].mean(axis=0)
    return points


def face_box(face_N2: Floats, width: int, height: int) -> tuple[int, int, int, int]:
    """x from, x to, y from, y to: the face's box grown to 1.3 times its area, three quarters of the growth upwards.

    As Wan-Animate's preprocessing cuts it (utils.py, get_face_bboxes), and no further than the picture.
    """
    low, high = face_N2.min(axis=0), face_N2.max(axis=0)
    grown_w, grown_h = (high - low) * (np.sqrt(1.3) - 1)
    left, right = max(low[0] - grown_w / 2, 0), min(high[0] + grown_w / 2, width)
    top, bottom = max(low[1] - grown_h * 3 / 4, 0), min(high[1] + grown_h / 4, height)
    return int(left), int(right), int(top), int(bottom)
