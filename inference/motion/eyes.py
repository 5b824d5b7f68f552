"""Eyes that close and look: the lids slide over an eyeball whose iris moves.

In the frame of one eye (x along its corners, y down, in eye widths, origin midway) the upper lid's edge is lowered
and the skin between it and the brow unfolds; what shows between the lids is a separate picture of the eyeball, the
photo's own with the lids painted out, so that nothing is squeezed when the eye closes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.matte import fill
from inference.motion.mesh import Eye
from inference.motion.models import Floats, Rgb

_SAMPLES = 65
_LID_REACH = 0.62  # from the lid's edge up to the brow, eye widths
_LOWER_REACH = 0.35
_GAZE_X, _GAZE_Y = 0.15, 0.075  # how far the iris travels at 1, eye widths
_LID_FOLLOWS_GAZE = 0.10
_PATCH_X, _PATCH_Y = 0.85, 0.75  # half size of the eyeball's picture, eye widths


@dataclass(frozen=True)
class EyePainter:
    """What one eye needs, once per reference. Curves are sampled over x in -0.5..0.5."""

    centre_2: Floats
    axes_22: Floats
    width_px: float
    upper_N: Floats
    lower_N: Floats
    iris_2: Floats
    iris_radius: float
    ball_rgb: Rgb
    ball_origin_2: Floats
    texture_scale: float

    def outline(self) -> Floats:
        """Photo points [N, 2] around everything that this eye may change."""
        x, y = np.meshgrid([-0.62, -0.3, 0, 0.3, 0.62], [-0.95, -0.5, 0, 0.45])
        local = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32)
        points: Floats = self.centre_2 + self.width_px * local @ self.axes_22
        return points


@dataclass(frozen=True)
class LidView:
    """A frame's view of an eye over some pixels: `skin_HW2` where the skin comes from (photo px), the eyeball between.

    ball_HW2: in pixels of ball_rgb; shown_HW in 0..1; shade_HW multiplies the eyeball's light.
    """

    skin_HW2: Floats
    ball_HW2: Floats
    shown_HW: Floats
    shade_HW: Floats


def prepare_eye(eye: Eye, texture_rgb: Rgb, texture_origin_2: Floats, texture_scale: float) -> EyePainter:
    """Measure the lids and paint the eyeball. The texture is the photo, scaled; its origin is in photo pixels."""
    left, right = eye.upper_lid_N2[0], eye.upper_lid_N2[-1]
    width = float(np.linalg.norm(right - left))
    along = (right - left) / width
    axes = np.array([along, [-along[1], along[0]]], np.float32)
    centre = (left + right) / 2
    upper = _curve((eye.upper_lid_N2 - centre) @ axes.T / width)
    lower = np.maximum(_curve((eye.lower_lid_N2 - centre) @ axes.T / width), upper)
    iris = (eye.iris_centre_2 - centre) @ axes.T / width
    half = np.abs(np.array([_PATCH_X, _PATCH_Y]) @ np.abs(axes)) * width
    low = np.floor((centre - half - texture_origin_2) * texture_scale).astype(int)
    high = np.ceil((centre + half - texture_origin_2) * texture_scale).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, texture_rgb.shape[1::-1])
    patch = texture_rgb[low[1] : high[1], low[0] : high[0]]
    origin = texture_origin_2 + low / texture_scale
    painter = EyePainter(
        centre, axes, width, upper, lower, iris.astype(np.float32), eye.iris_radius_px / width,
        patch, origin.astype(np.float32), texture_scale,
    )  # fmt: skip
    return _paint_ball(painter)


def view_eye(eye: EyePainter, at_HW2: Floats, blink: float, gaze: tuple[float, float], px_per_eye: float) -> LidView:
    """How the eye looks at photo points `at_HW2`, with its lids `blink` closed and its gaze turned (-1..1 each)."""
    local = (at_HW2 - eye.centre_2) @ eye.axes_22.T / eye.width_px
    x, y = local[..., 0], local[..., 1]
    upper, lower = _at(eye.upper_N, x), _at(eye.lower_N, x)
    gap = lower - upper
    lowered = gap * np.float32(np.clip(0.94 * blink - _LID_FOLLOWS_GAZE * gaze[1] * (1 - blink), -0.15, 0.94))
    raised = gap * np.float32(0.06 * blink)
    upper_edge, lower_edge = upper + lowered, lower - raised
    source_y = y - lowered * _ease((upper_edge - y) / _LID_REACH) * (y < upper_edge)
    source_y += raised * _ease((y - lower_edge) / _LOWER_REACH) * (y > lower_edge)
    skin = np.stack([x, source_y], axis=-1) @ (eye.axes_22 * eye.width_px) + eye.centre_2
    ball = _look(eye, x, y, gaze)
    inside = np.minimum(y - upper_edge, lower_edge - y) * px_per_eye
    shown = np.clip(inside / 1.5 - 0.1, 0, 1) * (np.abs(x) < 0.5)
    activity = min(1.0, 12 * abs(blink) + 8 * max(abs(gaze[0]), abs(gaze[1])))
    shade = 1 - 0.35 * min(1.0, 3 * blink) * np.clip(1 - (y - upper_edge) / 0.10, 0, 1)
    return LidView(skin.astype(np.float32), ball, (shown * activity).astype(np.float32), shade.astype(np.float32))


def _look(eye: EyePainter, x: Floats, y: Floats, gaze: tuple[float, float]) -> Floats:
    """Pixels of the eyeball's picture: the iris moves as a disc, the white around it gives way."""
    move = np.array([_GAZE_X * gaze[0], -_GAZE_Y * gaze[1]], np.float32)
    away = np.hypot(x - eye.iris_2[0] - move[0], y - eye.iris_2[1] - move[1])
    carried = _fade((away - 1.1 * eye.iris_radius) / (1.6 * eye.iris_radius))
    local = np.stack([x - move[0] * carried, y - move[1] * carried], axis=-1)
    photo = local @ (eye.axes_22 * eye.width_px) + eye.centre_2
    ball: Floats = ((photo - eye.ball_origin_2 + 0.5) * eye.texture_scale - 0.5).astype(np.float32)
    return ball


