"""The opening mouth: which skin is upper lip, which belongs to the jaw, and what shows between them.

In the frame of the mouth (x along the inner corners, y down, in mouth widths, origin midway). Upper teeth hang from
the skull, tongue and lower lip ride on the jaw. A photo that already shows teeth keeps its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.motion.contour import height_at, trace
from inference.motion.mesh import LOWER_INNER_LIP, UPPER_INNER_LIP, FaceMesh
from inference.motion.models import Floats, Rgb

PARTED_REACH = 1.15  # mouth widths above and below the lips: so far the two sides of the jaw's field differ
_SHOWS_TEETH_FROM = 0.07  # gap of the photo's own mouth, in its widths
_CAVITY_RGB = np.array([38, 12, 12], np.float32)
_TONGUE_RGB = np.array([158, 78, 76], np.float32)
_TEETH_RGB = np.array([226, 216, 200], np.float32)
_BRIGHT_SKIN = 190.0


@dataclass(frozen=True)
class MouthPainter:
    """What the mouth needs, once per reference. Curves are heights over x in -0.5..0.5; light scales drawn colours."""

    centre_2: Floats
    axes_22: Floats
    width_px: float
    upper_N: Floats
    lower_N: Floats
    shows_teeth: bool
    light: float

    @property
    def softness(self) -> float:
        """The photo's own blur, about one of its pixels, in mouth widths: what is drawn is no sharper than that."""
        return float(np.clip(1.0 / self.width_px, 0.012, 0.06))

    def outline(self) -> Floats:
        """Photo points [N, 2] around all that moves otherwise with the jaw than with the skull (see `build_rig`)."""
        x, y = np.meshgrid([-0.54, -0.25, 0, 0.25, 0.54], [-PARTED_REACH, 0, PARTED_REACH])
        local = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32)
        points: Floats = self.centre_2 + self.width_px * local @ self.axes_22
        return points


@dataclass(frozen=True)
class MouthView:
    """A frame's view over some pixels: skin from photo points; and within `hollow` of them the inside, where shown_HW.

    own_teeth_HW: how much of the inside is the photo's own teeth, to be sampled at the skull's points.
    """

    skin_HW2: Floats
    hollow: tuple[slice, slice]
    inside_rgb_HW3: Floats
    own_teeth_HW: Floats
    shown_HW: Floats


def prepare_mouth(mesh: FaceMesh, rgb_HWC_uint8: Rgb) -> MouthPainter:
    """Measure the lips and the light on the face."""
    upper, lower = mesh.points_N3[list(UPPER_INNER_LIP), :2], mesh.points_N3[list(LOWER_INNER_LIP), :2]
    width = float(np.linalg.norm(upper[-1] - upper[0]))
    along = (upper[-1] - upper[0]) / width
    axes = np.array([along, [-along[1], along[0]]], np.float32)
    centre = (upper[0] + upper[-1]) / 2
    upper_curve = trace((upper - centre) @ axes.T / width, 1.5)
    lower_curve = np.maximum(trace((lower - centre) @ axes.T / width, 1.5), upper_curve)
    gap = float((lower_curve - upper_curve).max())
    return MouthPainter(
        centre, axes, width, upper_curve, lower_curve, gap > _SHOWS_TEETH_FROM, _light(mesh, rgb_HWC_uint8)
    )


@dataclass(frozen=True)
class MouthPose:
    """A frame's channels that the inside of the mouth depends on; `parted`: how far its lips move at all."""

    jaw: float
    parted: float
    upper_lip: float
    tongue: float


