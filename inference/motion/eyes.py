"""Eyes that close and look: the lids slide over an eyeball whose iris moves.

In the frame of one eye (see `eye_paint`) the upper lid's edge is lowered and the skin between it and the brow unfolds;
what shows between the lids is the white with the iris over it, so that nothing is squeezed when the eye closes. The
lids go with the eye: they are drawn down by a gaze that falls (Becker & Fuchs, J. Neurophysiol. 60 (1988) 1227).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.contour import height_at
from inference.motion.eye_paint import EyePainter
from inference.motion.models import Floats, Rgb

_LID_REACH = 0.62  # from the lid's edge up to the brow, eye widths
_LASHES = 0.06  # of the skin over the edge, that moves with it unstretched
_LOWER_REACH = 0.35
GAZE_X, GAZE_Y = 0.26, 0.15  # how far the iris travels at 1, eye widths
BALL_RADIUS = 0.40  # of an eye's width: 12 mm under lids that are 30 mm wide
_UPPER_FOLLOWS, _LOWER_FOLLOWS = 0.80, 0.35  # of the iris's way up or down
_WIDE_OPEN, _DROOPING, _TIGHT = 0.085, 0.50, 0.30  # eye widths; shares of the gap
_CREASE = 0.075  # over the lid's edge as the photo shows it


@dataclass(frozen=True)
class EyePose:
    """A frame's channels that one eye depends on."""

    blink: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    upper: float = 0.0
    lower: float = 0.0

    @property
    def rests(self) -> bool:
        """Whether the photo shows the eye as it is asked for."""
        return not any((self.blink, self.gaze_x, self.gaze_y, self.upper, self.lower))

    @property
    def moved(self) -> float:
        """0 at rest, 1 from where nothing of the photo's own eye may show through."""
        gaze = max(abs(self.gaze_x), abs(self.gaze_y))
        return min(1.0, 12 * abs(self.blink) + 12 * gaze + 8 * max(abs(self.upper), abs(self.lower)))


@dataclass(frozen=True)
class LidView:
    """A frame's view of an eye over some pixels: `skin_HW2` where the skin comes from (photo px), what lies over it.

    white_HW2, iris_HW2, lid_HW2: in pixels of the painter's pictures; ball_HW and lid_HW (0..1) say where the eyeball
    and the lid show; `shade_HW` multiplies the eyeball's light, `crease_HW` the lid's; `dark_HW` (0..1) are lashes.
    """

    skin_HW2: Floats
    white_HW2: Floats
    iris_HW2: Floats
    ball_HW: Floats
    shade_HW: Floats
    lid_HW: Floats
    crease_HW: Floats
    dark_HW: Floats


@dataclass(frozen=True)
class _Edges:
    """The lids' edges at every pixel, as the photo shows them and as they are now; how far the eye is shut, 0..1."""

    upper: Floats
    lower: Floats
    upper_now: Floats
    lower_now: Floats
    shut: Floats


def view_eye(eye: EyePainter, at_HW2: Floats, pose: EyePose, px_per_eye: float) -> LidView:
    """How the eye looks at photo points `at_HW2`."""
    local = (at_HW2 - eye.centre_2) @ eye.axes_22.T / eye.width_px
    x, y = local[..., 0], local[..., 1]
    edges = _edges(eye, x, pose)
    lowered, raised = edges.upper_now - edges.upper, edges.lower - edges.lower_now
    by_upper = y - lowered * _ease((edges.upper_now - _LASHES - y) / _LID_REACH)
    by_lower = y + raised * _ease((y - edges.lower_now) / _LOWER_REACH)
    source_y = np.where(y < (edges.upper_now + edges.lower_now) / 2, by_upper, by_lower)
    inside = np.minimum(y - edges.upper_now, edges.lower_now - y) * px_per_eye
    ball = np.clip(inside / 1.5 - 0.1, 0, 1) * (np.abs(x) < 0.5) * pose.moved
    shade = 1 - (0.10 + 0.30 * np.minimum(1, 2 * edges.shut)) * np.clip(1 - (y - edges.upper_now) / 0.10, 0, 1)
    lid, crease, dark = _close(x, y, edges, px_per_eye)
    return LidView(
        skin_HW2=_to_photo(eye, x, source_y),
        white_HW2=_to_patch(eye, x, y),
        iris_HW2=_to_patch(eye, *_look(eye, x, y, pose)),
        ball_HW=ball.astype(np.float32),
        shade_HW=shade.astype(np.float32),
        lid_HW=lid,
        crease_HW=crease,
        dark_HW=dark,
    )


