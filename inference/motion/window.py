"""Rectangles of the frame, and where their pixels lie under an affine map."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from inference.motion.models import Floats


@dataclass(frozen=True)
class Window:
    """A rectangle of the frame, pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def rows_columns(self) -> tuple[slice, slice]:
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    def part(self, rows_columns: tuple[slice, slice]) -> Window:
        """A rectangle inside this one, given by its own rows and columns."""
        rows, columns = rows_columns
        return Window(self.x + columns.start, self.y + rows.start, columns.stop - columns.start, rows.stop - rows.start)


def window_around(points_N2: Floats, photo_to_frame: Floats, frame: Window) -> Window | None:
    """The whole-pixel rectangle around photo points, with a margin, inside the frame; None when it is outside."""
    at = points_N2 @ photo_to_frame[:, :2].T + photo_to_frame[:, 2]
    margin = 3
    low = np.maximum(np.floor(at.min(axis=0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(at.max(axis=0)).astype(int) + margin + 1, [frame.width, frame.height])
    if (high - low < 2).any():
        return None
    return Window(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


@functools.lru_cache(maxsize=4)
def straight(affine_bytes: bytes, width: int, height: int) -> Floats:
    """Where every pixel of a window lies under a [2, 3] affine map (float64 bytes, so that a still camera is kept)."""
    affine = np.frombuffer(affine_bytes, np.float64).reshape(2, 3)
    across = np.arange(width, dtype=np.float32)
    down = np.arange(height, dtype=np.float32)[:, None]
    straight = np.empty((height, width, 2), np.float32)
    for axis in (0, 1):
        a, b, c = (np.float32(value) for value in affine[axis])
        np.add(a * across, b * down + c, out=straight[..., axis])
    return straight
