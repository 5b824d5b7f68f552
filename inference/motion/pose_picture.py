"""The pose picture that Wan-Animate was trained to follow: limbs as dim ellipses, joints as bright discs, on black.

Drawn by the rules of the authors' own preprocessing (Wan-Video/Wan2.2, wan/modules/animate/preprocess,
human_visualization.py, draw_aapose_new with its `v2` widths). It draws hands too, of 21 points each; the previs has
none, and a point that is not there is left out there as here.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.models import Floats, Rgb

# Pairs of body points, counted from 0, in the order in which they are drawn: limb i has colour i.
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0),
    (0, 14), (14, 16), (0, 15), (15, 17), (13, 18), (10, 19),
)  # fmt: skip
COLOURS = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0), (0, 255, 85),
    (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255),
    (255, 0, 170), (255, 0, 85), (200, 200, 0), (100, 100, 0),
)  # fmt: skip
SURE = 0.5  # a point that is less surely seen is left out, with its limbs
_DIM = 0.6  # of its colour, in a limb


def draw_pose(bodies_CK3: Floats, width: int, height: int) -> Rgb:
    """Every character's 20 body points (x, y, how surely seen) as RGB [height, width, 3]."""
    picture = np.zeros((height, width, 3), np.uint8)
    thick = half_width(width, height)
    for body_K3 in bodies_CK3:
        for (start, end), colour in zip(LIMBS, COLOURS, strict=False):
            if min(body_K3[start, 2], body_K3[end, 2]) >= SURE:
                dim = tuple(int(value * _DIM) for value in colour)
                cv2.fillConvexPoly(picture, _limb(body_K3[start, :2], body_K3[end, :2], thick), dim)
        for (x, y, sure), colour in zip(body_K3, COLOURS, strict=True):
            if sure >= SURE:
                cv2.circle(picture, (int(x), int(y)), thick, colour, thickness=-1)
    return picture


def half_width(width: int, height: int) -> int:
    """Of a limb, and the radius of a joint, in pixels."""
    return max(min(width, height) // 200 - 1, 1)


def _limb(start_2: Floats, end_2: Floats, thick: int) -> npt.NDArray[np.int32]:
    """The outline of an ellipse from one joint to the other, in whole pixels and degrees."""
    across, down = (float(value) for value in start_2 - end_2)
    centre = (int((start_2[0] + end_2[0]) / 2), int((start_2[1] + end_2[1]) / 2))
    axes = (int(np.hypot(across, down) / 2), thick)
    return np.array(cv2.ellipse2Poly(centre, axes, int(np.degrees(np.arctan2(down, across))), 0, 360, 1))
