"""Film grain over a whole frame, alike on person and plate: what two pictures of other cameras have in common then.

Seeded: the same clip has the same grain. Grain is finer than anything that moves, and as large at every resolution as a
film's would be.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.models import Rgb

Noise = npt.NDArray[np.int8]

_STRENGTH = 1.7  # standard deviation, levels of 255
_SIZE = 1 / 640  # of the frame's height: the radius of a grain
_SPARE_PX = 97  # by so much, and mirrored or not, a frame's grain lies elsewhere on the sheet than another's
_SHEET_SEED = 20


def lay_grain(frame_rgb: Rgb, seed: int, number: int) -> Rgb:
    """The frame with the grain of the clip's frame of that number."""
    height, width = frame_rgb.shape[:2]
    sheet = _sheet(height, width)
    rng = np.random.default_rng((seed, number, _SHEET_SEED))
    x, y = rng.integers(0, _SPARE_PX, 2)
    part = sheet[int(rng.integers(2)), y : y + height, x : x + width]
    grained: Rgb = cv2.add(frame_rgb, part, dtype=cv2.CV_8U)
    return grained


@functools.lru_cache(maxsize=2)
def _sheet(height: int, width: int) -> Noise:
    """Two sheets [2, H, W, 3] of grey grain, larger than the frame."""
    rng = np.random.default_rng(_SHEET_SEED)
    noise = rng.standard_normal((height + _SPARE_PX, width + _SPARE_PX), np.float32)
    sigma = _SIZE * height
    if sigma > 0.3:
        noise = cv2.GaussianBlur(noise, (0, 0), sigma)
    grains = np.clip(np.round(_STRENGTH * noise / noise.std()), -6, 6).astype(np.int8)
    return np.stack([np.repeat(one[..., None], 3, axis=2) for one in (grains, grains[::-1, ::-1])])
