"""What can be seen in a frame without the mesh that drew it: detector points, optical flow, patches of the picture.

Every feature compares a frame with the *rest frame*: the same actor on the same stage with every channel at 0. The
face detector (YuNet, five points) finds the face; the frame is laid over the rest frame by eyes and mouth corners;
dense optical flow (DIS) between the two crops tells what moved beyond that; eyes and mouth are looked at as patches.
Sparse flow on the background follows the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inference.registry.packaged import FACES, require
from tests.bench.previs_patches import CROP, EYE_PX, Array, EyeReader, Rgb, cut_patches

_EYES_Y = 66.0
# Discs in the crop, in eye distances from the middle of the eyes (x to the right, y down), where flow is read.
_DISCS: dict[str, tuple[float, float]] = {
    "forehead": (0.0, -0.62),
    "brow_l": (-0.5, -0.36),
    "brow_r": (0.5, -0.36),
    "brow_in_l": (-0.25, -0.3),
    "brow_in_r": (0.25, -0.3),
    "bridge": (0.0, 0.05),
    "lid_l": (-0.5, -0.1),
    "lid_r": (0.5, -0.1),
    "cheek_l": (-0.55, 0.42),
    "cheek_r": (0.55, 0.42),
}


class NoFace(ValueError):
    """The rest frame shows no face that the detector finds."""


@dataclass(frozen=True)
class Points:
    """Eyes, nose and mouth corners in px, the viewer's left first: eye_l, eye_r, nose, mouth_l, mouth_r ([5, 2])."""

    xy_52: Array

    @property
    def eye_distance(self) -> float:
        return float(np.linalg.norm(self.xy_52[1] - self.xy_52[0]))


class Detector:
    """YuNet through OpenCV at one picture size; the likeliest face of the frame."""

    def __init__(self, cache_dir: Path, width: int, height: int) -> None:
        model = require(FACES, cache_dir) / "yunet.onnx"
        self._net = cv2.FaceDetectorYN.create(str(model), "", (width, height), 0.5)

    def find(self, rgb_HWC_uint8: Rgb) -> Points | None:
        _, faces = self._net.detect(cv2.cvtColor(rgb_HWC_uint8, cv2.COLOR_RGB2BGR))
        if faces is None:
            return None
        best = max(faces, key=lambda face: float(face[14]))
        return Points(np.asarray(best[4:14], np.float64).reshape(5, 2))


@dataclass(frozen=True)
class Rest:
    """Everything of the rest frame that later frames are compared with."""

    grey: Rgb
    points: Points
    to_crop_23: Array
    crop: Rgb
    crop_points_52: Array


def read_rest(detector: Detector, rgb_HWC_uint8: Rgb) -> Rest:
    """Raises NoFace when the detector finds none."""
    points = detector.find(rgb_HWC_uint8)
    if points is None:
        raise NoFace("no face in the rest frame")
    grey = cv2.cvtColor(rgb_HWC_uint8, cv2.COLOR_RGB2GRAY)
    centre = CROP / 2
    goal = np.array([[centre - EYE_PX / 2, _EYES_Y], [centre + EYE_PX / 2, _EYES_Y]])
    to_crop_23 = similarity(points.xy_52[:2], goal)
    crop_points_52 = apply(to_crop_23, points.xy_52)
    return Rest(grey, points, to_crop_23, _crop(grey, to_crop_23), crop_points_52)


def similarity(source_N2: Array, goal_N2: Array) -> Array:
    """The [2, 3] scale-rotation-shift that lays source over goal in the least-squares sense."""
    a, b = source_N2 - source_N2.mean(0), goal_N2 - goal_N2.mean(0)
    norm = float((a**2).sum())
    real = float((a * b).sum()) / norm
    imaginary = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / norm
    turn = np.array([[real, -imaginary], [imaginary, real]])
    return np.hstack([turn, (goal_N2.mean(0) - turn @ source_N2.mean(0))[:, None]])


def apply(matrix_23: Array, xy_N2: Array) -> Array:
    """The points after the transform."""
    return xy_N2 @ matrix_23[:, :2].T + matrix_23[:, 2]


def _anchors(xy_52: Array) -> Array:
    """Eyes and the middle of the mouth: a smile must not change the scale that it is measured in."""
    return np.vstack([xy_52[:2], xy_52[3:5].mean(0)])


