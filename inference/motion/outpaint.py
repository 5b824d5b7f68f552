"""The person beyond the photo's edges: shoulders that the photo cut off run out and down, the chest goes on below.

Nothing is invented that anybody would look at; it keeps a moving camera from showing where the photo ends.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb

_SIDE, _BOTTOM, _TOP = 0.6, 0.35, 0.12  # of the photo's width or height
_ROUND = 0.22  # of where it ends: so soon a shoulder that runs out turns down into an arm
_ENDS = 0.97  # of the photo's height: what is cut at its side and ends above this is an arm
_ELBOW = 0.3  # of how high such a cut is: so far an elbow reaches beyond it
_STRETCH = 0.35  # the cloth beyond an edge is the cloth inside it, mirrored and stretched: it stays near the edge


class Extended(NamedTuple):
    """A larger picture; the photo's own pixel (0, 0) lies at `corner_xy`."""

    rgb: Rgb
    alpha_HW: Floats
    corner_xy: tuple[int, int]


def extend_person(rgb_HWC_uint8: Rgb, alpha_HW: Floats) -> Extended:
    """Continue the person on all sides that the photo cuts; where it does not cut, alpha is 0 outside."""
    height, width = alpha_HW.shape
    side, bottom, top = round(_SIDE * width), round(_BOTTOM * height), round(_TOP * height)
    x, y = np.meshgrid(
        np.arange(-side, width + side, dtype=np.float32), np.arange(-top, height + bottom, dtype=np.float32)
    )
    left, right = np.maximum(0, -x), np.maximum(0, x - (width - 1))
    y = y - _run_out(left, alpha_HW) - _run_out(right, alpha_HW[:, ::-1])
    below = np.maximum(0, y - (height - 1))
    y = np.where(below > 0, (height - 1) - below, y)
    # The outline is that of the cut edge, sliding down; its cloth is what lies inside the edge, mirrored.
    outline_y, shown = y, np.ones_like(y)
    for distance, edge_H in ((left, alpha_HW[:, 0]), (right, alpha_HW[:, -1])):
        outline_y, shown = _round_off(distance, outline_y, shown, edge_H)
    alpha = shown * cv2.remap(
        alpha_HW, np.clip(x, 0, width - 1), outline_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    inward = np.where(left > 0, _STRETCH * left, np.where(right > 0, (width - 1) - _STRETCH * right, x))
    rgb = cv2.remap(rgb_HWC_uint8, inward, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return Extended(rgb, np.clip(alpha, 0, 1), (side, top))


def _run_out(distance: Floats, alpha_HW: Floats) -> Floats:
    """How far the picture slides down at a distance beyond its left edge, so that a cut shoulder falls away."""
    height, width = alpha_HW.shape
    near = max(2, width // 10)
    edge, inner = _shoulder(alpha_HW[:, 0]), _shoulder(alpha_HW[:, near])
    slope = float(np.clip((edge - inner) / near, 0.0, 1.0))
    falls_over = max(0.25 * height, float(height - edge))
    fall: Floats = (slope + 0.05) * distance + distance**2 / (_ROUND * falls_over)
    return fall


def _round_off(distance: Floats, y: Floats, shown: Floats, edge_H: Floats) -> tuple[Floats, Floats]:
    """An elbow that the photo's side cuts ends soon after, round: it is no shoulder that goes on down."""
    rows = np.flatnonzero(edge_H > 0.5)
    if len(rows) == 0 or rows[-1] > _ENDS * len(edge_H):
        return y, shown
    middle, reach = (rows[0] + rows[-1]) / 2, max(2.0, _ELBOW * (rows[-1] - rows[0]))
    height = np.sqrt(np.clip(1 - (distance / reach) ** 2, 0, 1))
    rounded: Floats = np.where(distance > 0, middle + (y - middle) / np.maximum(height, 1e-3), y).astype(np.float32)
    return rounded, np.where(distance < reach, shown, 0).astype(np.float32)


def _shoulder(column: Floats) -> int:
    """The first row from the top that belongs to the person; the height if the column is clear."""
    rows = np.flatnonzero(column > 0.5)
    return int(rows[0]) if len(rows) else len(column)
