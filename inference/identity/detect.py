"""What a detected face is, and how one is read off the detector's overlapping candidates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from inference.identity.pose import Points, pose_of
from inference.identity.warp import RGB
from inference.protocol import Box

Floats = npt.NDArray[np.float32]

_STRIDE_PX = 32
_AREA_BELOW = 0.4  # bilinear shrinking is twice as fast and good enough above
_SAME_FACE_OVERLAP = 0.4
_VOTING_OVERLAP = 0.5


class PitchScale(NamedTuple):
    """How a detector's points show a nod: the pitch they give a level head, and true degrees for each they show."""

    level_deg: float
    gain: float


TRUE_PITCH = PitchScale(level_deg=0, gain=1)


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture, in that picture's pixels.

    box: inside the picture, x and y its top left corner. points_52: float32 [5, 2], viewer's left eye, right eye, nose
    tip, left and right mouth corner. confidence: the detector's, 0–1. Angles are those of `pose_of`.
    """

    box: Box
    points_52: Points
    confidence: float
    pitch_scale: PitchScale = TRUE_PITCH

    @cached_property
    def _pose(self) -> tuple[float, float, float]:
        return pose_of(self.points_52)

    @property
    def yaw_deg(self) -> float:
        return self._pose[0]

    @property
    def pitch_deg(self) -> float:
        """Coarser than yaw and roll: people differ by some ±8°, so changes over time are truer than the value."""
        return self.pitch_scale.gain * (self._pose[1] - self.pitch_scale.level_deg)

    @property
    def roll_deg(self) -> float:
        return self._pose[2]

    @property
    def size_px(self) -> float:
        """Side of the square that has the box's area."""
        return float(np.sqrt(self.box.width * self.box.height))

    @property
    def centre(self) -> tuple[float, float]:
        return self.box.x + self.box.width / 2, self.box.y + self.box.height / 2


class Candidates(NamedTuple):
    """The detector's rows above a threshold: float32 scores [N], boxes [N, 4] as x1 y1 x2 y2, points [N, 5, 2]."""

    scores_N: Floats
    boxes_N4: Floats
    points_N52: Floats

    def scaled(self, scale: tuple[float, float]) -> Candidates:
        """In the pixels of the picture, which has `scale` pixels for each of the detector's input in x and y."""
        scale_2 = np.array(scale)
        return Candidates(self.scores_N, self.boxes_N4 * np.tile(scale_2, 2), self.points_N52 * scale_2)


def together(parts: list[Candidates]) -> Candidates:
    """All candidates of several passes over one picture."""
    return Candidates(*(np.concatenate(rows) for rows in zip(*parts, strict=True)))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0–1."""
    corners = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in (one, other)]
    return float(_overlaps(np.array(corners[0]), np.array(corners[1:]))[0])


def input_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """(width, height) of the detector's input: the picture's aspect, never enlarged, up to whole strides."""
    scale = min(long_side / max(width, height), 1.0)
    return _whole_strides(width * scale), _whole_strides(height * scale)


def _whole_strides(side_px: float) -> int:
    return _STRIDE_PX * max(-(-round(side_px) // _STRIDE_PX), 1)


def letterboxed(picture: RGB, size: tuple[int, int]) -> tuple[RGB, tuple[float, float]]:
    """The picture in the top left of a black `size` (width, height), and picture pixels per input pixel in x and y."""
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    fitted = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(picture, fitted, interpolation=cv2.INTER_AREA if scale < _AREA_BELOW else cv2.INTER_LINEAR)
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    canvas[: fitted[1], : fitted[0]] = small
    return canvas, (width / fitted[0], height / fitted[1])


def faces_among(candidates: Candidates, width: int, height: int, min_confidence: float) -> list[Face]:
    """One face for every group of overlapping candidates, cut to the picture, the largest first.

    The best candidate gives the confidence; box and points are the group's mean by squared score, which halves the
    jitter that comes from where the detector's cells fall.
    """
    scores_N, boxes_N4, points_N52 = candidates
    left = np.argsort(-scores_N, kind="stable")
    found = []
    while left.size and scores_N[left[0]] >= min_confidence:
        shared = _overlaps(boxes_N4[left[0]], boxes_N4[left])
        voters = left[shared > _VOTING_OVERLAP]
        weights = scores_N[voters] ** 2 / np.sum(scores_N[voters] ** 2)
        box = _box_inside(weights @ boxes_N4[voters], width, height)
        if box is not None:
            points_52 = np.tensordot(weights, points_N52[voters], 1).astype(np.float32)
            found.append(Face(box, points_52, min(float(scores_N[left[0]]), 1.0)))
        left = left[shared <= _SAME_FACE_OVERLAP]
    return sorted(found, key=lambda face: -face.size_px)


def _overlaps(box_4: npt.NDArray[np.floating], boxes_N4: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    low_N2, high_N2 = np.maximum(box_4[:2], boxes_N4[:, :2]), np.minimum(box_4[2:], boxes_N4[:, 2:])
    shared_N = np.clip(high_N2 - low_N2, 0, None).prod(axis=1)
    area_N = (boxes_N4[:, 2:] - boxes_N4[:, :2]).prod(axis=1)
    area = (box_4[2:] - box_4[:2]).prod()
    return np.asarray(shared_N / np.maximum(area + area_N - shared_N, 1e-9))


def _box_inside(corners_4: npt.NDArray[np.floating], width: int, height: int) -> Box | None:
    left, top = max(float(corners_4[0]), 0.0), max(float(corners_4[1]), 0.0)
    right, bottom = min(float(corners_4[2]), float(width)), min(float(corners_4[3]), float(height))
    if right - left < 1 or bottom - top < 1:
        return None
    return Box(x=left, y=top, width=right - left, height=bottom - top)
