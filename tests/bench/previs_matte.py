"""The matte: how far the colours of a cut-out person's edge are off, before plates that forgive nothing.

No photo comes with its true alpha, so truth is made: each person is given a crisp silhouette and some hundred single
hairs, straight and curled, drawn about the head with an alpha that is known; then laid over three painted places and
cut out of them again. Measured is the mean colour error (0..255, over both channels and pixels) in a band of 6 px about
the true edge and the hairs, before black, white, red and green; and the share of the hairs' alpha that was kept.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from inference.motion.layered import backdrop_plate
from inference.motion.matte import CutOut, cut_out
from inference.motion.mesh import fit_mesh
from inference.motion.parameters import NAMES
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_scene import face_models, largest_face
from tests.photos import people

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_PHOTOS = ("astronaut", "person_a_2", "person_b_1", "person_b_2", "impostor_1", "impostor_2", "obama2", "biden")
_PLACES = ("studio", "street", "living-room")
_PLATES = {"black": (0, 0, 0), "white": (255, 255, 255), "red": (200, 30, 30), "green": (30, 170, 60)}
_LONGEST_PX = 900
_BAND_PX = 6
_HAIRS = 120
_SHIFT = 4  # bits of a pixel's fraction


def run(report: Report) -> Outcome:
    """`scripts/bench previs_matte`."""
    outcome = Outcome()
    photos = {name: rgb for shown in people().values() for name, rgb in shown}
    errors: dict[str, float] = {}
    kept: dict[str, float] = {}
    for name in _PHOTOS:
        report(f"matte: {name}")
        rgb = _fitted(photos[name])
        face_N2 = fit_mesh(face_models(), rgb, largest_face(rgb)).points_N3[:, :2]
        person, alpha, hairs = with_hairs(cut_out(face_models(), rgb, face_N2), face_N2)
        found = [(cut_out(face_models(), before(person, alpha, place), face_N2)) for place in _PLACES]
        errors[name] = float(np.mean([edge_error(person, alpha, cut) for cut in found]))
        kept[name] = float(np.mean([np.minimum(cut.alpha_HW, hairs).sum() / hairs.sum() for cut in found]))
    outcome.note("edge_error", {name: round(value, 1) for name, value in errors.items()})
    outcome.note("hairs_kept", {name: round(value, 2) for name, value in kept.items()})
    outcome.check("edge_error_mean", round(float(np.mean(list(errors.values()))), 2), "<=", 10.0)
    outcome.check("edge_error_worst", round(max(errors.values()), 2), "<=", 16.0)
    outcome.check("hairs_kept_mean", round(float(np.mean(list(kept.values()))), 3), ">=", 0.6)
    return outcome


def with_hairs(cut: CutOut, face_N2: Floats) -> tuple[Floats, Floats, Floats]:
    """The person's colours, its alpha with a crisp edge and hairs about the head, and the hairs' own alpha outside."""
    crisp = np.clip((cv2.GaussianBlur(cut.alpha_HW, (0, 0), 1.0) - 0.5) / 0.5 + 0.5, 0, 1).astype(np.float32)
    low, high = face_N2.min(axis=0), face_N2.max(axis=0)
    middle, height = (low + high) / 2, float(high[1] - low[1])
    rng = np.random.default_rng(0)
    person, hairs = cut.person_rgb.astype(np.float32), np.zeros(crisp.shape, np.float32)
    edge = [_edge_at(crisp, middle, angle) for angle in rng.uniform(-2.9, -0.25, _HAIRS)]
    for root in (at for at in edge if at is not None and np.hypot(*(at - middle)) < 1.3 * height):
        strand = np.zeros(crisp.shape, np.uint8)
        away = (root - middle) / np.hypot(*(root - middle))
        aside = np.array([-away[1], away[0]]) * rng.uniform(-1.2, 1.2)
        t = np.linspace(-0.03, 1, 12)[:, None]
        curl = rng.uniform(0, 0.02) * np.hstack([np.sin(9 * t), np.cos(9 * t)])
        points = root + height * (rng.uniform(0.03, 0.09) * (t * away + t * t * aside) + curl * t)
        cv2.polylines(strand, [np.round(points * 2**_SHIFT).astype(np.int32)], False, 255, 1, cv2.LINE_AA, _SHIFT)
        shown = strand.astype(np.float32) / 255 * np.float32(rng.uniform(0.5, 0.9))
        at_root = person[tuple(np.clip((root - 0.03 * height * away)[::-1].astype(int), 0, np.array(crisp.shape) - 1))]
        person += (at_root - person) * ((shown > 0) & (crisp < 0.5))[..., None]
        hairs = np.maximum(hairs, shown)
    return person, np.maximum(crisp, hairs), hairs * (crisp < 0.02)


def _edge_at(alpha: Floats, middle: Floats, angle: float) -> Floats | None:
    """Where a ray from the face leaves the person; None where the picture ends first."""
    ray = middle + np.arange(max(alpha.shape))[:, None] * np.array([np.cos(angle), np.sin(angle)])
    inside = ((ray >= 0) & (ray < np.array(alpha.shape[::-1]) - 1)).all(axis=1)
    x, y = ray[inside].astype(int).T
    outside = np.flatnonzero(alpha[y, x] < 0.5)
    return np.asarray(ray[outside[0]], np.float32) if len(outside) else None


def before(person: Floats, alpha: Floats, place: str) -> Rgb:
    """The person before a painted place, as a photo."""
    height, width = alpha.shape
    wall = backdrop_plate(place, "ms", width, height).draw(np.zeros(len(NAMES), np.float32), 0.0, width, height)
    return laid(person, alpha, wall).round().astype(np.uint8)


def laid(person: Floats | Rgb, alpha: Floats, plate: Rgb | Floats) -> Floats:
    share = alpha[..., None]
    return np.asarray(person * share + plate * (1 - share), np.float32)


def edge_error(person: Floats, alpha: Floats, cut: CutOut) -> float:
    """Mean absolute colour error, 0..255, in the band about the true edge, over the plates."""
    soft = ((alpha > 0.02) & (alpha < 0.98)).astype(np.uint8)
    band = cv2.dilate(soft, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_BAND_PX + 1, _BAND_PX + 1))) > 0
    off = []
    for colour in _PLATES.values():
        plate = np.array(colour, np.float32)
        off.append(np.abs(laid(person, alpha, plate) - laid(cut.person_rgb, cut.alpha_HW, plate))[band].mean())
    return float(np.mean(off))


def _fitted(rgb: Rgb) -> Rgb:
    shrink = min(1.0, _LONGEST_PX / max(rgb.shape[:2]))
    size = (round(rgb.shape[1] * shrink), round(rgb.shape[0] * shrink))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