def _paint_ball(eye: EyePainter) -> EyePainter:
    height, width = eye.ball_rgb.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    photo = (np.stack([x, y], axis=-1) + 0.5) / eye.texture_scale - 0.5 + eye.ball_origin_2
    local = (photo - eye.centre_2) @ eye.axes_22.T / eye.width_px
    inside = np.minimum(
        local[..., 1] - _at(eye.upper_N, local[..., 0]), _at(eye.lower_N, local[..., 0]) - local[..., 1]
    )
    known = np.clip((inside - 0.015) / 0.02, 0, 1) * (np.abs(local[..., 0]) < 0.47)
    known = cv2.GaussianBlur(known.astype(np.float32), (0, 0), 0.6)
    ball = fill(eye.ball_rgb.astype(np.float32), known)
    painted = np.clip(np.round(ball), 0, 255).astype(np.uint8)
    return EyePainter(
        eye.centre_2, eye.axes_22, eye.width_px, eye.upper_N, eye.lower_N, eye.iris_2, eye.iris_radius,
        painted, eye.ball_origin_2, eye.texture_scale,
    )  # fmt: skip


def _curve(points_N2: Floats) -> Floats:
    order = np.argsort(points_N2[:, 0])
    xs = np.linspace(-0.5, 0.5, _SAMPLES)
    heights = np.interp(xs, points_N2[order, 0], points_N2[order, 1]).astype(np.float32)
    smooth: Floats = cv2.GaussianBlur(heights[None], (0, 0), 2.0, borderType=cv2.BORDER_REPLICATE)[0]
    return smooth


def _at(curve_N: Floats, x: Floats) -> Floats:
    position = np.clip((x + 0.5) * (_SAMPLES - 1), 0, _SAMPLES - 1.001)
    low = position.astype(np.int32)
    part = position - low
    value: Floats = curve_N[low] * (1 - part) + curve_N[low + 1] * part
    return value


def _ease(t: Floats) -> Floats:
    """1 at the lid's edge, 0 from the reach on; steepest in the fold, never so steep that skin folds over."""
    t = np.clip(t, 0, 1)
    ease: Floats = (1 - t) * (1 - t) * (1 + 0.6 * t)
    return ease


def _fade(t: Floats) -> Floats:
    fade: Floats = 1 - np.clip(t, 0, 1)
    return fade