def lay_eye(below_HW3: Floats, eye: EyePainter, view: LidView) -> Floats:
    """The eye over what is there, [H, W, 3] as floats."""
    white = _sample(eye.white_rgb, view.white_HW2)
    iris = _sample(eye.iris_rgba, view.iris_HW2)
    ball = white + (iris[..., :3] - white) * (iris[..., 3:] / 255)
    seen = below_HW3 + (ball * view.shade_HW[..., None] - below_HW3) * view.ball_HW[..., None]
    if view.lid_HW.any():
        lid = _sample(eye.lid_rgb, view.white_HW2) * view.crease_HW[..., None]
        seen = seen + (lid - seen) * view.lid_HW[..., None]
        seen = seen + (eye.lashes_3 - seen) * view.dark_HW[..., None]
    return seen


def _edges(eye: EyePainter, x: Floats, pose: EyePose) -> _Edges:
    upper, lower = height_at(eye.upper_N, x), height_at(eye.lower_N, x)
    gap = lower - upper
    fall = -GAZE_Y * pose.gaze_y
    tapered = np.clip((0.52 - np.abs(x)) / 0.25, 0, 1)
    lower_now = lower - gap * (0.05 * pose.blink + _TIGHT * pose.lower) + _LOWER_FOLLOWS * max(fall, 0) * tapered
    open_to = tapered * (_UPPER_FOLLOWS * fall - _WIDE_OPEN * max(pose.upper, 0)) + _DROOPING * gap * max(
        -pose.upper, 0
    )
    open_to = np.clip(open_to, -0.10, 0.85 * gap)
    shut_to = lower_now - upper - 0.02 * gap
    upper_now = upper + open_to + (shut_to - open_to) * np.float32(pose.blink)
    shut = np.clip((upper_now - upper) / np.maximum(lower_now - upper, 1e-3), 0, 1)
    return _Edges(upper, lower, upper_now, lower_now, shut)


def _close(x: Floats, y: Floats, edges: _Edges, px_per_eye: float) -> tuple[Floats, Floats, Floats]:
    """How far the unfolded lid covers, how its crease shades it, and how dark the lashes are along its edge."""
    if not edges.shut.any():
        nothing = np.zeros(x.shape, np.float32)
        return nothing, np.ones(x.shape, np.float32), nothing
    along = _smooth((0.53 - np.abs(x)) / 0.16) * np.clip(4 * edges.shut, 0, 1)
    from_fold = _smooth((y - edges.upper + 0.17) / 0.15)
    from_edge = np.clip((edges.upper_now - 0.030 - y) / 0.03, 0, 1)
    lid = from_fold * from_edge * along
    crease = (
        1
        - 0.15 * np.exp(-(((y - edges.upper + _CREASE) / 0.045) ** 2))
        - 0.10 * np.exp(-(((y - edges.upper_now + 0.05) / 0.05) ** 2))
    )
    thick = np.maximum(0.016 + 0.022 * edges.shut * np.clip(1.2 - 2 * np.abs(x), 0.3, 1), 0.9 / px_per_eye)
    under = np.where(y > edges.upper_now, 1.5, 1.0) * thick  # lashes fall a little over the lower lid
    soft = _smooth((0.54 - np.abs(x)) / 0.24)
    dark = 0.70 * soft * np.exp(-(((y - edges.upper_now + 0.006) / under) ** 2)) * _smooth(1.6 * edges.shut)
    return lid.astype(np.float32), crease.astype(np.float32), dark.astype(np.float32)


def _look(eye: EyePainter, x: Floats, y: Floats, pose: EyePose) -> tuple[Floats, Floats]:
    """Where on the iris's picture to look: a disc on a ball, seen narrower the farther it is turned away."""
    move = np.array([GAZE_X * pose.gaze_x, -GAZE_Y * pose.gaze_y], np.float32)
    narrow = np.clip(_seen_width(eye.iris_2[0] + move[0]) / _seen_width(eye.iris_2[0]), 0.7, 1.2)
    return eye.iris_2[0] + (x - eye.iris_2[0] - move[0]) / narrow, y - move[1]


def _seen_width(off: float) -> float:
    return float(np.sqrt(1 - np.clip(off / BALL_RADIUS, -0.9, 0.9) ** 2))


def _sample(picture: Rgb, at_HW2: Floats) -> Floats:
    sampled = cv2.remap(picture, at_HW2, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)


def _to_photo(eye: EyePainter, x: Floats, y: Floats) -> Floats:
    photo = np.stack([x, y], axis=-1) @ (eye.axes_22 * eye.width_px) + eye.centre_2
    return photo.astype(np.float32)


def _to_patch(eye: EyePainter, x: Floats, y: Floats) -> Floats:
    patch = (_to_photo(eye, x, y) - eye.origin_2 + 0.5) * eye.texture_scale - 0.5
    return patch.astype(np.float32)


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    smooth: Floats = t * t * (3 - 2 * t)
    return smooth


def _ease(t: Floats) -> Floats:
    """1 at the lid's edge, 0 from the reach on; never so steep that skin folds over."""
    t = np.clip(t, 0, 1)
    ease: Floats = (1 - t) * (1 - t) * (1 + 0.6 * t)
    return ease
