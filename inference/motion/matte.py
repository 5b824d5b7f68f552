"""Separating the person from the photo: alpha, the person's own colours at the edge, and the plate behind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.inpaint import fill, fill_hole
from inference.motion.models import FaceModels, Floats, Rgb


@dataclass(frozen=True)
class CutOut:
    """person × alpha + plate × (1 - alpha) gives back the photo. alpha_HW in 0..1; colours in 0..255."""

    person_rgb: Rgb
    alpha_HW: Floats
    plate_rgb: Rgb


def cut_out(models: FaceModels, rgb_HWC_uint8: Rgb, face_centre_2: Floats) -> CutOut:
    """Split the photo into the person with the given face and the plate, whose hole is filled once, here."""
    coarse = _matte(models, rgb_HWC_uint8, face_centre_2)
    photo = rgb_HWC_uint8.astype(np.float32)
    reach = max(3, round(0.012 * max(coarse.shape)))
    background = _shrunk(coarse < 0.03, reach)
    inside = fill(photo, _shrunk(coarse > 0.97, reach // 3))
    outside = fill(photo, background)
    plain = _plainness(photo, background, reach)
    alpha = _judge_colours(photo, inside, outside, coarse, plain, reach)
    # Over a plain background the hole may be generous and take stray hairs with it; over a pattern it stays tight,
    # for there any filling can be told from the photo.
    touched = alpha > 0.03
    hole = np.where(plain > 0.5, _grown(touched, reach), _grown(touched, max(1, reach // 4)))
    plate = fill_hole(photo, outside, hole.astype(np.float32))
    person = _own_colours(photo, inside, plate, alpha)
    return CutOut(_to_uint8(person), alpha, _to_uint8(plate))


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


def _judge_colours(photo: Floats, inside: Floats, outside: Floats, coarse: Floats, plain: Floats, reach: int) -> Floats:
    """Along the edge, alpha from the colours: how far a pixel lies from the background's to the person's colour.

    Where both sides look alike the network's alpha stands. This finds single hairs and takes soft halos away.
    """
    edge = _grown((coarse > 0.03) & (coarse < 0.97), max(2, reach // 2))
    band = cv2.GaussianBlur(edge, (0, 0), reach / 4)
    apart = inside - outside
    length = (apart * apart).sum(axis=-1)
    judged = np.clip(((photo - outside) * apart).sum(axis=-1) / (length + 1e-3), 0, 1)
    judged = np.clip((judged - 0.06) / 0.80, 0, 1)
    trust = np.clip((np.sqrt(length) - 35) / 60, 0, 1) * band * plain * 0.85
    alpha: Floats = coarse + (judged - coarse) * trust
    return alpha


def _own_colours(photo: Floats, inside: Floats, plate: Floats, alpha: Floats) -> Floats:
    """The person's colours, free of the background at the soft edge, and spread outwards for the interpolation."""
    solved = (photo - (1 - alpha[..., None]) * plate) / np.maximum(alpha[..., None], 0.05)
    solved = np.clip(solved, 0, 255)
    trust = np.clip((alpha - 0.15) / 0.6, 0, 1)[..., None]
    own: Floats = inside + (solved - inside) * trust
    return own


def _plainness(photo: Floats, known: Floats, reach: int) -> Floats:
    """1 where the background nearby is plain, 0 where its pattern makes colours a poor witness."""
    busy = np.abs(photo - cv2.GaussianBlur(photo, (0, 0), 1.0 * reach)).mean(axis=-1) * known
    near, size = (0, 0), 3.0 * reach
    level = cv2.GaussianBlur(busy, near, size) / np.maximum(cv2.GaussianBlur(known, near, size), 1e-3)
    plain: Floats = np.clip(1.5 - level / 9, 0, 1)
    return plain


def _grown(mask: npt.NDArray[np.bool_], by_px: int) -> Floats:
    grown: Floats = cv2.dilate(mask.astype(np.float32), np.ones((2 * by_px + 1, 2 * by_px + 1), np.uint8))
    return grown


def _shrunk(mask: npt.NDArray[np.bool_], by_px: int) -> Floats:
    return 1 - _grown(~mask, by_px)


def _to_uint8(values: Floats) -> Rgb:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
