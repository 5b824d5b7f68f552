"""Separating the person from the photo: alpha, the person's own colours at the edge, and the plate behind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.models import FaceModels, Floats, Rgb


@dataclass(frozen=True)
class CutOut:
    """person × alpha + plate × (1 - alpha) gives back the photo. alpha_HW in 0..1; colours in 0..255."""

    person_rgb: Rgb
    alpha_HW: Floats
    plate_rgb: Rgb


def cut_out(models: FaceModels, rgb_HWC_uint8: Rgb, face_centre_2: Floats) -> CutOut:
    """Split the photo into the person with the given face and the plate, whose hole is filled once, here."""
    alpha = _matte(models, rgb_HWC_uint8, face_centre_2)
    reach = max(3, round(0.012 * max(alpha.shape)))
    hole = cv2.dilate((alpha > 0.04).astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    photo = rgb_HWC_uint8.astype(np.float32)
    plate = _fill_plate(photo, 1 - hole.astype(np.float32))
    person = _own_colours(photo, plate, alpha)
    return CutOut(_to_uint8(person), alpha, _to_uint8(plate))


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


def _matte(models: FaceModels, rgb: Rgb, face_centre_2: Floats) -> Floats:
    height, width = rgb.shape[:2]
    coarse = cv2.resize(models.read_matte(rgb), (width, height), interpolation=cv2.INTER_CUBIC)
    fine = _guided(rgb.astype(np.float32) / 255, np.clip(coarse, 0, 1), max(2, round(0.008 * max(width, height))))
    alpha = np.clip((fine - 0.12) / 0.76, 0, 1)
    return _only_with_face(alpha, face_centre_2)


def _guided(guide_HWC: Floats, values_HW: Floats, radius_px: int, epsilon: float = 2e-4) -> Floats:
    """Guided filter on luminance: the matte's edge moves onto the picture's edge (He et al. 2013)."""
    size = (2 * radius_px + 1, 2 * radius_px + 1)
    guide = guide_HWC @ np.array([0.299, 0.587, 0.114], np.float32)

    def blur(x: Floats) -> Floats:
        return np.asarray(cv2.blur(x, size, borderType=cv2.BORDER_REFLECT), np.float32)

    mean_g, mean_v = blur(guide), blur(values_HW)
    slope = (blur(guide * values_HW) - mean_g * mean_v) / (blur(guide * guide) - mean_g * mean_g + epsilon)
    offset = mean_v - slope * mean_g
    return np.clip(blur(slope) * guide + blur(offset), 0, 1).astype(np.float32)


def _only_with_face(alpha: Floats, face_centre_2: Floats) -> Floats:
    """Drop islands that are not connected to the person whose face it is."""
    _, labels = cv2.connectedComponents((alpha > 0.3).astype(np.uint8))
    height, width = alpha.shape
    x, y = np.clip(np.round(face_centre_2).astype(int), 0, [width - 1, height - 1])
    if labels[y, x] == 0:
        return alpha
    mine = (labels == labels[y, x]).astype(np.uint8)
    near = cv2.dilate(mine, np.ones((9, 9), np.uint8)).astype(np.float32)
    kept: Floats = alpha * near
    return kept


def _own_colours(photo: Floats, plate: Floats, alpha: Floats) -> Floats:
    """The person's colours, free of the background at the soft edge, and spread outwards for the interpolation."""
    inside = fill(photo, (alpha > 0.97).astype(np.float32))
    solved = (photo - (1 - alpha[..., None]) * plate) / np.maximum(alpha[..., None], 0.05)
    solved = np.clip(solved, 0, 255)
    trust = np.clip((alpha - 0.15) / 0.6, 0, 1)[..., None]
    own: Floats = inside + (solved - inside) * trust
    return own


def _fill_plate(photo: Floats, known: Floats) -> Floats:
    """Fill the hole behind the person; a little of the photo's own grain keeps the patch from looking airbrushed."""
    if known.sum() < 0.02 * known.size:
        known = np.maximum(known, 1e-3)
    filled = fill(photo, known)
    grain = photo - cv2.GaussianBlur(photo, (0, 0), 1.5)
    visible = known > 0.5
    level = float(np.median(np.abs(grain[visible]))) if visible.any() else 0.0
    noise = np.random.default_rng(0).normal(0, min(level, 3.0), (*known.shape, 1)).astype(np.float32)
    return np.clip(filled + noise * (1 - known[..., None]), 0, 255)


def _to_uint8(values: Floats) -> Rgb:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
