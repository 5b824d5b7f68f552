"""The head as a relief over the photo: depth and rigidity on a coarse grid that covers head, hair and neck.

The mesh knows the face only. Hair and ears get the depth of the middle of the head, so that they move by parallax with
it; below the chin the rigidity fades along the neck, so that shoulders stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.ndimage import distance_transform_edt

from inference.motion.mesh import CHIN, FOREHEAD, LEFT_EAR, RIGHT_EAR, FaceMesh
from inference.motion.models import Floats

GRID = 112  # nodes along each side

# In face widths or face heights, in the upright frame of the face.
_REACH_SIDE, _REACH_TOP, _REACH_BOTTOM = 1.75, 1.25, 1.15
_TRAILS_FROM, _TRAILS_AT = 0.06, 0.55  # of the face's width beyond its outline: hair that hangs on the head
_LEVELS_OUT, _BACK = 0.9, 0.7  # likewise: there hair is so far of the way from the face's edge to the middle plane
_MAX_SLOPE = 1.9  # of depth over the picture: turned by 25° the relief still keeps a tenth of its width, never folds


@dataclass(frozen=True)
class Grid:
    """A regular grid over the photo: node (i, j) lies at origin + (j, i) × cell, in photo pixels."""

    origin_2: Floats
    cell_px: float
    nodes_HW2: Floats

    def to_grid(self) -> Floats:
        """Affine [2, 3] from photo pixels to grid indices."""
        a = 1 / self.cell_px
        x, y = -self.origin_2 * a
        return np.array([[a, 0, x], [0, a, y]], np.float32)


@dataclass(frozen=True)
class Head:
    """The relief: every node's place in space about the pivot, photo px (x right, y down, z towards the viewer).

    rigid_HW: 1 where the picture turns with the head, 0 where it stays. trails_HW: how far what is there (hair, an
    earring) hangs on the head rather than belongs to it, 0..1. pivot_3: what it turns about, photo px.
    upright_22 turns points of the photo so that the face stands upright; yaw_deg is the photo's own.
    """

    grid: Grid
    relief_HW3: Floats
    rigid_HW: Floats
    trails_HW: Floats
    pivot_3: Floats
    upright_22: Floats
    yaw_deg: float
    width_px: float
    height_px: float

    def upright(self, points_N2: Floats, centre_2: Floats) -> Floats:
        """Points about `centre_2` in the frame in which the face stands upright, photo pixels."""
        turned: Floats = (points_N2 - centre_2) @ self.upright_22.T
        return turned


def shape_head(mesh: FaceMesh, alpha_HW: Floats) -> Head:
    """Build the relief of a fitted face; the matte says where the head ends and something else begins."""
    points = mesh.points_N3
    angle = np.radians(mesh.roll_deg)
    upright = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    width, height = mesh.width_px, mesh.height_px
    middle = (points[FOREHEAD, :2] + points[CHIN, :2]) / 2
    grid = _lay_grid(middle, width, height)
    local = (grid.nodes_HW2 - middle) @ upright.T
    plane = float((points[LEFT_EAR, 2] + points[RIGHT_EAR, 2]) / 2)
    depth = _depth(points[:, 2], (points[:, :2] - middle) @ upright.T, local, width, height, plane)
    pivot = middle + upright.T @ np.array([0.0, 0.30 * height], np.float32)
    pivot_3 = np.array([pivot[0], pivot[1], plane - 0.02 * width], np.float32)
    away = _beyond_the_face(points[:, :2], grid)
    depth = _level_out(_limit_slope(depth, grid.cell_px), away / width, local / (width, height))
    relief = np.dstack([grid.nodes_HW2, depth]).astype(np.float32)
    rigid = _rigidity(local, width, height) * _on_the_head(grid, local, alpha_HW, width)
    return Head(
        grid=grid,
        relief_HW3=relief - pivot_3,
        rigid_HW=rigid,
        trails_HW=_smooth((away / width - _TRAILS_FROM) / (_TRAILS_AT - _TRAILS_FROM)) * np.clip(2 * rigid, 0, 1),
        pivot_3=pivot_3,
        upright_22=upright,
        yaw_deg=mesh.yaw_deg,
        width_px=width,
        height_px=height,
    )


def _lay_grid(middle: Floats, width: float, height: float) -> Grid:
    low = middle - np.array([_REACH_SIDE * width, _REACH_TOP * height + 0.5 * width])
    high = middle + np.array([_REACH_SIDE * width, _REACH_BOTTOM * height + 0.5 * width])
    cell = float((high - low).max()) / (GRID - 1)
    low = (low + high) / 2 - cell * (GRID - 1) / 2
    x, y = np.meshgrid(np.arange(GRID), np.arange(GRID))
    nodes = np.stack([x, y], axis=-1).astype(np.float32) * cell + low.astype(np.float32)
    return Grid(low.astype(np.float32), cell, nodes)


def _depth(relief_N: Floats, known: Floats, local: Floats, width: float, height: float, plane: float) -> Floats:
    """Depth at the nodes: the mesh inside the face, the head's middle plane around it, the neck's front below."""
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    skull = np.array([0.0, -0.10 * height])
    around = [skull + ring * np.array([k * width, k * 1.12 * height]) for k in (0.85, 1.2, 1.9)]
    outside = np.vstack([edge[edge[:, 1] < 0.45 * height] for edge in around])
    neck_x, neck_y = np.meshgrid([-1.2, -0.5, -0.25, 0, 0.25, 0.5, 1.2], [0.95, 1.3, 1.7])
    neck = np.stack([neck_x.ravel() * width, neck_y.ravel() * height], axis=-1)
    neck_z = plane + width * np.where(np.abs(neck[:, 0]) < 0.4 * width, 0.12, 0.0)
    sites = np.vstack([known, outside, neck])
    values = np.concatenate([relief_N, np.full(len(outside), plane), neck_z])
    surface = RBFInterpolator(sites / width, values, kernel="thin_plate_spline", smoothing=0.002)
    depth: Floats = surface(local.reshape(-1, 2) / width).reshape(local.shape[:2]).astype(np.float32)
    return np.clip(depth, plane - 0.1 * width, float(relief_N.max()))


def _limit_slope(depth: Floats, cell_px: float) -> Floats:
    """Soften the relief just where it is too steep to be turned without folding."""
    for _ in range(60):
        across, down = np.gradient(depth, cell_px)[::-1]
        steep = np.hypot(across, down) > _MAX_SLOPE
        if not steep.any():
            break
        soft = cv2.GaussianBlur(depth, (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
        mask = cv2.GaussianBlur(steep.astype(np.float32), (0, 0), 1.5)
        depth = depth + (soft - depth) * np.clip(2 * mask, 0, 1)
    softened: Floats = cv2.GaussianBlur(depth, (0, 0), 0.8, borderType=cv2.BORDER_REPLICATE)
    return softened


def _beyond_the_face(points_N2: Floats, grid: Grid) -> Floats:
    """How far each node is outside the face's outline, photo pixels; 0 inside."""
    at = cv2.convexHull(((points_N2 - grid.origin_2) / grid.cell_px).astype(np.float32))
    beyond = np.ones((GRID, GRID), np.uint8)
    cv2.fillConvexPoly(beyond, np.round(at).astype(np.int32), 0)
    away: Floats = cv2.distanceTransform(beyond, cv2.DIST_L2, cv2.DIST_MASK_5) * np.float32(grid.cell_px)
    return away


