"""Something near, out of focus, over which a shot is taken: it hides where a photo's body ends.

A table's or a parapet's edge in the plate's own light: dark, soft, without anything that one would look at.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb

_DARK, _EDGE_LIGHT = 0.34, 0.30  # of the plate's light: the ledge's, and what its upper edge catches beside it
_SOFT, _CATCHES, _SPREAD = 0.011, 0.05, 0.10  # of the frame's height: its edge's blur, the lit strip, its colours' blur


class Ledge:
    """rgb_HW3, alpha_HW: of the frame at rest, the same for ever beside and below it.

    It remembers the last view, for most shots have a still camera.
    """

    def __init__(self, rgb_HW3: Rgb, alpha_HW: Floats) -> None:
        self._rgb_HW3, self._alpha_HW = rgb_HW3, alpha_HW
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
        rgb, alpha = (
            cv2.warpAffine(layer, person, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for layer in (self._rgb_HW3, self._alpha_HW)
        )
        rows = np.flatnonzero(alpha.max(axis=1) > 0)
        return rgb, alpha, int(rows[0]) if len(rows) else height


def build_ledge(plate_rgb: Rgb, top_y: float) -> Ledge:
    """A ledge in front of this plate (as the frame at rest shows it) from the row `top_y` on."""
    height, width = plate_rgb.shape[:2]
    lower = plate_rgb[height // 2 :].astype(np.float32)
    across = cv2.GaussianBlur(lower.mean(axis=0)[None], (0, 0), _SPREAD * width, borderType=cv2.BORDER_REPLICATE)
    below = (np.arange(height, dtype=np.float32)[:, None, None] - top_y) / height
    shade = _DARK + _EDGE_LIGHT * np.exp(-np.clip(below, 0, None) / _CATCHES)
    rgb = np.clip(np.round(across * shade), 0, 255).astype(np.uint8)
    share = np.clip(0.5 + 0.5 * np.tanh(below[..., 0] / _SOFT), 0, 1)
    share[share < 1 / 255] = 0
    return Ledge(rgb, np.ascontiguousarray(np.broadcast_to(share, (height, width)), np.float32))
