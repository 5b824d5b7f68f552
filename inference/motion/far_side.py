"""The cheek that the photo hides: skin seen there at a slant is drawn from its like across the face.

A photo that is turned shows one side of the nose and one cheek squarely and the others in a few stretched pixels. Told
to turn the other way the head would show just these. Faces are nearly symmetrical, so where the other side was seen
more squarely its skin is taken, in the light of the place that it is put; eyes stay, for a mirrored one would squint.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.interpolate import RBFInterpolator

from inference.motion.camera import compose, invert
from inference.motion.head import Head
from inference.motion.mesh import LEFT_EAR, RIGHT_EAR, Eye, FaceMesh
from inference.motion.models import Floats, Rgb

_SIDED_FROM_DEG, _SIDED_AT_DEG = 2.0, 3.0  # a photo turned by less has no far side
_SHOWN_AT_DEG = 12.0  # of turning the far side into view: from here on it is drawn from its like altogether
_SQUARER = 1.35  # the like is taken whole where it was seen by so much more squarely
_MIDDLE = 0.04  # of the face's width: so far across the middle the far side fades out
_OUTLINE = 0.08  # likewise inside the face's outline
_EYE_STAYS, _EYE_FADES = 0.55, 0.80  # eye widths from the middle of an eye
_LIGHT = 0.08  # of the face's width: light varies more slowly than this, skin faster


@dataclass(frozen=True)
class FarSide:
    """On the head's grid: from each node to its like across the face (photo px), and how much of it to take (0..1).

    side: -1 when the far side is the viewer's left, 1 when it is the right.
    """

    to_like_HW2: Floats
    share_HW: Floats
    side: int

    def shown(self, yaw_deg: float) -> float:
        """How much of the far side's like to draw, 0..1, when the head turned by `yaw_deg` from the photo's pose."""
        t = float(np.clip(-self.side * yaw_deg / _SHOWN_AT_DEG, 0, 1))
        return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class FarTexture:
    """The far side as a picture: rgba, at `finer` times the photo's size from photo point `origin_2` on."""

    rgba: Rgb
    origin_2: Floats
    finer: float

    def outline(self) -> Floats:
        """Photo points [N, 2] around it."""
        height, width = self.rgba.shape[:2]
        x, y = np.meshgrid(np.linspace(0, width / self.finer, 5), np.linspace(0, height / self.finer, 5))
        points: Floats = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32) + self.origin_2
        return points

    def sample(self, photo_HW2: Floats) -> Rgb:
        """Its pixels [H, W, 4] at photo points, transparent outside."""
        at = cv2.transform(photo_HW2, invert(_to_photo(self.origin_2, self.finer)))
        sampled: Rgb = cv2.remap(self.rgba, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return sampled


def find_far_side(mesh: FaceMesh, head: Head) -> FarSide | None:
    """The side that the photo shows less of; None when it shows both alike."""
    sided = float(np.clip((abs(mesh.yaw_deg) - _SIDED_FROM_DEG) / (_SIDED_AT_DEG - _SIDED_FROM_DEG), 0, 1))
    if sided == 0:
        return None
    side = 1 if mesh.yaw_deg > 0 else -1
    to_like = _reach_across(mesh, head)
    share = _seen_better(to_like, head) * _beyond_the_middle(mesh, head, side) * _inside_the_face(mesh, head)
    for eye in (mesh.left_eye, mesh.right_eye):
        share = share * _off_the_eye(eye, head)
    soft = cv2.GaussianBlur((sided * share).astype(np.float32), (0, 0), 1.0)
    return FarSide(to_like, soft, side)


def paint_far_side(far: FarSide, head: Head, texture_rgb: Rgb, corner_2: Floats, finer: float) -> FarTexture | None:
    """The far side's texture, made of the person's: texture = (photo + corner + 0.5) × finer - 0.5."""
    rows, columns = (np.flatnonzero(far.share_HW.max(axis=axis) > 0) for axis in (1, 0))
    if not len(rows):
        return None
    ends = head.grid.nodes_HW2[rows[[0, -1]], columns[[0, -1]]]
    low, high = np.clip(np.round((ends + corner_2) * finer), 0, texture_rgb.shape[1::-1]).astype(int)
    if (high - low < 2).any():
        return None
    origin = (low / finer - corner_2).astype(np.float32)
    to_grid = compose(head.grid.to_grid(), _to_photo(origin, finer))
    to_like, share = (_spread(field, to_grid, high - low) for field in (far.to_like_HW2, far.share_HW))
    x, y = np.meshgrid(np.arange(low[0], high[0], dtype=np.float32), np.arange(low[1], high[1], dtype=np.float32))
    at = np.dstack([x, y]) + finer * to_like
    like = cv2.remap(texture_rgb, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    here = texture_rgb[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    sigma_px = _LIGHT * head.width_px * finer
    lit = like * np.clip(_light(here, sigma_px) / np.maximum(_light(like, sigma_px), 1), 0.4, 2.5)
    rgba = np.dstack([np.clip(np.round(lit), 0, 255), np.round(share * 255)]).astype(np.uint8)
    return FarTexture(rgba, origin, finer)


def _to_photo(origin_2: Floats, finer: float) -> Floats:
    """[2, 3] from pixels of the far side's picture to photo pixels."""
    shift = origin_2 + 0.5 / finer - 0.5
    return np.array([[1 / finer, 0, shift[0]], [0, 1 / finer, shift[1]]])


def _spread(field: Floats, to_grid: Floats, size_2: npt.NDArray[np.int_]) -> Floats:
    size = (int(size_2[0]), int(size_2[1]))
    spread: Floats = cv2.warpAffine(field, to_grid, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return spread


def _reach_across(mesh: FaceMesh, head: Head) -> Floats:
    """From every node to the place across the face, by the mesh's own pairs of points."""
    ones, others = _pairs(mesh, head)
    points = mesh.points_N3[:, :2]
    middle = points[[LEFT_EAR, RIGHT_EAR]].mean(axis=0)
    nodes = head.grid.nodes_HW2.reshape(-1, 2)
    spread = RBFInterpolator(
        (points[ones] - middle) / head.width_px,
        (points[others] - points[ones]) / head.width_px,
        kernel="thin_plate_spline",
        smoothing=1e-3,
    )
    to_like: Floats = spread((nodes - middle) / head.width_px).reshape(*head.rigid_HW.shape, 2) * head.width_px
    return to_like.astype(np.float32)


def _pairs(mesh: FaceMesh, head: Head) -> tuple[list[int], list[int]]:
    """Points and their partners: those that are nearest to each other when the face is mirrored in its own middle."""
    facing = _facing(mesh.points_N3, mesh, head)
    apart = np.linalg.norm(facing[:, None] - facing[None] * np.array([-1, 1, 1]), axis=2)
    nearest = apart.argmin(axis=1)
    mutual = np.flatnonzero(nearest[nearest] == np.arange(len(nearest)))
    return mutual.tolist(), nearest[mutual].tolist()


def _facing(points_N3: Floats, mesh: FaceMesh, head: Head) -> Floats:
    """Points about the middle of the ears, turned so that the face looks at the viewer; x is across its middle."""
    about = points_N3 - mesh.points_N3[[LEFT_EAR, RIGHT_EAR]].mean(axis=0)
    about[..., :2] = about[..., :2] @ head.upright_22.T
    yaw = np.radians(mesh.yaw_deg)
    turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    facing: Floats = about @ turn.T
    return facing


def _seen_better(to_like_HW2: Floats, head: Head) -> Floats:
    """0 where the like was seen no more squarely than the place itself, 1 from _SQUARER on."""
    across, down = np.gradient(head.relief_HW3[..., 2], head.grid.cell_px)[::-1]
    squareness = (1 / np.sqrt(1 + across**2 + down**2)).astype(np.float32)
    at = ((head.grid.nodes_HW2 + to_like_HW2 - head.grid.origin_2) / head.grid.cell_px).astype(np.float32)
    there = cv2.remap(squareness, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _smooth((there / squareness - 1) / (_SQUARER - 1))


def _beyond_the_middle(mesh: FaceMesh, head: Head, side: int) -> Floats:
    relief = head.relief_HW3 + head.pivot_3
    across = side * _facing(relief, mesh, head)[..., 0] / head.width_px
    return _smooth(across / _MIDDLE + 1)


def _inside_the_face(mesh: FaceMesh, head: Head) -> Floats:
    """1 on the face, fading out towards its outline in the photo."""
    outline = np.zeros(head.rigid_HW.shape, np.uint8)
    points = ((mesh.points_N3[:, :2] - head.grid.origin_2) / head.grid.cell_px).astype(np.float32)
    cv2.fillConvexPoly(outline, np.round(cv2.convexHull(points)).astype(np.int32), 1)
    inside = cv2.distanceTransform(outline, cv2.DIST_L2, cv2.DIST_MASK_5) * head.grid.cell_px / head.width_px
    return _smooth(inside / _OUTLINE)


def _off_the_eye(eye: Eye, head: Head) -> Floats:
    left, right = eye.upper_lid_N2[0], eye.upper_lid_N2[-1]
    away = (head.grid.nodes_HW2 - (left + right) / 2) / np.linalg.norm(right - left)
    return _smooth((np.hypot(away[..., 0], away[..., 1] / 0.8) - _EYE_STAYS) / (_EYE_FADES - _EYE_STAYS))


def _light(rgb: Floats, sigma_px: float) -> Floats:
    """The picture without anything finer than sigma."""
    height, width = rgb.shape[:2]
    shrink = max(1.0, sigma_px / 4)
    small = (max(2, round(width / shrink)), max(2, round(height / shrink)))
    soft = cv2.GaussianBlur(cv2.resize(rgb, small, interpolation=cv2.INTER_AREA), (0, 0), sigma_px / shrink)
    light: Floats = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
    return light


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    smooth: Floats = t * t * (3 - 2 * t)
    return smooth