def _crop(grey: Rgb, to_crop_23: Array) -> Rgb:
    crop: Rgb = cv2.warpAffine(grey, to_crop_23, (CROP, CROP), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return crop


class FaceReader:
    """Features of the face in a frame against the rest frame; `points` are those of the last face that was found."""

    def __init__(self, detector: Detector, rest: Rest) -> None:
        self._detector = detector
        self._rest = rest
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self.points: Points = rest.points
        self._discs = {name: self._disc(np.array(at)) for name, at in self._places().items()}
        self._eyes = [EyeReader(rest.crop, rest.crop_points_52[i]) for i in (0, 1)]
        self._patches = cut_patches(rest.crop, rest.crop_points_52)

    def _places(self) -> dict[str, tuple[float, float]]:
        middle = self._rest.crop_points_52[:2].mean(0)
        places = {n: (middle[0] + x * EYE_PX, middle[1] + y * EYE_PX) for n, (x, y) in _DISCS.items()}
        nose, left, right = self._rest.crop_points_52[2:]
        mouth = (left + right) / 2
        places |= {"nose": tuple(nose), "mouth_l": tuple(left), "mouth_r": tuple(right)}
        for name, dx, dy in (("lip_up", 0, -0.12), ("lip_low", 0, 0.2), ("chin", 0, 0.5), ("jaw_l", -0.5, 0.3)):
            places[name] = (mouth[0] + dx * EYE_PX, mouth[1] + dy * EYE_PX)
        places["jaw_r"] = (mouth[0] + 0.5 * EYE_PX, mouth[1] + 0.3 * EYE_PX)
        return places

    @staticmethod
    def _disc(at: Array) -> npt.NDArray[np.bool_]:
        y, x = np.mgrid[0:CROP, 0:CROP]
        return np.asarray((x - at[0]) ** 2 + (y - at[1]) ** 2 <= 5.0**2)

    def read(self, rgb_HWC_uint8: Rgb) -> dict[str, float] | None:
        """Named features; lengths in eye distances of the rest frame, angles in degrees."""
        points = self._detector.find(rgb_HWC_uint8)
        if points is None:
            return None
        self.points = points
        features = geometry(points, self._rest.points)
        to_crop_23 = similarity(_anchors(points.xy_52), _anchors(self._rest.crop_points_52))
        crop = _crop(cv2.cvtColor(rgb_HWC_uint8, cv2.COLOR_RGB2GRAY), to_crop_23)
        flow_HW2 = self._flow.calc(self._rest.crop, crop, None)
        moved = {name: flow_HW2[disc].mean(0) / EYE_PX for name, disc in self._discs.items()}
        for name, (dx, dy) in moved.items():
            features[f"{name}.x"], features[f"{name}.y"] = float(dx), float(dy)
        features |= self._read_eyes(crop, flow_HW2)
        for patch in self._patches:
            features |= patch.find(crop)
        return features

    def _read_eyes(self, crop: Rgb, flow_HW2: Array) -> dict[str, float]:
        seen = [eye.read(crop, flow_HW2) for eye in self._eyes]
        return {f"eye_{key}": (seen[0][key] + seen[1][key]) / 2 for key in seen[0]}


def geometry(points: Points, rest: Points) -> dict[str, float]:
    """Where the five points stand to each other, against the rest frame."""
    seen, was = _frame_of(points), _frame_of(rest)
    return {
        "roll": _angle(points) - _angle(rest),
        "eye_distance": float(np.log(points.eye_distance / rest.eye_distance)),
        "nose.u": seen[0] - was[0],
        "nose.v": seen[1] - was[1],
        "mouth.u": seen[2] - was[2],
        "mouth.v": seen[3] - was[3],
        "mouth_width": seen[4] - was[4],
        "face.x": float((points.xy_52.mean(0) - rest.xy_52.mean(0))[0]) / rest.eye_distance,
        "face.y": float((points.xy_52.mean(0) - rest.xy_52.mean(0))[1]) / rest.eye_distance,
    }


def _angle(points: Points) -> float:
    x, y = points.xy_52[1] - points.xy_52[0]
    return float(np.degrees(np.arctan2(y, x)))


def _frame_of(points: Points) -> tuple[float, float, float, float, float]:
    """Nose and middle of the mouth along and across the line of the eyes, and the mouth's width, in eye distances."""
    eye_l, eye_r, nose, mouth_l, mouth_r = points.xy_52
    unit = (eye_r - eye_l) / points.eye_distance
    across = np.array([-unit[1], unit[0]])
    middle = (eye_l + eye_r) / 2
    mouth = (mouth_l + mouth_r) / 2
    scale = points.eye_distance
    return (
        float((nose - middle) @ unit / scale),
        float((nose - middle) @ across / scale),
        float((mouth - middle) @ unit / scale),
        float((mouth - middle) @ across / scale),
        float(np.linalg.norm(mouth_r - mouth_l) / scale),
    )


Camera = tuple[float, float, float, float]
_LEAST_POINTS = 12
_LEAST_SPREAD = 0.15  # of the frame's width


class Tracker:
    """Follows still texture from the rest frame on: how the camera scaled, shifted and turned the background."""

    def __init__(self, rest_grey: Rgb, mask: Rgb) -> None:
        self._rest = rest_grey
        self._points_N2 = _corners(rest_grey, mask)
        self.forget()

    def forget(self) -> None:
        """Start the next clip from the rest frame again."""
        self._last_23: Array = np.array([[1.0, 0, 0], [0, 1.0, 0]])

    def read(self, grey: Rgb, mask: Rgb) -> Camera | None:
        """ln scale, shift of the frame's centre in px (x, y), degrees clockwise; None when too little is left in sight.

        mask: the background of this frame, for a person who comes nearer hides some of what was seen at rest.
        """
        matrix = _move(self._rest, grey, self._points_N2, self._last_23, mask)
        if matrix is None:
            return None
        self._last_23 = matrix
        height, width = grey.shape
        centre = np.array([[width / 2, height / 2]])
        dx, dy = (apply(matrix, centre) - centre)[0]
        scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
        return float(np.log(scale)), float(dx), float(dy), float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))


