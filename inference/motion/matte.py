"""Separating the person from the photo: alpha, the person's own colours at the edge, and the plate behind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.inpaint import blur_far, fill, fill_hole
from inference.motion.matting import enlarge_alpha, own_colours, solve_alpha
from inference.motion.models import FaceModels, Floats, Rgb

Mask = npt.NDArray[np.bool_]

_SOLVED_PX = 640  # longer side of the picture that alpha is solved on
# In face heights:
_LOOK_ABOVE, _LOOK_BELOW, _LOOK_BESIDE = 1.0, 1.9, 1.45  # the network's second look, about the face's middle
_THIN = 0.07  # what hangs on the person by less is no part of it
_INWARDS, _OUTWARDS, _BODY_OUTWARDS = 0.035, 0.11, 0.05  # of the coarse edge: where alpha is unknown
_INSIDE = 0.75  # of the face's outline, which for a turned face can lie beside the cheek: so much is sure to be skin
_HAIR_REACH = 1.3  # about the face's middle: beyond it the edge is cloth
_HAZE, _SOLID = 0.06, 0.96  # alpha below and above which a pixel is wholly the one or the other


@dataclass(frozen=True)
class CutOut:
    """person × alpha + plate × (1 - alpha) gives back the photo. alpha_HW in 0..1; colours in 0..255."""

    person_rgb: Rgb
    alpha_HW: Floats
    plate_rgb: Rgb


def cut_out(models: FaceModels, rgb_HWC_uint8: Rgb, face_N2: Floats) -> CutOut:
    """Split the photo into the person with the given face (points on it, the outline among them) and the plate.

    The plate's hole is filled once, here.
    """
    photo = rgb_HWC_uint8.astype(np.float32) / 255
    shrink = min(1.0, _SOLVED_PX / max(photo.shape[:2]))
    size = (round(photo.shape[1] * shrink), round(photo.shape[0] * shrink))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA) if shrink < 1 else photo
    coarse = cv2.resize(_read_coarse(models, rgb_HWC_uint8, _Face(face_N2)), size, interpolation=cv2.INTER_AREA)
    reach = max(3, round(0.012 * max(size)))
    around = _grown(coarse > 0.5, 4 * reach) > 0
    plain = float(_plainness(255 * small, _shrunk(coarse < 0.03, reach), reach)[around].mean())
    trimap = _trimap(coarse, _Face(face_N2 * shrink), plain)
    alpha = _clean(solve_alpha(small, trimap, coarse), _Face(face_N2 * shrink))
    person, behind = own_colours(small, alpha)
    if shrink < 1:
        alpha, person = _enlarge(alpha, person, behind, small, photo)
    return CutOut(_to_uint8(255 * person), alpha, _to_uint8(_plate(255 * photo, alpha)))


def _clean(alpha: Floats, face: _Face) -> Floats:
    """Without haze, and without islands that are not connected to the face."""
    alpha = np.clip((alpha - _HAZE) / (_SOLID - _HAZE), 0, 1).astype(np.float32)
    clean: Floats = alpha * _grown(_holding(alpha > 0.1, face), 1)
    return clean


def _enlarge(alpha: Floats, person: Floats, behind: Floats, small: Floats, photo: Floats) -> tuple[Floats, Floats]:
    """Alpha and the person's colours at the photo's own size."""
    fine = enlarge_alpha(alpha, small, photo)
    size = photo.shape[1::-1]
    near = cv2.resize(cv2.dilate(alpha, _disc(1)), size), cv2.resize(cv2.erode(alpha, _disc(1)), size)
    fine = np.clip(fine, near[1], near[0])  # colours sharpen the edge; they may not invent one
    own, other = (cv2.resize(colours, size, interpolation=cv2.INTER_LINEAR) for colours in (person, behind))
    seen = np.clip(fine / 0.3, 0, 1)[..., None]
    solved = photo + (1 - fine[..., None]) * (own - other)
    return fine, np.clip(own + (solved - own) * seen, 0, 1)


class _Face:
    """Where the face is, pixels."""

    def __init__(self, points_N2: Floats) -> None:
        self.outline_N2 = cv2.convexHull(points_N2.astype(np.float32))[:, 0]
        self.middle_2 = (self.outline_N2.min(axis=0) + self.outline_N2.max(axis=0)) / 2
        self.height = float(np.ptp(self.outline_N2[:, 1]))

    def px(self, heights: float) -> int:
        """A length of so many face heights."""
        return max(1, round(heights * self.height))


def _read_coarse(models: FaceModels, rgb: Rgb, face: _Face) -> Floats:
    """The network's matte of the whole photo, and of head and shoulders where a second look sees them larger."""
    height, width = rgb.shape[:2]
    coarse: Floats = np.clip(cv2.resize(models.read_matte(rgb), (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    x, y = face.middle_2
    beside, above, below = (face.px(heights) for heights in (_LOOK_BESIDE, _LOOK_ABOVE, _LOOK_BELOW))
    left, right = max(0, round(x) - beside), min(width, round(x) + beside)
    top, low = max(0, round(y) - above), min(height, round(y) + below)
    if (right - left) * (low - top) > 0.7 * width * height:
        return coarse
    again = models.read_matte(np.ascontiguousarray(rgb[top:low, left:right]))
    closer = np.clip(cv2.resize(again, (right - left, low - top), interpolation=cv2.INTER_CUBIC), 0, 1)
    fade = face.px(0.25)
    share = np.minimum.outer(
        _inwards(low - top, top > 0, low < height, fade), _inwards(right - left, left > 0, right < width, fade)
    )
    part = coarse[top:low, left:right]
    coarse[top:low, left:right] = part + (closer - part) * share
    return coarse


def _inwards(length: int, from_start: bool, from_end: bool, fade_px: int) -> Floats:
    """0 at the ends that count, 1 from `fade_px` inwards."""
    at = np.arange(length, dtype=np.float32) / fade_px
    share = np.ones(length, np.float32)
    if from_start:
        share = np.minimum(share, at)
    if from_end:
        share = np.minimum(share, at[::-1])
    return share


def _trimap(coarse: Floats, face: _Face, plain: float) -> Floats:
    """1 on the person, 0 on the background, 0.5 where it has to be found out; `plain` is the background, 0 to 1."""
    person = _without_attachments(coarse > 0.5, face)
    sure = _shrunk(person & (coarse > 0.9), face.px(_INWARDS)).astype(np.uint8)
    cv2.fillConvexPoly(sure, np.round(face.middle_2 + _INSIDE * (face.outline_N2 - face.middle_2)).astype(np.int32), 1)
    y, x = np.indices(coarse.shape, dtype=np.float32)
    in_hair = np.hypot(x - face.middle_2[0], y - face.middle_2[1]) < face.px(_HAIR_REACH)
    hair = _BODY_OUTWARDS + (_OUTWARDS - _BODY_OUTWARDS) * plain  # amid a pattern, colours are a poor witness of hair
    near = np.where(in_hair, _grown(person, face.px(hair)), _grown(person, face.px(_BODY_OUTWARDS)))
    doubtful = (coarse > 0.1) & (_grown(person, face.px(2 * _OUTWARDS)) > 0)
    trimap = np.where((near > 0) | doubtful, np.float32(0.5), np.float32(0))
    trimap[sure > 0] = 1
    return trimap


def _without_attachments(person: Mask, face: _Face) -> Mask:
    """The part that the face belongs to, without what hangs on it by a thin neck."""
    radius = face.px(_THIN)
    kernel, edge = _disc(radius), 2 * radius + 1
    around = cv2.copyMakeBorder(person.astype(np.uint8), edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    opened = cv2.morphologyEx(around, cv2.MORPH_OPEN, kernel)[edge:-edge, edge:-edge]
    core = _holding(opened > 0, face)
    return person & (_grown(core, radius) > 0)


def _holding(mask: Mask, face: _Face) -> Mask:
    """The connected part of the mask that most of the face lies on; the mask as it is when there is none."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    of_face = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(of_face, np.round(face.outline_N2).astype(np.int32), 1)
    counts = np.bincount(labels[of_face > 0], minlength=2)
    counts[0] = 0
    return labels == counts.argmax() if counts.any() else mask


def _plate(photo: Floats, alpha: Floats) -> Floats:
    """The photo without the person."""
    reach = max(3, round(0.012 * max(alpha.shape)))
    background = _shrunk(alpha < 0.02, reach)
    outside = fill(photo, background)
    plain = _plainness(photo, background, reach)
    # Over a plain background the hole may be generous and take stray hairs with it; over a pattern it stays tight,
    # for there any filling can be told from the photo.
    touched = alpha > 0.03
    hole = np.where(plain > 0.5, _grown(touched, reach), _grown(touched, max(1, reach // 4)))
    return fill_hole(photo, outside, hole.astype(np.float32))


def _plainness(photo: Floats, known: Floats, reach: int) -> Floats:
    """1 where the background nearby is plain, 0 where it has a pattern."""
    busy = np.abs(photo - blur_far(photo, 1.0 * reach)).mean(axis=-1) * known
    level = blur_far(busy, 3.0 * reach) / np.maximum(blur_far(known, 3.0 * reach), 1e-3)
    plain: Floats = np.clip(1.5 - level / 9, 0, 1)
    return plain


def _disc(radius_px: int) -> Rgb:
    disc: Rgb = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius_px + 1, 2 * radius_px + 1))
    return disc


def _grown(mask: Mask, by_px: int) -> Floats:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disc(by_px)), np.float32)


def _shrunk(mask: Mask, by_px: int) -> Floats:
    return 1 - _grown(~mask, by_px)


def _to_uint8(values: Floats) -> Rgb:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
