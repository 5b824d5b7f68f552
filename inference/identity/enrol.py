"""From a character's photos to a template: who is a stranger among them, what is a duplicate, how strong it is.

Computes embeddings: the caller must hold an active consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from inference.identity.detect import Face
from inference.identity.embed import aligned_crop
from inference.identity.pack import Embedding, Faces
from inference.identity.quality import ReadMouth, judge_photo
from inference.identity.warp import RGB
from inference.protocol import Box, EnrolledPhoto, PhotoVerdict, Template

DUPLICATE_COSINE, DUPLICATE_CORRELATION = 0.94, 0.90
_CLEARLY_BETTER = 0.1
_LEAST_QUALITY = 0.05
_ONE_PHOTO_STRENGTH = 0.6  # what one photo of full quality is worth; each further one closes that part of the rest
_SURE_COSINE = 0.6  # agreement among photos that is as good as can be hoped for


class Enrolment(NamedTuple):
    """verdicts: one a photo, in order. photos: the usable ones within their set. template: None if there are none."""

    verdicts: tuple[PhotoVerdict, ...]
    photos: tuple[EnrolledPhoto, ...]
    template: Template | None


@dataclass(frozen=True, eq=False)
class _Portrait:
    sha256: str
    quality: float
    embedding_unit: Embedding
    looks: npt.NDArray[np.float32]


def enrol_references(
    faces: Faces, references: Sequence[tuple[str, RGB, Box | None]], read_mouth: ReadMouth | None = None
) -> Enrolment:
    """references: (sha256, upright RGB photo [H, W, 3] uint8, box that chooses among several faces or None).

    Strangers and lesser duplicates get weight 0; the other weights sum to 1.
    """
    judged = [judge_photo(faces, sha256, rgb, chosen, read_mouth) for sha256, rgb, chosen in references]
    portraits = [
        _portrait(faces, rgb, photo.face, photo.verdict)
        for photo, (_, rgb, _) in zip(judged, references, strict=True)
        if photo.face is not None and photo.verdict.refusal is None
    ]
    verdicts = tuple(photo.verdict for photo in judged)
    if not portraits:
        return Enrolment(verdicts, (), None)
    similar_NN = _cosines(portraits)
    group = _largest_group(similar_NN >= faces.settings.threshold)
    originals = _originals(portraits, similar_NN)
    weights_N = _weights(portraits, group, originals)
    photos = tuple(
        EnrolledPhoto(
            sha256=portrait.sha256,
            weight=float(weights_N[i]),
            cosine_to_others=_cosine_to_others(i, portraits, weights_N),
            stranger=i not in group,
            duplicate_of=None if originals[i] == i else portraits[originals[i]].sha256,
        )
        for i, portrait in enumerate(portraits)
    )
    template = Template(
        pack=faces.settings.name,
        embedding_unit=tuple(float(value) for value in _mean(portraits, weights_N)),
        strength=_strength(portraits, weights_N, photos),
    )
    return Enrolment(verdicts, photos, template)


def _portrait(faces: Faces, rgb: RGB, face: Face, verdict: PhotoVerdict) -> _Portrait:
    assert verdict.chosen is not None
    crop = aligned_crop(rgb, face, faces.crop_px)
    grey = cv2.GaussianBlur(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (0, 0), 2).astype(np.float32).ravel()
    looks = grey - grey.mean()
    looks /= max(float(np.linalg.norm(looks)), 1e-6)
    return _Portrait(verdict.sha256, verdict.faces[verdict.chosen].quality, faces.embed_crop(crop), looks)


def _cosines(portraits: list[_Portrait]) -> npt.NDArray[np.float32]:
    stacked_ND = np.stack([portrait.embedding_unit for portrait in portraits])
    return stacked_ND @ stacked_ND.T


def _largest_group(alike_NN: npt.NDArray[np.bool_]) -> set[int]:
    """The most photos that are one person (each alike to another of them); among equals the one with the first photo.

    So of two photos that differ, the second is the stranger.
    """
    groups: list[set[int]] = []
    for i in range(len(alike_NN)):
        linked = [group for group in groups if any(alike_NN[i, j] for j in group)]
        groups = [group for group in groups if group not in linked] + [{i}.union(*linked)]
    return min(groups, key=lambda group: (-len(group), min(group)))


def _originals(portraits: list[_Portrait], similar_NN: npt.NDArray[np.float32]) -> list[int]:
    """For every photo the one that it nearly repeats, itself when there is none.

    The earliest photo of such a group stands for it, unless another is clearly better.
    """
    best_first = sorted(range(len(portraits)), key=lambda i: (-portraits[i].quality, i))
    originals = list(range(len(portraits)))
    for rank, i in enumerate(best_first):
        if originals[i] != i:
            continue
        repeats = [j for j in best_first[rank:] if originals[j] == j and _repeats(portraits, similar_NN, i, j)]
        stands = min(j for j in repeats if portraits[j].quality >= portraits[i].quality - _CLEARLY_BETTER)
        for j in repeats:
            originals[j] = stands
    return originals


def _repeats(portraits: list[_Portrait], similar_NN: npt.NDArray[np.float32], i: int, j: int) -> bool:
    """One shot twice (resized, cropped, compressed again), or a shot and itself."""
    alike = similar_NN[i, j] >= DUPLICATE_COSINE
    return i == j or bool(alike and portraits[i].looks @ portraits[j].looks >= DUPLICATE_CORRELATION)


def _weights(portraits: list[_Portrait], group: set[int], originals: list[int]) -> npt.NDArray[np.float64]:
    """Quality of the photos that count, as shares of 1."""
    qualities_N = np.array([max(portrait.quality, _LEAST_QUALITY) for portrait in portraits])
    counts_N = np.array([i in group and originals[i] == i for i in range(len(portraits))])
    counted_N: npt.NDArray[np.float64] = qualities_N * counts_N
    counted_N /= counted_N.sum()
    return counted_N


def _mean(portraits: list[_Portrait], weights_N: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    mean_D = weights_N @ np.stack([portrait.embedding_unit for portrait in portraits]).astype(np.float64)
    unit: npt.NDArray[np.float64] = mean_D / np.linalg.norm(mean_D)
    return unit


def _cosine_to_others(i: int, portraits: list[_Portrait], weights_N: npt.NDArray[np.float64]) -> float | None:
    """Cosine to the template that the other photos make without this one; None when there are none."""
    others_N = weights_N.copy()
    others_N[i] = 0
    if others_N.sum() == 0:
        return None
    return float(portraits[i].embedding_unit @ _mean(portraits, others_N))


def _strength(
    portraits: list[_Portrait], weights_N: npt.NDArray[np.float64], photos: tuple[EnrolledPhoto, ...]
) -> float:
    """0–1: more photos, better photos and photos that agree make a stronger template."""
    used = [i for i in range(len(portraits)) if weights_N[i] > 0]
    missing = float(np.prod([1 - _ONE_PHOTO_STRENGTH * portraits[i].quality for i in used]))
    agreements = [cosine for i in used if (cosine := photos[i].cosine_to_others) is not None]
    agreement = float(np.clip(np.mean(agreements) / _SURE_COSINE, 0, 1)) if len(used) > 1 else 1.0
    return float(np.clip((1 - missing) * agreement, 0, 1))
