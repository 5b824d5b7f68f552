"""Filling what cannot be seen: behind the person, behind the lids, beyond an edge."""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np

from inference.motion.models import Floats, Rgb

Picture = TypeVar("Picture", Rgb, Floats)

_MIRROR_REACH = 0.035  # of the longer side: so deep the plate's texture is mirrored into the hole


def fill(values_HWC: Floats, known_HW: Floats) -> Floats:
    """Spread known values smoothly into the unknown (pull-push over a pyramid); known ones stay as they are."""
    weights = known_HW[..., None]
    if min(known_HW.shape) <= 2:
        total = float(weights.sum())
        mean = (values_HWC * weights).sum(axis=(0, 1)) / total if total > 1e-6 else values_HWC.mean(axis=(0, 1))
        return np.broadcast_to(mean, values_HWC.shape).astype(np.float32)
    height, width = known_HW.shape
    small = ((width + 1) // 2, (height + 1) // 2)
    weighted = cv2.resize(values_HWC * weights, small, interpolation=cv2.INTER_AREA)
    coarse_known = cv2.resize(known_HW, small, interpolation=cv2.INTER_AREA)
    coarse = weighted / np.maximum(coarse_known, 1e-6)[..., None]
    spread = fill(coarse, np.minimum(1, coarse_known * 4))
    behind = cv2.resize(spread, (width, height), interpolation=cv2.INTER_CUBIC)
    filled: Floats = behind + (values_HWC - behind) * weights
    return filled


def fill_hole(photo_HWC: Floats, behind_HWC: Floats, hole_HW: Floats) -> Floats:
    """Fill the hole (1) with the surroundings mirrored at its border, deep inside with the smooth `behind_HWC`.

    A head that moves uncovers a narrow strip: there the mirrored texture and grain look like more of the background.
    """
    shape = cv2.GaussianBlur(hole_HW, (0, 0), 3.0) > 0.4
    distance, border = cv2.distanceTransformWithLabels(
        shape.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    if not (border > 0).any() or not (~shape).any():
        return behind_HWC
    rows, columns = np.nonzero(~shape)
    labels = border[rows, columns]
    nearest = np.zeros((int(border.max()) + 1, 2), np.float32)
    nearest[labels] = np.stack([columns, rows], axis=-1)
    y, x = np.mgrid[: shape.shape[0], : shape.shape[1]].astype(np.float32)
    leap = 2 * (nearest[border] - np.stack([x, y], axis=-1))
    leap = cv2.GaussianBlur(leap, (0, 0), 2.5)
    mirrored = cv2.remap(photo_HWC, x + leap[..., 0], y + leap[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    reach = _MIRROR_REACH * max(shape.shape)
    # A leap that lands in the hole again (a narrow gap, a sharp corner) shows the person: use the smooth fill there.
    in_hole = shape.astype(np.float32)
    lands = cv2.remap(
        in_hole, x + leap[..., 0], y + leap[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=1.0
    )
    trust = np.clip(2 - 2 * distance / reach, 0, 1) * np.clip(1 - 2 * lands, 0, 1)
    trust = cv2.GaussianBlur(trust, (0, 0), 1.5)[..., None]
    grain = photo_HWC - cv2.GaussianBlur(photo_HWC, (0, 0), 1.5)
    level = min(3.0, float(np.median(np.abs(grain[~shape]))))
    noise = np.random.default_rng(0).normal(0, level, (*shape.shape, 1)).astype(np.float32)
    filled = behind_HWC + noise + (mirrored - behind_HWC - noise) * trust
    soft = cv2.GaussianBlur(shape.astype(np.float32), (0, 0), 1.0)
    soft = np.maximum(soft, hole_HW)[..., None]
    whole: Floats = np.clip(photo_HWC + (filled - photo_HWC) * soft, 0, 255)
    return whole


def blur_far(picture: Picture, sigma_px: float) -> Picture:
    """A wide Gaussian blur, on a smaller picture where that shows no difference."""
    shrink = max(1.0, sigma_px / 4)
    height, width = picture.shape[:2]
    small = cv2.resize(
        picture, (max(2, round(width / shrink)), max(2, round(height / shrink))), interpolation=cv2.INTER_AREA
    )
    blurred = cv2.GaussianBlur(small, (0, 0), sigma_px / shrink)
    enlarged: Picture = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_CUBIC)
    return enlarged
