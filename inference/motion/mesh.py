"""Where the face is in a photo: 468 points with depth, refined eyes, and the pose that the photo already has."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.models import IRIS_SIDE_PX, MESH_SIDE_PX, FaceModels, Floats, Rgb
from inference.protocol import Box

# Indices of the 468-point topology; "left" is the viewer's.
FOREHEAD, CHIN, NOSE_TIP = 10, 152, 1
LEFT_EAR, RIGHT_EAR = 234, 454
LEFT_OUTER_EYE, LEFT_INNER_EYE, RIGHT_INNER_EYE, RIGHT_OUTER_EYE = 33, 133, 362, 263
LEFT_UPPER_LID = (246, 161, 160, 159, 158, 157, 173)
LEFT_LOWER_LID = (7, 163, 144, 145, 153, 154, 155)
RIGHT_UPPER_LID = (466, 388, 387, 386, 385, 384, 398)
RIGHT_LOWER_LID = (249, 390, 373, 374, 380, 381, 382)
LEFT_MOUTH, RIGHT_MOUTH = 61, 291
UPPER_INNER_LIP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)

_CROP_MARGIN = 1.5
_REFINEMENTS = 4
_MIN_SCORE = 0.4
_NEUTRAL_PITCH_DEG = 6.0  # a face that looks straight ahead has its chin this far behind its forehead


class NoFaceInPhoto(ValueError):
    """The mesh found no face where one was said to be."""


@dataclass(frozen=True)
class Eye:
    """One eye in photo pixels. Lids run from the viewer's left corner to the right one, corners included."""

    upper_lid_N2: Floats
    lower_lid_N2: Floats
    iris_centre_2: Floats
    iris_radius_px: float


@dataclass(frozen=True)
class FaceMesh:
    """points_N3: [468, 3] in photo pixels, z towards the viewer. Angles in degrees by the protocol's signs."""

    points_N3: Floats
    left_eye: Eye
    right_eye: Eye
    yaw_deg: float
    pitch_deg: float
    roll_deg: float

    @property
    def width_px(self) -> float:
        """Ear to ear, in space."""
        return float(np.linalg.norm(self.points_N3[LEFT_EAR] - self.points_N3[RIGHT_EAR]))

    @property
    def height_px(self) -> float:
        """Forehead (hair line) to chin, in space."""
        return float(np.linalg.norm(self.points_N3[FOREHEAD] - self.points_N3[CHIN]))


def fit_mesh(models: FaceModels, rgb_HWC_uint8: Rgb, face: Box) -> FaceMesh:
    """Fit the mesh to the face in `face`. Raises NoFaceInPhoto."""
    centre = np.array([face.x + face.width / 2, face.y + face.height / 2], np.float32)
    side = _CROP_MARGIN * max(face.width, face.height)
    roll = 0.0
    for _ in range(_REFINEMENTS):
        points, score = _read_crop(models, rgb_HWC_uint8, centre, side, roll)
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        centre = (low + high) / 2
        side = _CROP_MARGIN * float((high - low).max())
        across = points[RIGHT_OUTER_EYE] - points[LEFT_OUTER_EYE]
        roll = float(np.degrees(np.arctan2(across[1], across[0])))
    if score < _MIN_SCORE:
        raise NoFaceInPhoto(f"the face mesh is not sure of a face in the given box (score {score:.2f})")
    left = _read_eye(models, rgb_HWC_uint8, points, mirrored=False)
    right = _read_eye(models, rgb_HWC_uint8, points, mirrored=True)
    return FaceMesh(points, left, right, *_pose_of(points))


def _read_crop(models: FaceModels, rgb: Rgb, centre: Floats, side: float, roll_deg: float) -> tuple[Floats, float]:
    to_photo = _crop_to_photo(centre, side, roll_deg, MESH_SIDE_PX, mirrored=False)
    points, score = models.read_mesh(_cut(rgb, to_photo, MESH_SIDE_PX))
    points[:, :2] = points[:, :2] @ to_photo[:, :2].T + to_photo[:, 2]
    points[:, 2] *= side / MESH_SIDE_PX
    return points, score


def _read_eye(models: FaceModels, rgb: Rgb, points: Floats, *, mirrored: bool) -> Eye:
    """The refined contour of one eye; the network knows the viewer's left eye, the right one is shown mirrored."""
    outer, inner = (RIGHT_OUTER_EYE, RIGHT_INNER_EYE) if mirrored else (LEFT_OUTER_EYE, LEFT_INNER_EYE)
    a, b = points[outer, :2], points[inner, :2]
    across = (b - a) * (-1 if mirrored else 1)
    roll = float(np.degrees(np.arctan2(across[1], across[0])))
    to_photo = _crop_to_photo((a + b) / 2, 2.3 * float(np.linalg.norm(a - b)), roll, IRIS_SIDE_PX, mirrored=mirrored)
    contour, iris = models.read_eye(_cut(rgb, to_photo, IRIS_SIDE_PX))
    contour = contour @ to_photo[:, :2].T + to_photo[:, 2]
    iris = iris @ to_photo[:, :2].T + to_photo[:, 2]
    lower = contour[0:9]
    upper = np.vstack([contour[0:1], contour[9:16], contour[8:9]])
    if mirrored:
        lower, upper = lower[::-1], upper[::-1]
    radius = float(np.linalg.norm(iris[1:] - iris[0], axis=1).mean())
    return Eye(upper.astype(np.float32), lower.astype(np.float32), iris[0].astype(np.float32), radius)


def _crop_to_photo(centre: Floats, side: float, roll_deg: float, crop_px: int, *, mirrored: bool) -> Floats:
    """Affine [2, 3] from crop pixels to photo pixels; the crop is turned so that the face stands upright in it."""
    scale = side / crop_px
    angle = np.radians(roll_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    if mirrored:
        turn = turn @ np.diag([-1.0, 1.0])
    half = np.array([crop_px / 2, crop_px / 2])
    return np.hstack([turn, (centre - turn @ half)[:, None]]).astype(np.float32)


def _cut(rgb: Rgb, to_photo: Floats, side_px: int) -> Rgb:
    """Sample the crop; a large face is shrunk first, for a plain affine sampling would alias."""
    scale = float(np.hypot(to_photo[0, 0], to_photo[1, 0]))
    if scale > 2:
        rgb = cv2.GaussianBlur(rgb, (0, 0), scale / 3)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop: Rgb = cv2.warpAffine(rgb, to_photo, (side_px, side_px), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return crop


def _pose_of(points: Floats) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees from the mesh's own axes: the line of the ears, and forehead to chin."""
    right = points[RIGHT_EAR] - points[LEFT_EAR]
    down = points[CHIN] - points[FOREHEAD]
    roll = float(np.degrees(np.arctan2(right[1], right[0])))
    yaw = float(np.degrees(np.arctan2(right[2], np.hypot(right[0], right[1]))))
    pitch = float(np.degrees(np.arctan2(down[2], np.hypot(down[0], down[1]))))
    return -yaw, pitch + _NEUTRAL_PITCH_DEG, roll