def _corners(grey: Rgb, mask: Rgb) -> npt.NDArray[np.float32]:
    found = cv2.goodFeaturesToTrack(grey, 300, 0.003, 4, mask=mask)
    return np.zeros((0, 2), np.float32) if found is None else found.reshape(-1, 2)


def _move(before: Rgb, now: Rgb, points_N2: npt.NDArray[np.float32], guess_23: Array, mask: Rgb) -> Array | None:
    """The similarity [2, 3] that most points follow from one frame to another, sought around a guess.

    Only points that end up where the mask is set have a say.
    """
    if len(points_N2) < _LEAST_POINTS:
        return None
    guess = apply(guess_23, points_N2.astype(np.float64)).astype(np.float32).reshape(-1, 1, 2)
    found, ok, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        points_N2.reshape(-1, 1, 2),
        guess,
        winSize=(21, 21),
        maxLevel=4,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    height, width = now.shape
    inside = ((found >= 0) & (found < (width - 1, height - 1))).all(axis=(1, 2)) & (ok.ravel() == 1)
    columns, rows = np.clip(found.reshape(-1, 2), 0, (width - 1, height - 1)).astype(int).T
    inside &= mask[rows, columns] > 0
    if inside.sum() < _LEAST_POINTS:
        return None
    matrix, inliers = cv2.estimateAffinePartial2D(
        points_N2[inside], found[inside].reshape(-1, 2), ransacReprojThreshold=1.5
    )
    if matrix is None or not _carries(points_N2[inside][inliers.ravel() == 1], width, height):
        return None
    return np.asarray(matrix)


def _carries(points_N2: npt.NDArray[np.float32], width: int, height: int) -> bool:
    """Whether the points can tell a turn from a shift: enough of them, and far enough apart."""
    if len(points_N2) < _LEAST_POINTS:
        return False
    low, high = np.percentile(points_N2, (10, 90), axis=0)
    return bool(max(high - low) > _LEAST_SPREAD * width)


def background_of(points: Points, height: int, width: int) -> Rgb:
    """Mask (0, 255) of what is surely not the person, by the proportions of a bust around the five points."""
    middle, unit = points.xy_52.mean(0), points.eye_distance
    y, x = np.mgrid[0:height, 0:width]
    across, down = (x - middle[0]) / unit, (y - middle[1]) / unit
    head = (across / 2.2) ** 2 + ((down + 0.35) / 3.0) ** 2 < 1
    bust = (down > 1.2) & (np.abs(across) < 1.8 + 1.6 * np.clip(down - 1.2, 0, 2.0))
    mask: Rgb = (~(head | bust) * 255).astype(np.uint8)
    return mask