def _level_out(depth: Floats, away: Floats, at_HW2: Floats) -> Floats:
    """Ears and hair beside the face are as deep as its edge, and farther back only slowly: what leans stretches when it
    turns. `away` in face widths; `at_HW2` from the face's middle, in its widths and heights: above and below the face
    nothing is levelled, for that would take a nod away.
    """
    _, (rows, columns) = distance_transform_edt(away > 0, return_indices=True)
    edge = cv2.GaussianBlur(depth[rows, columns], (0, 0), 2.0, borderType=cv2.BORDER_REPLICATE)
    edge = np.where(away > 0, edge, depth)
    back = _BACK * _smooth(away / _LEVELS_OUT)
    beside = _smooth((np.abs(at_HW2[..., 0]) - 0.12) / 0.3) * (1 - _smooth((at_HW2[..., 1] - 0.15) / 0.3))
    share = 1 - (1 - back) * beside
    levelled: Floats = (edge + (depth - edge) * share).astype(np.float32)
    soft = cv2.GaussianBlur(levelled, (0, 0), 0.7, borderType=cv2.BORDER_REPLICATE)
    face = cv2.GaussianBlur((away == 0).astype(np.float32), (0, 0), 1.0, borderType=cv2.BORDER_REPLICATE)
    of_both: Floats = (soft + (depth - soft) * face).astype(np.float32)
    return of_both


def _rigidity(local: Floats, width: float, height: float) -> Floats:
    """1 on the head and its hair; fades down the neck and away from the head on all sides."""
    x, y = np.abs(local[..., 0]) / width, local[..., 1] / height
    neck = 1 - _smooth((y - 0.28) / 0.72)
    below = np.clip((y - 0.12) / 0.5, 0, 1)
    side = 1 - _smooth((x - (0.85 - 0.40 * below)) / (0.85 - 0.35 * below))
    top = 1 - _smooth((-y - 1.15) / 0.45)
    return np.ascontiguousarray(neck * side * top, dtype=np.float32)


def _on_the_head(grid: Grid, local: Floats, alpha_HW: Floats, width: float) -> Floats:
    """1 on the head; below the nose 0 on what stands out wider than the silhouette has been above it.

    So a collar, a shoulder or a hand beside the jaw stays, while long hair, which has no waist, moves.
    """
    at = grid.nodes_HW2
    soft = cv2.GaussianBlur(alpha_HW, (0, 0), grid.cell_px / 2)
    person = cv2.remap(soft, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) > 0.35
    middle = np.abs(local[..., 0]).argmin(axis=1)
    below_nose = local[np.arange(len(middle)), middle, 1] > 0
    kept = np.ones(person.shape, np.float32)
    for columns in (slice(None, None, 1), slice(None, None, -1)):
        narrowest = np.inf
        for row in np.flatnonzero(below_nose):
            x = np.abs(local[row, :, 0])[columns]
            start = middle[row] if columns.step == 1 else len(x) - 1 - middle[row]
            outside = np.flatnonzero(~person[row, columns][start:])
            reach = x[start + outside[0]] if len(outside) else x[-1]
            narrowest = min(narrowest, reach)
            share = 1 - _smooth((x[start:] - narrowest - 0.04 * width) / (0.32 * width))
            kept[row, columns][start:] = share
    softened: Floats = cv2.GaussianBlur(kept, (0, 0), 2.0)
    return softened


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    smooth: Floats = t * t * t * (t * (6 * t - 15) + 10)
    return smooth
