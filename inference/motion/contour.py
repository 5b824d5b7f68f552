"""A lid or a lip as a curve: heights over its line from corner to corner, on a fixed number of samples.

Lengths are in units of that line, x from -0.5 at the viewer's left corner to 0.5 at the right one.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.models import Floats

_SAMPLES = 65


def trace(points_N2: Floats, smoothing: float) -> Floats:
    """The curve through mesh points, softened by a Gaussian of `smoothing` samples."""
    order = np.argsort(points_N2[:, 0])
    xs = np.linspace(-0.5, 0.5, _SAMPLES)
    heights = np.interp(xs, points_N2[order, 0], points_N2[order, 1]).astype(np.float32)
    smooth: Floats = cv2.GaussianBlur(heights[None], (0, 0), smoothing, borderType=cv2.BORDER_REPLICATE)[0]
    return smooth


def height_at(curve_N: Floats, x: Floats) -> Floats:
    """The curve's height at every x, held at the corners beyond them."""
    position = np.clip((x + 0.5) * (_SAMPLES - 1), 0, _SAMPLES - 1.001)
    low = position.astype(np.int32)
    part = position - low
    value: Floats = curve_N.take(low) * (1 - part) + curve_N.take(low + 1) * part
    return value
