"""Eyes that close and look: the lids slide over an eyeball whose iris moves.

In the frame of one eye (x along its corners, y down, in eye widths, origin midway) the upper lid's edge is lowered
and the skin between it and the brow unfolds; what shows between the lids is a separate picture of the eyeball, the
photo's own with the lids painted out, so that nothing is squeezed when the eye closes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from inference.motion.contour import height_at, trace
from inference.motion.inpaint import fill
from inference.motion.mesh import Eye
from inference.motion.models import Floats, Rgb

_LID_REACH = 0.62  # from the lid's edge up to the brow, eye widths
_LASHES = 0.06  # of the skin over the edge, that moves with it unstretched
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
    lid_rgb: Rgb
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
    """A frame's view of an eye over some pixels: `skin_HW2` where the skin comes from (photo px), what lies over it.

    ball_HW2, lid_HW2: in pixels of ball_rgb and lid_rgb, shown by ball_HW, lid_HW (0..1); `shade_HW` multiplies the
    eyeball's light, `dark_HW` (0..1) draws the line of the lashes.
    """

    skin_HW2: Floats
    ball_HW2: Floats
    ball_HW: Floats
    shade_HW: Floats
    lid_HW2: Floats
    lid_HW: Floats
    dark_HW: Floats


def prepare_eye(eye: Eye, texture_rgb: Rgb, texture_origin_2: Floats, texture_scale: float) -> EyePainter:
    """Measure the lids and paint the eyeball. The texture is the photo, scaled; its origin is in photo pixels."""
    left, right = eye.upper_lid_N2[0], eye.upper_lid_N2[-1]
    width = float(np.linalg.norm(right - left))
    along = (right - left) / width
    axes = np.array([along, [-along[1], along[0]]], np.float32)
    centre = (left + right) / 2
    upper = trace((eye.upper_lid_N2 - centre) @ axes.T / width, 2.0)
    lower = np.maximum(trace((eye.lower_lid_N2 - centre) @ axes.T / width, 2.0), upper)
    iris = (eye.iris_centre_2 - centre) @ axes.T / width
    half = np.abs(np.array([_PATCH_X, _PATCH_Y]) @ np.abs(axes)) * width
    low = np.floor((centre - half - texture_origin_2) * texture_scale).astype(int)
    high = np.ceil((centre + half - texture_origin_2) * texture_scale).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, texture_rgb.shape[1::-1])
    patch = texture_rgb[low[1] : high[1], low[0] : high[0]]
    origin = texture_origin_2 + low / texture_scale
    painter = EyePainter(
        centre, axes, width, upper, lower, iris.astype(np.float32), eye.iris_radius_px / width,
        patch, patch, origin.astype(np.float32), texture_scale,
    )  # fmt: skip
    return _paint(painter)


def view_eye(eye: EyePainter, at_HW2: Floats, blink: float, gaze: tuple[float, float], px_per_eye: float) -> LidView:
    """How the eye looks at photo points `at_HW2`, with its lids `blink` closed and its gaze turned (-1..1 each)."""
    local = (at_HW2 - eye.centre_2) @ eye.axes_22.T / eye.width_px
    x, y = local[..., 0], local[..., 1]
    upper, lower = height_at(eye.upper_N, x), height_at(eye.lower_N, x)
    gap = lower - upper
    lowered = gap * np.float32(np.clip(0.95 * blink - _LID_FOLLOWS_GAZE * gaze[1] * (1 - blink), -0.15, 0.95))
    raised = gap * np.float32(0.05 * blink)
    upper_edge, lower_edge = upper + lowered, lower - raised
    by_upper = y - lowered * _ease((upper_edge - _LASHES - y) / _LID_REACH)
    by_lower = y + raised * _ease((y - lower_edge) / _LOWER_REACH)
    source_y = np.where(y < (upper_edge + lower_edge) / 2, by_upper, by_lower)
    inside = np.minimum(y - upper_edge, lower_edge - y) * px_per_eye
    activity = min(1.0, 12 * abs(blink) + 8 * max(abs(gaze[0]), abs(gaze[1])))
    ball = np.clip(inside / 1.5 - 0.1, 0, 1) * (np.abs(x) < 0.5) * activity
    shade = 1 - 0.35 * min(1.0, 3 * blink) * np.clip(1 - (y - upper_edge) / 0.10, 0, 1)
    lid, dark = _close(x, y, upper, upper_edge, gap, blink)
    return LidView(
        skin_HW2=_to_photo(eye, x, source_y),
        ball_HW2=_to_patch(eye, *_look(eye, x, y, gaze)),
        ball_HW=ball.astype(np.float32),
        shade_HW=shade.astype(np.float32),
        lid_HW2=_to_patch(eye, x, y),
        lid_HW=lid,
        dark_HW=dark,
    )


def _close(x: Floats, y: Floats, upper: Floats, upper_edge: Floats, gap: Floats, blink: float) -> tuple[Floats, Floats]:
    """How far the unfolded lid covers, and how dark the line of the lashes is along its edge."""
    along = np.clip((0.5 - np.abs(x)) / 0.10, 0, 1) * min(1.0, 3 * blink)
    from_fold = np.clip((y - upper + 0.13) / 0.11, 0, 1)
    from_edge = np.clip((upper_edge - 0.035 - y) / 0.03, 0, 1)
    lid = from_fold * from_edge * along
    thick = 0.018 + 0.05 * gap
    dark = 0.45 * along * np.exp(-(((y - upper_edge + 0.008) / thick) ** 2)) * min(1.0, 1.4 * blink)
    return lid.astype(np.float32), dark.astype(np.float32)


def _look(eye: EyePainter, x: Floats, y: Floats, gaze: tuple[float, float]) -> tuple[Floats, Floats]:
    """Where on the eyeball's picture to look: the iris moves as a disc, the white around it gives way."""
    move = np.array([_GAZE_X * gaze[0], -_GAZE_Y * gaze[1]], np.float32)
    away = np.hypot(x - eye.iris_2[0] - move[0], y - eye.iris_2[1] - move[1])
    carried = 1 - np.clip((away - 1.1 * eye.iris_radius) / (1.6 * eye.iris_radius), 0, 1)
    return x - move[0] * carried, y - move[1] * carried


