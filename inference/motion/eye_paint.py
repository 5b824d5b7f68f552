"""The parts of one eye as pictures of their own, painted once a reference: the white, the iris, the skin of the lid.

In the frame of one eye (x along its corners, y down, in eye widths, origin midway). A photo shows an iris half covered
by its lids; what is hidden is what its other half shows, so that the iris is whole wherever it is moved to. The lid
unfolds to skin that no photo of an open eye shows: it gets that of under the eye, mirrored, in the light of above it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.contour import height_at, trace
from inference.motion.inpaint import fill
from inference.motion.mesh import Eye
from inference.motion.models import Floats, Rgb

_PATCH_X, _PATCH_Y = 0.85, 0.75  # half size of the pictures, eye widths
_LIMBUS = 1.10  # of the iris's radius: its soft edge ends there
_IRIS_GONE = 1.28  # beyond this much of its radius the white is free of it
_UNDER_EYE = 0.09  # below the lower lid's edge, where its lashes end
_LASH_SHARE = 0.30  # of the lid's own colour, where the photo's lashes are not darker


@dataclass(frozen=True)
class EyePainter:
    """What one eye needs, once per reference. Curves are sampled over x in -0.5..0.5.

    white_rgb, iris_rgba, lid_rgb: pictures of one size at `origin_2`, photo pixels. lashes_3: their colour.
    """

    centre_2: Floats
    axes_22: Floats
    width_px: float
    upper_N: Floats
    lower_N: Floats
    iris_2: Floats
    iris_radius: float
    white_rgb: Rgb
    iris_rgba: Rgb
    lid_rgb: Rgb
    lashes_3: Floats
    origin_2: Floats
    texture_scale: float

    def outline(self) -> Floats:
        """Photo points [N, 2] around everything that this eye may change."""
        x, y = np.meshgrid([-0.66, -0.3, 0, 0.3, 0.66], [-0.95, -0.5, 0, 0.5])
        local = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32)
        points: Floats = self.centre_2 + self.width_px * local @ self.axes_22
        return points


@dataclass(frozen=True)
class _Patch:
    """The photo around one eye, with every pixel's place in the eye's frame."""

    rgb: Floats
    x: Floats
    y: Floats
    upper: Floats
    lower: Floats
    px_per_eye: float


def prepare_eye(eye: Eye, texture_rgb: Rgb, texture_origin_2: Floats, texture_scale: float) -> EyePainter:
    """Measure the lids and paint the parts. The texture is the photo, scaled; its origin is in photo pixels."""
    left, right = eye.upper_lid_N2[0], eye.upper_lid_N2[-1]
    width = float(np.linalg.norm(right - left))
    along = (right - left) / width
    axes = np.array([along, [-along[1], along[0]]], np.float32)
    centre = (left + right) / 2
    upper = trace((eye.upper_lid_N2 - centre) @ axes.T / width, 2.0)
    lower = np.maximum(trace((eye.lower_lid_N2 - centre) @ axes.T / width, 2.0), upper)
    iris, radius = (eye.iris_centre_2 - centre) @ axes.T / width, eye.iris_radius_px / width
    half = np.abs(np.array([_PATCH_X, _PATCH_Y]) @ np.abs(axes)) * width
    low = np.floor((centre - half - texture_origin_2) * texture_scale).astype(int)
    high = np.ceil((centre + half - texture_origin_2) * texture_scale).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, texture_rgb.shape[1::-1])
    origin = (texture_origin_2 + low / texture_scale).astype(np.float32)
    rgb = texture_rgb[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    columns, rows = np.meshgrid(np.arange(rgb.shape[1]), np.arange(rgb.shape[0]))
    photo = (np.stack([columns, rows], axis=-1) + 0.5) / texture_scale - 0.5 + origin
    local = ((photo - centre) @ axes.T / width).astype(np.float32)
    x, y = local[..., 0], local[..., 1]
    patch = _Patch(rgb, x, y, height_at(upper, x), height_at(lower, x), width * texture_scale)
    lid_rgb = _paint_lid(patch)
    return EyePainter(
        centre, axes, width, upper, lower, iris.astype(np.float32), radius,
        _to_8(_paint_white(patch, iris, radius)), _paint_iris(patch, iris, radius), _to_8(lid_rgb),
        _lash_colour(patch, lid_rgb), origin, texture_scale,
    )  # fmt: skip


def _paint_white(patch: _Patch, iris_2: Floats, radius: float) -> Floats:
    """The eyeball without its iris, and without the lids that lie over it."""
    away = np.hypot(patch.x - iris_2[0], patch.y - iris_2[1]) / radius
    inside = np.minimum(patch.y - patch.upper, patch.lower - patch.y)
    known = np.clip((inside - 0.03) / 0.02, 0, 1) * (np.abs(patch.x) < 0.47) * np.clip((away - _IRIS_GONE) / 0.1, 0, 1)
    if known.sum() < 12:  # an eye that is nearly shut, or all iris
        known = np.clip((inside - 0.01) / 0.02, 0, 1) * (np.abs(patch.x) < 0.49) + 1e-3
    return fill(patch.rgb, known.astype(np.float32))


def _paint_iris(patch: _Patch, iris_2: Floats, radius: float) -> Rgb:
    """The whole disc with a soft edge: what the lids cover is the disc's other half, else its rings' mean."""
    dx, dy = patch.x - iris_2[0], patch.y - iris_2[1]
    away = np.hypot(dx, dy) / radius
    inside = np.minimum(patch.y - patch.upper, patch.lower - patch.y)
    seen = np.clip((inside - 0.025) / 0.03, 0, 1).astype(np.float32)
    columns, rows = np.meshgrid(np.arange(patch.x.shape[1]), np.arange(patch.x.shape[0]))
    across, down = ((axis - 2 * d * patch.px_per_eye).astype(np.float32) for axis, d in ((columns, dx), (rows, dy)))
    mirrored = cv2.remap(patch.rgb, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mirrored_seen = cv2.remap(seen, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    rings = _ring_means(patch.rgb, away, seen)
    whole = rings + (mirrored - rings) * mirrored_seen[..., None]
    whole = whole + (patch.rgb - whole) * seen[..., None]
    soft = max(0.10, 1.2 / (radius * patch.px_per_eye))
    alpha = np.clip((_LIMBUS - away) / soft, 0, 1)
    return np.dstack([_to_8(whole), np.round(alpha * 255).astype(np.uint8)])


def _ring_means(rgb: Floats, away: Floats, seen: Floats) -> Floats:
    edges = np.linspace(0, 1.4, 15)
    ring = np.clip(np.digitize(away, edges) - 1, 0, len(edges) - 1)
    weight = np.bincount(ring.ravel(), seen.ravel(), len(edges))
    means: Floats = np.stack(
        [np.bincount(ring.ravel(), (rgb[..., i] * seen).ravel(), len(edges)) for i in range(3)], axis=-1
    )
    known = weight > 1e-3
    if not known.any():
        return rgb
    means[known] = means[known] / weight[known, None]
    at = np.arange(len(edges))
    curve = np.stack([np.interp(at, at[known], means[known, i]) for i in range(3)], axis=-1)
    position = np.clip(away / edges[1] - 0.5, 0, len(edges) - 1.001)
    low = position.astype(int)
    part = (position - low)[..., None]
    drawn: Floats = (curve[low] * (1 - part) + curve[low + 1] * part).astype(np.float32)
    return drawn


def _paint_lid(patch: _Patch) -> Floats:
    """Skin for everything between brow and cheek, round as the ball under it is."""
    below = (patch.lower + _UNDER_EYE + 0.55 * np.abs(patch.lower - patch.y)) - patch.y
    columns, rows = np.meshgrid(np.arange(patch.x.shape[1]), np.arange(patch.x.shape[0]))
    at = (rows + below * patch.px_per_eye).astype(np.float32)
    skin = cv2.remap(patch.rgb, columns.astype(np.float32), at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    broad = cv2.GaussianBlur(skin, (0, 0), 0.10 * patch.px_per_eye)
    above = _mean_of(patch, (patch.y < patch.upper - 0.14) & (patch.y > patch.upper - 0.26) & (abs(patch.x) < 0.4))
    under = _mean_of(patch, (patch.y > patch.lower + 0.10) & (patch.y < patch.lower + 0.24) & (abs(patch.x) < 0.4))
    depth = np.clip((patch.y - patch.upper + 0.10) / (patch.lower - patch.upper + 0.10).clip(0.05), 0, 1)[..., None]
    light = (0.35 + 0.40 * depth) * 1.0 + (0.65 - 0.40 * depth) * above / np.maximum(under, 1)
    rounded = 0.90 + 0.13 * np.clip(1 - (1.9 * patch.x) ** 2, 0, 1)[..., None]
    painted: Floats = (broad + 0.7 * (skin - broad)) * light * rounded * (1 - 0.10 * (depth - 0.5) ** 2)
    return painted


def _mean_of(patch: _Patch, where: npt.NDArray[np.bool_]) -> Floats:
    found = patch.rgb[where]
    mean: Floats = found.mean(axis=0) if len(found) else patch.rgb.mean(axis=(0, 1))
    return mean


def _lash_colour(patch: _Patch, lid_rgb: Floats) -> Floats:
    """As dark as the photo's own upper lashes, and darker than skin in any case."""
    band = (np.abs(patch.y - patch.upper) < 0.05) & (np.abs(patch.x) < 0.4)
    skin = lid_rgb[band].mean(axis=0) if band.any() else lid_rgb.mean(axis=(0, 1))
    dark = np.percentile(patch.rgb[band], 12, axis=0) if band.any() else skin
    colour: Floats = np.minimum(dark, skin * _LASH_SHARE + 14).astype(np.float32)
    return colour


def _to_8(rgb: Floats) -> Rgb:
    return np.clip(np.round(rgb), 0, 255).astype(np.uint8)