def view_mouth(
    mouth: MouthPainter, skull_HW2: Floats, jaw_HW2: Floats, pose: MouthPose, px_per_mouth: float
) -> MouthView:
    """How the mouth looks where pixels are photo points `skull_HW2` if skull's, `jaw_HW2` if the jaw's."""
    up = (skull_HW2 - mouth.centre_2) @ mouth.axes_22.T / mouth.width_px
    low = (jaw_HW2 - mouth.centre_2) @ mouth.axes_22.T / mouth.width_px
    below_upper = up[..., 1] - height_at(mouth.upper_N, up[..., 0])
    above_lower = height_at(mouth.lower_N, low[..., 0]) - low[..., 1]
    skin = np.where((above_lower < below_upper)[..., None], jaw_HW2, skull_HW2)
    edge = np.minimum(below_upper, above_lower) * px_per_mouth
    corner = np.clip((0.5 - np.abs(up[..., 0])) / 0.04, 0, 1)
    shown = np.clip(edge / (0.8 + mouth.softness * px_per_mouth), 0, 1) * corner * min(1.0, pose.parted / 0.10)
    hollow = _bounds(shown)
    drawn = (up[hollow], low[hollow], below_upper[hollow], above_lower[hollow])
    inside, own = _draw_inside(mouth, *drawn, pose)
    return MouthView(skin.astype(np.float32), hollow, inside, own, shown[hollow].astype(np.float32))


def _bounds(shown_HW: Floats) -> tuple[slice, slice]:
    """Rows and columns that hold everything above 0 (one pixel where there is nothing)."""
    rows, columns = np.flatnonzero(shown_HW.any(axis=1)), np.flatnonzero(shown_HW.any(axis=0))
    if not len(rows):
        return slice(0, 1), slice(0, 1)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _draw_inside(
    mouth: MouthPainter, up: Floats, low: Floats, below_upper: Floats, above_lower: Floats, pose: MouthPose
) -> tuple[Floats, Floats]:
    x, jaw = up[..., 0], pose.jaw
    roundness = np.clip(1 - (2 * x) ** 4, 0, 1)
    colour = np.broadcast_to(_CAVITY_RGB, (*x.shape, 3)) * (0.6 + 0.4 * roundness[..., None])
    tongue_top = 0.17 * np.clip(1 - (low[..., 0] / 0.40) ** 2, 0, 1) * min(1.0, jaw / 0.5)
    if pose.tongue > 0:  # its tip, narrower than the rest, reaches the upper teeth
        tip = (below_upper + above_lower - 0.06) * np.clip(1 - (low[..., 0] / 0.26) ** 2, 0, 1)
        tongue_top = np.maximum(tongue_top, pose.tongue * tip)
    tongue = _step((tongue_top - above_lower) / 0.10)[..., None] * 0.85
    lit = 0.45 + 0.35 * np.clip(above_lower / 0.12, 0, 1) - 0.10 * np.exp(-((low[..., 0] / 0.03) ** 2))
    colour = colour + (_TONGUE_RGB * lit[..., None] - colour) * tongue
    if mouth.shows_teeth:
        own = _step((height_at(mouth.lower_N, x) - 0.012 - up[..., 1]) / 0.03)
    else:
        own = np.zeros_like(x)
        height = 0.105 * np.clip(1 - (1.75 * x) ** 2, 0, 1) * min(1.0, jaw / 0.35 + pose.upper_lip)
        teeth = _step((height - below_upper) / mouth.softness) * np.clip(height / 0.03, 0, 1)
        seam = 1 - 0.10 * np.exp(-(((x * 11 + 0.5) % 1 - 0.5) ** 2) / 0.006)
        shade = (0.62 + 0.38 * np.clip(below_upper / 0.05, 0, 1)) * (0.55 + 0.45 * roundness) * seam
        colour = colour + (_TEETH_RGB * shade[..., None] * 0.80 - colour) * teeth[..., None]
    under_lip = 0.55 + 0.45 * np.clip(np.minimum(below_upper, above_lower) / 0.05, 0, 1)
    drawn = colour * (mouth.light * under_lip)[..., None]
    return drawn.astype(np.float32), own.astype(np.float32)


def _light(mesh: FaceMesh, rgb: Rgb) -> float:
    """How brightly the face is lit, 0.45..1.1, from the cheeks' and nose's brightest channel."""
    height, width = rgb.shape[:2]
    points = np.round(mesh.points_N3[[50, 280, 205, 425, 4, 199], :2]).astype(int)
    x, y = np.clip(points[:, 0], 0, width - 1), np.clip(points[:, 1], 0, height - 1)
    return float(np.clip(np.median(rgb[y, x].max(axis=1)) / _BRIGHT_SKIN, 0.45, 1.1))


def _step(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    step: Floats = t * t * (3 - 2 * t)
    return step
