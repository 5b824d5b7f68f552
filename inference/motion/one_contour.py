"""Two pictures of one person going over into each other without a second outline.

Colours are mixed; outlines are not: a half transparent rim is what gives a mixture away. Where both are seen, the
outline lies between theirs, as the mean of their signed distances has it (Payne & Toga, IEEE CG&A 12 (1992) 65).
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb

_WHOLE = 0.02  # share below which a picture is not seen, and above 1 less which the other is not
_EDGE_PX = 1.2  # half the width of the outline that lies between
_SETTLES = 0.15  # share from which on the outline is the one between


def go_over(rgb: Rgb, alpha_HW: Floats, other_rgb: Rgb, other_alpha_HW: Floats, share_HW: Floats) -> tuple[Rgb, Floats]:
    """The picture and alpha of a person of which the other picture has so much of a share."""
    one, other = alpha_HW * (1 - share_HW), other_alpha_HW * share_HW
    both = one + other
    mixed: Rgb = cv2.blendLinear(rgb, other_rgb, one + np.float32(1e-4), other + np.float32(1e-4) * (share_HW > 0.5))
    settled = np.clip(np.minimum(share_HW, 1 - share_HW) / _SETTLES, 0, 1)
    if settled.max() > 0:
        between = (1 - share_HW) * _inside(alpha_HW) + share_HW * _inside(other_alpha_HW)
        both = both + settled * (np.clip(0.5 + between / (2 * _EDGE_PX), 0, 1) - both)
    return mixed, both.astype(np.float32)


def _inside(alpha_HW: Floats) -> Floats:
    """Signed distance to the outline, pixels, + inside."""
    person = (alpha_HW > 0.5).astype(np.uint8)
    within = cv2.distanceTransform(person, cv2.DIST_L2, cv2.DIST_MASK_3)
    beyond = cv2.distanceTransform(1 - person, cv2.DIST_L2, cv2.DIST_MASK_3)
    signed: Floats = cv2.GaussianBlur(np.minimum(within, 64) - np.minimum(beyond, 64), (0, 0), 1.0)
    return signed
