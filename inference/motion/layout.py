"""Where each actor stands in the frame and how large: framing, placement, and cut edges kept out of sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.motion.actor import Actor
from inference.motion.models import Floats
from inference.protocol import Framing, Placement

_FACE_HEIGHT: dict[Framing, float] = {"ecu": 0.66, "cu": 0.46, "ms": 0.30, "ws": 0.20}  # of the frame's height
# The face at most, of the room that an actor has: hair takes two thirds more, and only an extreme close-up cuts it.
_FACE_WIDTH: dict[Framing, float] = {"ecu": 0.62, "cu": 0.54, "ms": 0.54, "ws": 0.54}
_ROOM = {1: 1.0, 2: 0.46, 3: 0.33}  # of the frame's width, for each of so many actors
_FACE_LEVEL: dict[Framing, float] = {"ecu": 0.50, "cu": 0.44, "ms": 0.40, "ws": 0.40}  # the face's middle, from the top
_LOWEST_LEVEL = 0.56  # an actor alone is rather enlarged than sunk below it
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
    wishes = []
    for (actor, _), at in zip(actors, across, strict=True):
        face = actor.mesh
        widest = _FACE_WIDTH[framing] * _ROOM[len(actors)] * width * face.height_px / face.width_px
        face_px = min(_FACE_HEIGHT[framing] * height, widest)
        wishes.append(_Wish(face_px, at * width, _FACE_LEVEL[framing] * height))
    if len(actors) == 1:
        return [_stand_alone(actors[0][0], wishes[0], width, height, cover=own_plate)]
    level = max(max(wish.y, height - _rows_below(actor, wish)) for (actor, _), wish in zip(actors, wishes, strict=True))
    return [
        _stand_at(actor, wish.face_px / actor.mesh.height_px, wish.x, level)
        for (actor, _), wish in zip(actors, wishes, strict=True)
    ]


@dataclass(frozen=True)
class _Wish:
    """The face as the framing wants it: its height and its middle, frame pixels."""

    face_px: float
    x: float
    y: float


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


def _stand_alone(actor: Actor, wish: _Wish, width: int, height: int, *, cover: bool) -> Stand:
    photo_height, photo_width = actor.photo_rgb.shape[:2]
    centre = actor.face_centre_2
    scale = wish.face_px / actor.mesh.height_px
    if cover:
        scale = _prefer_cover(scale, max(width / photo_width, height / photo_height))
    below = photo_height - 1 - centre[1]
    scale = max(scale, (1 - _LOWEST_LEVEL) * height / below)
    x, y = wish.x, max(wish.y, height - scale * below)
    if cover:
        x, y = _keep_inside(scale, centre, x, y, photo_width, photo_height, width, height)
    return _stand_at(actor, scale, x, y)


def _stand_at(actor: Actor, scale: float, x: float, y: float) -> Stand:
    return Stand(float(scale), np.array([x, y]) - scale * actor.face_centre_2)


def _rows_below(actor: Actor, wish: _Wish) -> float:
    """Frame rows from the face's middle down to the photo's lower edge."""
    below = actor.photo_rgb.shape[0] - 1 - actor.face_centre_2[1]
    return float(below * wish.face_px / actor.mesh.height_px)


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
