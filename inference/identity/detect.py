"""What a detected face is: its box, five points, confidence and head pose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inference.identity.pose import Points, pose_of
from inference.protocol import Box

RGB = npt.NDArray[np.uint8]
Detections = npt.NDArray[np.float32]

_STRIDE_PX = 32


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture, in that picture's pixels.

    box: inside the picture, x and y its top left corner. points_52: float32 [5, 2], viewer's left eye, right eye, nose
    tip, left and right mouth corner. confidence: the detector's, 0–1. Angles are those of `pose_of`.
    """

    box: Box
    points_52: Points
    confidence: float

    @cached_property
    def _pose(self) -> tuple[float, float, float]:
        return pose_of(self.points_52)

    @property
    def yaw_deg(self) -> float:
        return self._pose[0]

    @property
    def pitch_deg(self) -> float:
        return self._pose[1]

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


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0–1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.width * one.height + other.width * other.height - shared)


def input_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """(width, height) of the detector's input: the picture's aspect, never enlarged, up to whole strides."""
    scale = min(long_side / max(width, height), 1.0)
    return _whole_strides(width * scale), _whole_strides(height * scale)


def _whole_strides(side_px: float) -> int:
    return _STRIDE_PX * max(-(-round(side_px) // _STRIDE_PX), 1)


def faces_found(boxes_N5: Detections, points_N52: Iterable[Points], width: int, height: int) -> list[Face]:
    """Faces from the detector's rows (x1, y1, x2, y2, confidence), cut to the picture, the largest first."""
    found = []
    for row, points_52 in zip(boxes_N5, points_N52, strict=True):
        left, top = max(float(row[0]), 0.0), max(float(row[1]), 0.0)
        right, bottom = min(float(row[2]), float(width)), min(float(row[3]), float(height))
        if right - left >= 1 and bottom - top >= 1:
            box = Box(x=left, y=top, width=right - left, height=bottom - top)
            found.append(Face(box, points_52.astype(np.float32), min(float(row[4]), 1.0)))
    return sorted(found, key=lambda face: -face.size_px)
