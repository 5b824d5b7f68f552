"""A photo that grins, with the closed lips of another photo of the same person: made once, acted like any photo.

The other photo's face is turned into this one's pose by what of a face no grin moves (brows' bones, eyes, bridge, the
upper outline). Where its mouth then lies is where this face's own would be at rest: both pictures are bent to meet
there, the other one in this one's light, and the lower face between nose, cheeks and chin is the other one's.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from inference.motion.mesh import FaceMesh
from inference.motion.models import Floats, Rgb
from inference.motion.neutral import measure_own

# Of the mesh: what a grin leaves where it is.
_FIRM = (
    33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 10, 67, 297, 109, 338, 103, 332, 54, 284, 21, 251, 162, 389, 127, 356,
    234, 454, 8, 9, 151, 46, 276, 70, 300, 113, 342, 35, 265,
)  # fmt: skip
_OUTLINE = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 127, 356, 10,
)  # fmt: skip
# Mouth, chin, the cheeks about them: all that a grin moves.
_MOVED = (
    61, 291, 0, 17, 13, 14, 37, 267, 39, 269, 40, 270, 185, 409, 84, 314, 181, 405, 91, 321, 146, 375, 78, 308, 82, 312,
    87, 317, 81, 311, 178, 402, 80, 310, 88, 318, 191, 415, 95, 324, 205, 425, 50, 280, 187, 411, 207, 427, 216, 436,
    212, 432, 202, 422, 204, 424, 182, 406, 83, 313, 18, 200, 199, 175, 201, 421, 208, 428, 32, 262, 211, 431, 210, 430,
    214, 434, 192, 416, 206, 426, 203, 423, 165, 391, 92, 322, 164, 167, 393, 57, 287, 43, 273, 106, 335,
    98, 327, 97, 326, 2, 129, 358, 49, 279, 1,
)  # fmt: skip
# The lower face that is taken: under the nose, along the outside of its folds, over the chin.
_TAKEN = (
    2, 97, 98, 129, 203, 205, 187, 214, 210, 211, 32, 208, 199, 428, 262, 431, 430, 434, 411, 425, 423, 358, 327, 326,
)  # fmt: skip
_SOFT = 0.030  # of the face's width: the edge between the two photos
_LIGHT = 0.10  # likewise: light varies more slowly than this, skin faster
_NODES = 72  # of the grid on which pictures are bent
_BRIGHTER = (0.45, 2.2)  # at most so many times, to be in this photo's light
_TURNED_DEG, _NODDED_DEG = 16.0, 16.0  # poses that differ by more show another mouth
_COARSE = 0.5  # a face of less than this share of the other's width would be blurred beside it
_SMILES = 0.4
_CALMER = 0.45  # lips that are apart by so much less than the grin's are closed with little skin to be stretched


def can_lend(mesh: FaceMesh, other: FaceMesh) -> bool:
    """Whether the other photo's mouth can stand in this one: calm beside it, seen from nearly the same side, not much
    coarser.
    """
    mine, theirs = measure_own(mesh), measure_own(other)
    calm = theirs.smile < _SMILES and (not theirs.shows_teeth or theirs.lips_apart < _CALMER * mine.lips_apart)
    return (
        mine.shows_teeth
        and calm
        and abs(mesh.yaw_deg - other.yaw_deg) <= _TURNED_DEG
        and abs(mesh.pitch_deg - other.pitch_deg) <= _NODDED_DEG
        and other.width_px >= _COARSE * mesh.width_px
    )


def with_calm_mouth(rgb: Rgb, mesh: FaceMesh, other_rgb: Rgb, other: FaceMesh) -> Rgb:
    """The photo [H, W, 3] with the other one's mouth; the same size, and the same pixels away from the face."""
    meant_N2 = _in_the_pose_of(mesh, other)
    low, high = _surroundings(mesh, rgb.shape)
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    stays = list(dict.fromkeys((*_OUTLINE, *_FIRM)))
    sites = [*_MOVED, *stays]
    targets = np.vstack([meant_N2[list(_MOVED)], mesh.points_N3[stays, :2]])
    edges = low + _edge_points(size)
    own_to = (np.vstack([targets, edges]), np.vstack([mesh.points_N3[sites, :2], edges]))
    own = _bend(rgb, own_to, low, size, mesh.width_px)
    lent = _bend(_no_finer(other_rgb, other, mesh), (targets, other.points_N3[sites, :2]), low, size, mesh.width_px)
    taken = _region(meant_N2[list(_TAKEN)] - low, size, _SOFT * mesh.width_px)
    lit = _in_the_light_of(own, lent, taken, mesh.width_px)
    face = own + (lit - own) * taken[..., None]
    inwards = _frame_of(size, _SOFT * mesh.width_px)[..., None]
    before = rgb[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    calm = rgb.copy()
    calm[low[1] : high[1], low[0] : high[0]] = np.clip(np.round(before + (face - before) * inwards), 0, 255)
    return calm


def _in_the_pose_of(mesh: FaceMesh, other: FaceMesh) -> Floats:
    """The other's points [468, 2] where they would be seen in this photo: by the affine map of space that fits best."""
    there = np.hstack([other.points_N3, np.ones((len(other.points_N3), 1))])
    firm = list(_FIRM)
    fitted, *_ = np.linalg.lstsq(there[firm], mesh.points_N3[firm, :2], rcond=None)
    meant: Floats = (there @ fitted).astype(np.float32)
    return meant


def _surroundings(mesh: FaceMesh, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Whole pixels around the face with a margin, inside the photo."""
    points, margin = mesh.points_N3[:, :2], 0.25 * mesh.width_px
    low = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(points.max(axis=0) + margin), [shape[1], shape[0]]).astype(int)
    return low, high


def _edge_points(size: tuple[int, int]) -> Floats:
    """[16, 2] around a window: there nothing moves."""
    along = np.linspace(0, 1, 5)[:4]
    sides = ((along, 0 * along), (0 * along + 1, along), (1 - along, 0 * along + 1), (0 * along, 1 - along))
    unit = np.vstack([np.stack(side, axis=-1) for side in sides])
    points: Floats = unit * (np.array(size) - 1)
    return points


def _bend(
    picture: Rgb, to_from: tuple[Floats, Floats], low_2: Floats, size: tuple[int, int], width_px: float
) -> Floats:
    """The picture with points moved ([N, 2] where to, [N, 2] where from), seen in the window at `low_2`."""
    targets_N2, sources_N2 = to_from
    x, y = np.linspace(0, size[0] - 1, _NODES), np.linspace(0, size[1] - 1, _NODES)
    nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) + low_2
    spline = RBFInterpolator(targets_N2 / width_px, sources_N2, kernel="thin_plate_spline", smoothing=1e-4)
    coarse = spline(nodes / width_px).reshape(_NODES, _NODES, 2).astype(np.float32)
    columns = np.linspace(0, _NODES - 1, size[0], dtype=np.float32)
    rows = np.linspace(0, _NODES - 1, size[1], dtype=np.float32)
    at = cv2.remap(coarse, *np.meshgrid(columns, rows), cv2.INTER_LINEAR)
    bent: Floats = cv2.remap(picture, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    return bent


def _no_finer(other_rgb: Rgb, other: FaceMesh, mesh: FaceMesh) -> Rgb:
    """A larger face is softened to what the smaller photo can show: it would alias, and look pasted."""
    times = other.width_px / mesh.width_px
    return cv2.GaussianBlur(other_rgb, (0, 0), 0.42 * times) if times > 1.3 else other_rgb


def _region(corners_N2: Floats, size: tuple[int, int], soft_px: float) -> Floats:
    """[H, W], 1 well inside the polygon, 0 outside, soft between."""
    mask = np.zeros(size[::-1], np.float32)
    cv2.fillPoly(mask, [np.round(corners_N2).astype(np.int32)], 1.0)
    inner = cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(soft_px) + 1,) * 2))
    region: Floats = cv2.GaussianBlur(inner, (0, 0), max(0.6, 0.6 * soft_px))
    return region


def _in_the_light_of(own: Floats, lent: Floats, taken: Floats, width_px: float) -> Floats:
    """`lent` with the slow light of `own`, told by the skin round its edge: inside, one of them shows teeth."""
    rim = np.clip(1 - np.abs(2 * taken - 1), 0, 1) + 1e-6
    sigma = _LIGHT * width_px
    weight = cv2.GaussianBlur(rim, (0, 0), sigma) + 1e-6
    mine, theirs = (cv2.GaussianBlur(p * rim[..., None], (0, 0), sigma) / weight[..., None] for p in (own, lent))
    lit: Floats = lent * np.clip(mine / np.maximum(theirs, 1), *_BRIGHTER)
    return lit


def _frame_of(size: tuple[int, int], soft_px: float) -> Floats:
    """[H, W] 1 inside, 0 at the window's own edge: nothing jumps there."""
    x, y = (np.minimum(np.arange(n), n - 1 - np.arange(n)) for n in size)
    frame: Floats = np.clip(np.minimum(x[None], y[:, None]) / max(1.0, 2 * soft_px), 0, 1).astype(np.float32)
    return frame
