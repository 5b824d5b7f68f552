"""Where each actor stands in the frame and how large: framing, placement, and cut edges kept out of sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.motion.actor import Actor
from inference.motion.models import Floats
from inference.protocol import Framing, Placement

_FACE_HEIGHT: dict[Framing, float] = {"ecu": 0.66, "cu": 0.46, "ms": 0.30, "ws": 0.20}  # of the frame's height
_FACE_WIDTH = 0.62  # at most, of the room one actor has
_FACE_LEVEL: dict[Framing, float] = {"ecu": 0.50, "cu": 0.44, "ms": 0.40, "ws": 0.40}  # the face's middle, from the top
_LOWEST_LEVEL = 0.56
_ORDER: dict[Placement, int] = {"left": 0, "centre": 1, "right": 2}
_ALONE: dict[Placement, float] = {"left": 0.34, "centre": 0.5, "right": 0.66}
_TOGETHER = {2: (0.28, 0.72), 3: (0.18, 0.5, 0.82)}


@dataclass(frozen=True)
class Stand:
    """photo → frame at rest: frame = scale × photo + offset_2, pixels."""

    scale: float
    offset_2: Floats

    @property
    def affine(self) -> Floats:
        """[2, 3] from photo pixels to frame pixels."""
        return np.array([[self.scale, 0, self.offset_2[0]], [0, self.scale, self.offset_2[1]]])


def lay_out(
    actors: list[tuple[Actor, Placement]], framing: Framing, width: int, height: int, *, own_plate: bool
) -> list[Stand]:
    """Stand every actor in the frame, faces of like size, nobody floating: a cut edge is at or under the bottom."""
    across = _positions([placement for _, placement in actors])
    room = width / max(1.0, 0.9 * len(actors))
    face_px = min(_FACE_HEIGHT[framing] * height, _FACE_WIDTH * room * 1.25)
    stands = []
    for (actor, _), at in zip(actors, across, strict=True):
        cover = own_plate and len(actors) == 1
        stands.append(_stand(actor, face_px, at * width, _FACE_LEVEL[framing] * height, width, height, cover=cover))
    return stands


def _positions(placements: list[Placement]) -> list[float]:
    """Horizontal places, fractions of the frame; who shares a place with another steps aside in order."""
    if len(placements) == 1:
        return [_ALONE[placements[0]]]
    if len(placements) == 2 and set(placements) in ({"left", "centre"}, {"centre", "right"}, {"left", "right"}):
        places = _TOGETHER[2]
    else:
        places = _TOGETHER[len(placements)]
    order = sorted(range(len(placements)), key=lambda i: (_ORDER[placements[i]], i))
    found = [0.0] * len(placements)
    for place, i in zip(places, order, strict=True):
        found[i] = place
    return found


def _stand(actor: Actor, face_px: float, x: float, y: float, width: int, height: int, *, cover: bool) -> Stand:
    photo_height, photo_width = actor.photo_rgb.shape[:2]
    centre = actor.face_centre_2
    scale = face_px / actor.mesh.height_px
    if cover:
        scale = _prefer_cover(scale, max(width / photo_width, height / photo_height))
    below = photo_height - 1 - centre[1]
    scale = max(scale, (height - _LOWEST_LEVEL * height) / below)
    y = max(y, height - scale * below)
    if cover:
        x, y = _keep_inside(scale, centre, x, y, photo_width, photo_height, width, height)
    return Stand(float(scale), np.array([x - scale * centre[0], y - scale * centre[1]]))


def _prefer_cover(scale: float, cover: float) -> float:
    """A frame that the photo nearly covers is cropped from it rather than extended."""
    return cover if cover / 1.35 < scale < cover else scale


def _keep_inside(
    scale: float, centre: Floats, x: float, y: float, photo_width: int, photo_height: int, width: int, height: int
) -> tuple[float, float]:
    """Slide the photo so that its own borders stay outside the frame wherever it is large enough."""
    if scale * photo_width >= width and abs(x - width / 2) < 1:
        x = float(np.clip(x, width - scale * (photo_width - centre[0]), scale * centre[0]))
    if scale * photo_height >= height:
        y = float(np.clip(y, height - scale * (photo_height - 1 - centre[1]), scale * centre[1]))
    return x, y
