"""A person's picture as it is drawn from: in the plate's light, at the shot's size, and where its edges are."""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.actor import Actor
from inference.motion.light import Light
from inference.motion.models import Floats, Rgb

_SHOWN_BELOW = 0.05  # of the photo's height: so far below its edge the continued chest may be seen
_TRACE = 0.08  # of alpha, at an edge


def lit(rgb_HW3: Rgb, actor: Actor, light: Light | None, left_px: int) -> Rgb:
    """`left_px`: columns that the picture has left of the photo."""
    if light is None:
        return rgb_HW3
    return light.fall_on(rgb_HW3, left_px + float(actor.face_centre_2[0]), 0.8 * actor.head.width_px)


def drawn_in(alpha_HW: Floats, light: Light | None) -> Floats:
    """Before a plate of another light the outermost pixels, which keep a trace of the photo's own, are left out."""
    return alpha_HW if light is None else np.clip((alpha_HW - _TRACE) / (1 - 1.3 * _TRACE), 0, 1)


def foot(actor: Actor, alpha_HW: Floats, corner_2: Floats) -> Floats:
    """The line a little below the photo's lower edge, where the person is still continued plausibly."""
    height = actor.photo_rgb.shape[0]
    row = height * (1 + _SHOWN_BELOW) - 1
    columns = np.flatnonzero(alpha_HW[round(corner_2[1] + height - 1)] > 0.5)
    ends = (columns[0], columns[-1]) if len(columns) else (0, 0)
    return np.array([[x - corner_2[0], row] for x in ends], np.float32)


def outline(alpha_HW: Floats, corner_2: Floats) -> Floats:
    """Corners [4, 2] around all that shows, photo pixels."""
    ends = []
    for axis in (0, 1):
        shown = np.flatnonzero(alpha_HW.max(axis=axis) > 0)
        ends.append((shown[0] - 1, shown[-1] + 1) if len(shown) else (0, 0))
    (left, right), (top, bottom) = ends
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32) - corner_2


def resize(rgba: Rgb, finer: float) -> Rgb:
    height, width = rgba.shape[:2]
    size = (round(width * finer), round(height * finer))
    affine = np.array([[finer, 0, 0.5 * finer - 0.5], [0, finer, 0.5 * finer - 0.5]])
    if finer < 1:
        rgba = cv2.GaussianBlur(rgba, (0, 0), 0.45 / finer)
    resized: Rgb = cv2.warpAffine(rgba, affine, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return resized