def _to_photo(eye: EyePainter, x: Floats, y: Floats) -> Floats:
    photo = np.stack([x, y], axis=-1) @ (eye.axes_22 * eye.width_px) + eye.centre_2
    return photo.astype(np.float32)


def _to_patch(eye: EyePainter, x: Floats, y: Floats) -> Floats:
    patch = (_to_photo(eye, x, y) - eye.ball_origin_2 + 0.5) * eye.texture_scale - 0.5
    return patch.astype(np.float32)


def _paint(eye: EyePainter) -> EyePainter:
    """Paint the lids out of the eyeball, and the eye and its lashes out of the lid."""
    height, width = eye.ball_rgb.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    photo = (np.stack([x, y], axis=-1) + 0.5) / eye.texture_scale - 0.5 + eye.ball_origin_2
    local = (photo - eye.centre_2) @ eye.axes_22.T / eye.width_px
    below_upper = local[..., 1] - height_at(eye.upper_N, local[..., 0])
    above_lower = height_at(eye.lower_N, local[..., 0]) - local[..., 1]
    white = np.clip((np.minimum(below_upper, above_lower) - 0.015) / 0.02, 0, 1) * (np.abs(local[..., 0]) < 0.47)
    lashes = np.minimum(below_upper + 0.17, above_lower + 0.08)
    skin = np.clip(-lashes / 0.03, 0, 1) * (local[..., 1] > -0.42) + 1e-4
    skin = np.maximum(skin, (np.abs(local[..., 0]) > 0.66) * (local[..., 1] > -0.2))
    return replace(eye, ball_rgb=_fill_around(eye.ball_rgb, white), lid_rgb=_fill_around(eye.ball_rgb, skin))


def _fill_around(rgb: Rgb, known: Floats) -> Rgb:
    known = cv2.GaussianBlur(known.astype(np.float32), (0, 0), 0.6)
    return np.clip(np.round(fill(rgb.astype(np.float32), known)), 0, 255).astype(np.uint8)


def _ease(t: Floats) -> Floats:
    """1 at the lid's edge, 0 from the reach on; never so steep that skin folds over."""
    t = np.clip(t, 0, 1)
    ease: Floats = (1 - t) * (1 - t) * (1 + 0.6 * t)
    return ease
