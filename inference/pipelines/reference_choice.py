"""Which of a character's photos is drawn: the one that faces us most, large and sharp, with its lips closed.

Where that one shows teeth all the same, another with closed lips may lend it a mouth.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import cv2
import numpy as np

from inference.motion.calm_mouth import can_lend
from inference.motion.mesh import FaceMesh, NoFaceInPhoto, fit_mesh
from inference.motion.models import FaceModels
from inference.motion.neutral import measure_own
from inference.pipelines.contract import BadReference, CancelToken, CastPhoto, Photo, Picture
from inference.protocol import Box
from inference.protocol.turning import SIDE_FROM_DEG

_FULL_SIZE_PX = 200.0  # a face this wide loses nothing in the largest frame's close-up that the eye would miss
_EASY_TURN_DEG = 20.0  # a photo turned this far leaves little room to act and hides a cheek
_BEST_SIDE_DEG, _LEAST_SIDE_PX = 32.0, 60.0
_GRIN = 0.85  # of the marks, for one whose lips must be drawn over its teeth
_CLEAR = 60.0  # variance of the Laplacian of a face scaled to 160 px: half marks here


@dataclass(frozen=True)
class Choice:
    """The photo to draw. mouth: the best with closed lips that can lend it one, None where it needs or has none."""

    photo: Photo
    mouth: Photo | None


def choose_photo(models: FaceModels, character: CastPhoto, cancel: CancelToken) -> Choice:
    """Raises BadReference when no face in any of the photos can be read."""
    meshes: dict[int, FaceMesh] = {}
    marks: list[tuple[float, int]] = []
    for i, photo in enumerate(character.photos):
        cancel.check()
        if photo.face is None:
            continue
        try:
            meshes[i] = fit_mesh(models, photo.rgb_HWC_uint8, photo.face)
        except NoFaceInPhoto:
            continue
        marks.append((_mark(meshes[i], photo.rgb_HWC_uint8, photo.face), -i))
    if not marks:
        raise BadReference(f"no face could be read in the references of {character.name}")
    ranked = [-i for _, i in sorted(marks, reverse=True)]
    best = ranked[0]
    lenders = [i for i in ranked[1:] if can_lend(meshes[best], meshes[i])]
    lenders.sort(key=lambda i: measure_own(meshes[i]).shows_teeth)  # those with closed lips before the others
    return Choice(character.photos[best], character.photos[lenders[0]] if lenders else None)


def choose_sides(
    models: FaceModels, character: CastPhoto, front: Photo, sides: Collection[int], cancel: CancelToken
) -> tuple[Photo, ...]:
    """For each side (-1 the viewer's left, 1 the right) the photo that shows it best, where one does."""
    best: dict[int, tuple[float, int]] = {}
    for i, photo in enumerate(character.photos):
        cancel.check()
        if photo.face is None or photo.sha256 == front.sha256:
            continue
        try:
            mesh = fit_mesh(models, photo.rgb_HWC_uint8, photo.face)
        except NoFaceInPhoto:
            continue
        side = 1 if mesh.yaw_deg > 0 else -1
        mark = _mark_of_side(mesh, photo.rgb_HWC_uint8, photo.face)
        if side in sides and mark > 0:
            best[side] = max(best.get(side, (0.0, 0)), (mark, -i))
    return tuple(character.photos[-index] for _, index in (best[side] for side in sorted(best)))


def _mark_of_side(mesh: FaceMesh, rgb: Picture, face: Box) -> float:
    """Turned by about 30° × level × large × sharp; 0 where it shows no side, or is too small to stand in."""
    turned = abs(mesh.yaw_deg)
    if turned < SIDE_FROM_DEG or mesh.width_px < _LEAST_SIDE_PX:
        return 0.0
    well_turned = float(np.exp(-((turned - _BEST_SIDE_DEG) ** 2 + mesh.pitch_deg**2) / (2 * _EASY_TURN_DEG**2)))
    sharp = _sharpness(rgb, face)
    return well_turned * min(1.0, mesh.width_px / _FULL_SIZE_PX) * sharp / (sharp + _CLEAR)


def _mark(mesh: FaceMesh, rgb: Picture, face: Box) -> float:
    """Frontal × large × sharp, each 0..1; a grin costs a little, for a calm mouth is easier to move than to make."""
    frontal = float(np.exp(-(mesh.yaw_deg**2 + mesh.pitch_deg**2) / (2 * _EASY_TURN_DEG**2)))
    large = min(1.0, mesh.width_px / _FULL_SIZE_PX)
    sharp = _sharpness(rgb, face)
    calm = _GRIN if measure_own(mesh).leaves_traces else 1.0
    return calm * frontal * large * sharp / (sharp + _CLEAR)


def _sharpness(rgb: Picture, face: Box) -> float:
    left, top = max(0, int(face.x)), max(0, int(face.y))
    crop = rgb[top : int(face.y + face.height), left : int(face.x + face.width)]
    if crop.size == 0:
        return 0.0
    grey = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), (160, 160), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())
