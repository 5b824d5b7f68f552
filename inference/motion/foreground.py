"""Something near, out of focus, over which a shot is taken: it hides where a photo's body ends.

A table's or a parapet's edge in the plate's own light: dark, soft, without anything that one would look at.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb
from inference.motion.resampling import colours_of, opaque, warp_picture
from inference.protocol import Framing

# Lengths are of the frame's height or width, shades of the plate's light.
_TOP, _TOP_SHADE, _FRONT_SHADE = 0.026, (0.74, 0.56), (0.42, 0.24)  # how high its upper side is
_LIP, _LIP_SHADE = 0.006, 0.82  # the shadow under its edge
_FADES = 0.30  # over which the front darkens
_SPREAD = 0.10  # over which its colours are the plate's
_MARKS, _MARKED = (0.020, 0.0025), 0.03  # sigmas of its texture along and across; how strong that is
_SOFT: dict[Framing, float] = {"mcu": 0.008, "ms": 0.005, "ws": 0.003}  # the nearer, the longer the lens


class Ledge:
    """rgb_HW3, alpha_HW: of the frame at rest, the same for ever beside and below it.

    It remembers the last view, for most shots have a still camera.
    """

    def __init__(self, rgb_HW3: Rgb, alpha_HW: Floats) -> None:
        self._rgba_HW4, self._alpha_HW = opaque(rgb_HW3), alpha_HW
        self._seen: tuple[bytes, Rgb, Floats, int] | None = None

    def lay(self, frame: Rgb, person: Floats) -> Rgb:
        """The frame with the ledge in front, seen as the camera's map `person` shows the people behind it."""
        key = person.tobytes()
        if self._seen is None or self._seen[0] != key:
            self._seen = (key, *self._view(person, frame.shape[1], frame.shape[0]))
        _, rgb, alpha, top = self._seen
        laid = frame.copy()
        if top < len(frame):
            laid[top:] = cv2.blendLinear(rgb[top:], frame[top:], alpha[top:], 1 - alpha[top:])
        return laid

    def _view(self, person: Floats, width: int, height: int) -> tuple[Rgb, Floats, int]:
        rgba = warp_picture(self._rgba_HW4, person, width, height)
        alpha = warp_picture(self._alpha_HW, person, width, height)
        rows = np.flatnonzero(alpha.max(axis=1) > 0)
        return colours_of(rgba), alpha, int(rows[0]) if len(rows) else height


def build_ledge(plate_rgb: Rgb, top_y: float, framing: Framing) -> Ledge:
    """A ledge in front of this plate (as the frame at rest shows it) from the row `top_y` on."""
    height, width = plate_rgb.shape[:2]
    lower = plate_rgb[height // 2 :].astype(np.float32)
    across_13 = cv2.GaussianBlur(lower.mean(axis=0)[None], (0, 0), _SPREAD * width, borderType=cv2.BORDER_REPLICATE)
    below_H = (np.arange(height, dtype=np.float32) - top_y) / height
    soft = _SOFT.get(framing, min(_SOFT.values()))
    rgb = across_13 * (_shade(below_H)[:, None, None] * _texture(height, width))
    focused = cv2.GaussianBlur(rgb, (0, 0), soft * height, borderType=cv2.BORDER_REPLICATE)
    share = 0.5 + 0.5 * np.tanh(below_H / (0.8 * soft))
    share[share < 1 / 255] = 0
    alpha = np.ascontiguousarray(np.broadcast_to(share[:, None], (height, width)), np.float32)
    return Ledge(np.clip(np.round(focused), 0, 255).astype(np.uint8), alpha)


def _shade(below_H: Floats) -> Floats:
    """Of the plate's light, row by row: the upper side, the shadow under its edge, and the front that darkens."""
    top = np.interp(below_H, (0, _TOP), _TOP_SHADE)
    front = np.interp(below_H, (_TOP, _TOP + _FADES), _FRONT_SHADE)
    lip = 1 - (1 - _LIP_SHADE) * np.exp(-(((below_H - _TOP - _LIP) / _LIP) ** 2))
    shade: Floats = (np.where(below_H < _TOP, top, front) * lip).astype(np.float32)
    return shade


def _texture(height: int, width: int) -> Floats:
    """Marks that run along it, [H, W, 1] about 1: the same for every shot of this size."""
    noise = np.random.default_rng(0).normal(0, 1, (height, width)).astype(np.float32)
    marks = cv2.GaussianBlur(noise, (0, 0), _MARKS[0] * width, sigmaY=max(0.5, _MARKS[1] * height))
    marked: Floats = 1 + _MARKED * (marks / marks.std())[..., None]
    return marked
