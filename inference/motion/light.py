"""The light of a plate on the person who stands before it: its level and colour, its side, its glow at the edges, and
the shadow that falls on a wall close behind.

Gentle and only at low frequency: a face must stay itself. A photo's own background has lit its person already.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_EVEN = 118.0  # luminance of a plate that leaves a person as the photo shows it
_LEVEL_SHARE, _COLOUR_SHARE = 0.45, 0.4  # exponents: how much of a plate's light and colour falls on the person
_LEVEL, _COLOUR, _SIDE = (0.56, 1.0), (0.82, 1.2), 0.16  # ends of what they may do
_SIDE_SHARE = 0.3
_WRAP, _WRAP_REACH = 0.5, 0.014  # of the plate's glow at an edge; of the frame's height
_SHADOW_SOFT, _SHADOW_ASIDE, _SHADOW_DOWN = 0.028, 0.03, 0.02  # of the frame's height
_SHRINK = 8  # the glow is so soft that it is blurred on a smaller picture


WALL_SHADOW = 0.3


@dataclass(frozen=True)
class Light:
    """gain_3: what red, green and blue are multiplied by. side: how much more so at the viewer's right end of a face
    than at its left, a share. shadow: how dark the person's own is on what is behind, a share; 0 where that is far."""

    gain_3: tuple[float, float, float]
    side: float = 0.0
    shadow: float = 0.0

    def fall_on(self, rgb_HW3: Rgb, middle_x: float, reach_px: float) -> Rgb:
        """The person's picture in this light; its head's middle and half width say where the sides are."""
        across = np.clip((np.arange(rgb_HW3.shape[1], dtype=np.float32) - middle_x) / reach_px, -1, 1)
        gain = np.array(self.gain_3, np.float32) * (1 + 0.5 * self.side * across)[:, None]
        lit: Rgb = np.clip(np.round(rgb_HW3 * gain), 0, 255).astype(np.uint8)
        return lit


def light_of(plate_rgb: Rgb) -> Light:
    """What a picture behind a person throws on them, by its mean colour and by which side of it is lighter."""
    small = cv2.resize(plate_rgb, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)
    mean_3 = small.mean(axis=(0, 1)) + 1
    grey = float(mean_3 @ _LUMINANCE)
    level = float(np.clip((grey / _EVEN) ** _LEVEL_SHARE, *_LEVEL))
    colour_3 = np.clip((mean_3 / grey) ** _COLOUR_SHARE, *_COLOUR)
    left, right = (float((half @ _LUMINANCE).mean()) for half in (small[:, :12], small[:, -12:]))
    side = float(np.clip(_SIDE_SHARE * (right - left) / grey, -_SIDE, _SIDE))
    red, green, blue = (float(level * share) for share in colour_3)
    return Light((red, green, blue), side)


def shade(behind: Rgb, alpha_HW: Floats, light: Light, frame_height: int) -> Rgb:
    """What is behind a person with the person's soft shadow on it, away from the lighter side."""
    height, width = alpha_HW.shape
    small = cv2.resize(alpha_HW, (max(2, width // _SHRINK), max(2, height // _SHRINK)), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), max(0.8, _SHADOW_SOFT * frame_height / _SHRINK))
    x_scale, y_scale = width / small.shape[1], height / small.shape[0]
    aside = -np.sign(light.side) * min(1.0, abs(light.side) / 0.05) * _SHADOW_ASIDE * frame_height
    placed = np.array([[x_scale, 0, aside], [0, y_scale, _SHADOW_DOWN * frame_height]])
    dark = light.shadow * cv2.warpAffine(soft, placed, (width, height), borderMode=cv2.BORDER_REPLICATE)
    shaded: Rgb = cv2.blendLinear(behind, np.zeros_like(behind), 1 - dark, dark)
    return shaded


def wrap(rgb: Rgb, alpha_HW: Floats, behind: Rgb, frame_height: int) -> Rgb:
    """The person's picture with the light from behind coming round its edges."""
    height, width = alpha_HW.shape
    reach = 2 * max(1, round(_WRAP_REACH * frame_height)) + 1
    edge = np.clip(1 - cv2.blur(alpha_HW, (reach, reach)), 0, 1) * np.float32(_WRAP)
    small = cv2.resize(behind, (max(2, width // _SHRINK), max(2, height // _SHRINK)), interpolation=cv2.INTER_AREA)
    glow = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.0), (width, height), interpolation=cv2.INTER_LINEAR)
    wrapped: Rgb = cv2.blendLinear(cv2.max(glow, rgb), rgb, edge, 1 - edge)
    return wrapped
