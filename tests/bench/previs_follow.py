"""The camera of a clip, followed from frame to frame by points on the plate and on the chest: none drove the mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tests.bench.previs_features import Detector
from tests.bench.previs_patches import Array, Rgb

_SMOOTH = 7  # frames: a track to a tenth of a pixel still trembles from frame to frame
_POINTS = 240


@dataclass(frozen=True)
class Followed:
    """Paths [F], each from 0: how far plate and chest went, in frame widths (x) and heights (y), in ln of size, and in
    degrees. face_px: from the middle of the eyes to that of the mouth, NaN where no face was found.
    """

    plate: dict[str, Array]
    chest: dict[str, Array]
    face_px: Array


def follow(frames: Sequence[Rgb], detector: Detector) -> Followed:
    """Follow a clip of one person."""
    height, width = frames[0].shape[:2]
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    steps: dict[str, list[Array]] = {"plate": [np.zeros(4)], "chest": [np.zeros(4)]}
    face_px = []
    box = np.array([0.35 * width, 0.2 * height, 0.65 * width, 0.7 * height])
    for i, grey in enumerate(greys):
        found = detector.find(frames[i])
        face_px.append(np.nan if found is None else _length(found.xy_52))
        if found is not None:
            low, high = found.xy_52.min(axis=0), found.xy_52.max(axis=0)
            box = np.concatenate([low, high])
        if i + 1 < len(greys):
            for part in steps:
                steps[part].append(_step(grey, greys[i + 1], _mask(part, box, height, width)))
    paths = {part: _path(np.array(each), width, height) for part, each in steps.items()}
    return Followed(paths["plate"], paths["chest"], np.array(face_px))


def _length(xy_52: Array) -> float:
    return float(np.linalg.norm(xy_52[3:5].mean(axis=0) - xy_52[:2].mean(axis=0)))


def _mask(part: str, box: Array, height: int, width: int) -> Rgb:
    """Where points of the plate or of the chest may be: beside the person, or well under the chin."""
    left, top, right, low = box
    wide, high = right - left, low - top
    mask = np.zeros((height, width), np.uint8)
    if part == "chest":
        mask[
            max(0, min(height, round(low + 1.1 * high))) :, max(0, round(left - wide)) : max(0, round(right + wide))
        ] = 255
        return mask
    mask[:] = 255
    mask[:, max(0, round(left - 0.9 * wide)) : max(0, round(right + 0.9 * wide))] = 0
    mask[max(0, round(low)) :, max(0, round(left - 2.2 * wide)) : max(0, round(right + 2.2 * wide))] = 0
    return mask


def _step(before: Rgb, after: Rgb, mask: Rgb) -> Array:
    """x, y, ln of size and angle of the similarity from one frame to the next; NaN where too few points are seen."""
    at = cv2.goodFeaturesToTrack(before, _POINTS, 0.005, 5, mask=mask)
    if at is None or len(at) < 8:
        return np.full(4, np.nan)
    moved, seen, _ = cv2.calcOpticalFlowPyrLK(before, after, at, None, winSize=(17, 17), maxLevel=3)  # type: ignore[call-overload]
    kept = seen[:, 0] == 1
    if kept.sum() < 8:
        return np.full(4, np.nan)
    found, _ = cv2.estimateAffinePartial2D(at[kept], moved[kept], method=cv2.RANSAC, ransacReprojThreshold=0.8)
    if found is None:
        return np.full(4, np.nan)
    height, width = before.shape
    centre = np.array([width / 2, height / 2])
    shift = found[:, :2] @ centre + found[:, 2] - centre
    return np.array(
        [*shift, np.log(np.hypot(found[0, 0], found[1, 0])), np.degrees(np.arctan2(found[1, 0], found[0, 0]))]
    )


def _path(steps_F4: Array, width: int, height: int) -> dict[str, Array]:
    """Summed and smoothed; frames in which nothing could be followed go on as their neighbours do."""
    index = np.arange(len(steps_F4))
    known = ~np.isnan(steps_F4).any(axis=1)
    if known.sum() < 0.5 * len(index):
        return {}
    filled = np.stack([np.interp(index, index[known], column[known]) for column in steps_F4.T], axis=1)
    filled[0] = 0
    filled[:, 0] /= width
    filled[:, 1] /= height
    padded = np.pad(filled[1:], ((_SMOOTH // 2, _SMOOTH // 2), (0, 0)), mode="edge")
    smooth = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH, axis=0).mean(axis=-1)
    path = np.vstack([np.zeros(4), smooth.cumsum(axis=0)])
    return dict(zip(("x", "y", "size", "angle"), path.T, strict=True))
