"""Real photos on real stages, and what can be seen in a drawn frame."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.actor import Actor, prepare_actor
from inference.motion.mesh import FaceMesh, fit_mesh
from inference.motion.models import FaceModels, load_face_models
from inference.motion.parameters import INDEX, NAMES, Track
from inference.motion.shot_renderer import PlateSource, Stage
from inference.protocol import Box, Framing, Placement
from inference.registry.packaged import FACES, default_cache_dir, ensure
from tests.photos import astronaut, photo

Rgb = npt.NDArray[np.uint8]


@functools.cache
def models() -> FaceModels:
    return load_face_models(default_cache_dir())


@functools.cache
def _detector() -> cv2.FaceDetectorYN:
    weights = ensure(FACES, default_cache_dir()) / "yunet.onnx"
    return cv2.FaceDetectorYN.create(str(weights), "", (320, 320), 0.6)


def faces_in(rgb: Rgb) -> list[Box]:
    """Faces found by a network that had no part in drawing, the largest first."""
    height, width = rgb.shape[:2]
    shrink = min(1.0, 640 / max(height, width))
    small = cv2.resize(rgb, (round(width * shrink), round(height * shrink)), interpolation=cv2.INTER_AREA)
    _detector().setInputSize((small.shape[1], small.shape[0]))
    _, found = _detector().detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    rows = [] if found is None else [row[:4] / shrink for row in found]
    boxes = [Box(x=float(x), y=float(y), width=float(w), height=float(h)) for x, y, w, h in rows]
    return sorted(boxes, key=lambda box: -box.width * box.height)


@functools.cache
def actor(name: str) -> Actor:
    """`astronaut`, or a fixture photo."""
    rgb = astronaut() if name == "astronaut" else photo(name)
    return prepare_actor(models(), rgb, faces_in(rgb)[0])


def stage(
    *cast: tuple[str, Placement],
    plate: PlateSource = None,
    framing: Framing = "cu",
    size: tuple[int, int] = (512, 512),
) -> Stage:
    return Stage([(actor(name), placement) for name, placement in cast], plate, framing, *size)


def params(characters: int = 1, **channels: float) -> Track:
    """[C, P], alike for every character; channels that are not named rest."""
    values_P = np.zeros(len(NAMES), np.float32)
    for name, value in channels.items():
        values_P[INDEX[name]] = value
    return np.repeat(values_P[None], characters, axis=0)


@dataclass(frozen=True)
class Seen:
    """Measures of one face in a frame, by the mesh network run anew on that frame.

    Angles in degrees; gap in widths of the mouth; the others in distances of the outer eye corners.
    """

    yaw: float
    pitch: float
    roll: float
    gap: float
    mouth_width: float
    eye_opening: float
    brow_height: float
    face_px: float


def look_at(rgb: Rgb) -> Seen:
    mesh = fit_mesh(models(), rgb, faces_in(rgb)[0])
    eyes = _apart(mesh, 33, 263)
    return Seen(
        yaw=mesh.yaw_deg,
        pitch=mesh.pitch_deg,
        roll=mesh.roll_deg,
        gap=_apart(mesh, 13, 14) / _apart(mesh, 78, 308),
        mouth_width=_apart(mesh, 61, 291) / eyes,
        eye_opening=_opening(rgb, mesh) / eyes,
        brow_height=(_apart(mesh, 105, 33) + _apart(mesh, 334, 263)) / 2 / eyes,
        face_px=mesh.height_px,
    )


def gaze_in(rgb: Rgb) -> float:
    """How far the irises are to the viewer's right of the middle of the lids, in eye widths, by the iris network."""
    mesh = fit_mesh(models(), rgb, faces_in(rgb)[0])
    offsets = []
    for eye in (mesh.left_eye, mesh.right_eye):
        left, right = eye.upper_lid_N2[0], eye.upper_lid_N2[-1]
        across = (right - left) / np.linalg.norm(right - left)
        offsets.append(float((eye.iris_centre_2 - (left + right) / 2) @ across / np.linalg.norm(right - left)))
    return sum(offsets) / 2


def _apart(mesh: FaceMesh, one: int, other: int) -> float:
    return float(np.linalg.norm(mesh.points_N3[one] - mesh.points_N3[other]))


def _opening(rgb: Rgb, mesh: FaceMesh) -> float:
    """How much of the eyes' region is as dark or as white as no skin is: its area's square root, frame pixels."""
    area = 0.0
    for eye in (mesh.left_eye, mesh.right_eye):
        outline = np.vstack([eye.upper_lid_N2, eye.lower_lid_N2[::-1]])
        x, y, w, h = cv2.boundingRect(outline.astype(np.float32))
        patch = cv2.cvtColor(rgb[y : y + h, x : x + w], cv2.COLOR_RGB2HSV)
        dark = patch[..., 2] < 0.45 * np.percentile(patch[..., 2], 95)
        area += float(dark.sum())
    return float(np.sqrt(area))
