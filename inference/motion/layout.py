"""Where each actor stands in the frame and how large: framing, placement, and cut edges kept out of sight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inference.motion.actor import Actor
from inference.motion.models import Floats
from inference.protocol import Framing, Placement

# The face, chin to hairline, of the frame's height.
FACE_HEIGHT: dict[Framing, float] = {"ecu": 0.84, "cu": 0.50, "mcu": 0.35, "ms": 0.24, "ws": 0.105}
# The face at most, of the room that an actor has: hair takes a third more, and only an extreme close-up cuts it.
_FACE_WIDTH: dict[Framing, float] = {"ecu": 0.95, "cu": 0.71, "mcu": 0.58, "ms": 0.54, "ws": 0.54}
_SHARED_WIDTH = 0.50  # likewise beside others, in every framing: nobody's hair covers another's cheek
_ROOM = {1: 1.0, 2: 0.46, 3: 0.33}  # of the frame's width, for each of so many actors
# The face's middle, from the top: hair and a little air stand above it, more the wider the shot.
_FACE_LEVEL: dict[Framing, float] = {"ecu": 0.50, "cu": 0.46, "mcu": 0.41, "ms": 0.36, "ws": 0.36}
# So deep an actor may sink for the photo's lower edge to be out of sight.
_LOWEST_LEVEL: dict[Framing, float] = {"ecu": 0.56, "cu": 0.56, "mcu": 0.54, "ms": 0.56, "ws": 0.62}
_BEHIND: tuple[Framing, ...] = ("mcu", "ms", "ws")  # that are shot over something, where the photo's body ends
_SMALL = 0.35  # of the frame's height, a face: as several have it who are asked for in a close-up and share a frame
_OVERLAP = 0.06  # face heights of the body that it hides at least
_LOOK_ROOM = 0.05  # of the frame's width, for a photo that is turned by _TURNED_DEG
_TURNED_DEG = 25.0
_CROPPED = 1.08  # a frame that the photo covers but for so much is cropped from it
_ORDER: dict[Placement, int] = {"left": 0, "centre": 1, "right": 2}
_ALONE: dict[Placement, float] = {"left": 0.34, "centre": 0.5, "right": 0.66}
_TOGETHER = {2: (0.28, 0.72), 3: (0.18, 0.5, 0.82)}
_APART = 2.4  # face heights between neighbours at most: in a wide shot people do not stand a room apart


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
    """Stand every actor in the frame, faces of like size, nobody floating.

    A cut edge is at or under the bottom; a wider shot than the photo has a body for is taken over a ledge.
    """
    placements = [placement for _, placement in actors]
    faces_px = _alike([actor for actor, _ in actors], framing, width, height)
    across = _positions(placements, _APART * max(faces_px) / width)
    level = _FACE_LEVEL[framing] * height
    wishes = [_Wish(face_px, at * width, level) for face_px, at in zip(faces_px, across, strict=True)]
    if len(actors) == 1:
        if placements[0] == "centre" and not own_plate:
            wishes[0] = _with_look_room(wishes[0], actors[0][0], framing, width)
        return [_stand_alone(actors[0][0], wishes[0], framing, width, height, cover=own_plate)]
    level = max(max(wish.y, height - _rows_below(actor, wish)) for (actor, _), wish in zip(actors, wishes, strict=True))
    if _over_something(framing, faces_px, height):
        level = min(level, _LOWEST_LEVEL[framing] * height)
    return [
        _stand_at(actor, wish.face_px / actor.face_px, wish.x, level)
        for (actor, _), wish in zip(actors, wishes, strict=True)
    ]


def find_ledge(actors: list[Actor], stands: list[Stand], framing: Framing, height: int) -> float | None:
    """The frame's row from which on something in front hides where bodies end; None: they end below the frame."""
    faces_px = [stand.scale * actor.face_px for actor, stand in zip(actors, stands, strict=True)]
    if not _over_something(framing, faces_px, height):
        return None
    ends = [
        stand.offset_2[1] + stand.scale * (actor.photo_rgb.shape[0] - 1) - _OVERLAP * face_px
        for actor, stand, face_px in zip(actors, stands, faces_px, strict=True)
    ]
    return float(min(ends)) if min(ends) < height - _OVERLAP * max(faces_px) - 1 else None


def _over_something(framing: Framing, faces_px: list[float], height: int) -> bool:
    """Whether the shot may be taken over a ledge: a wide one, or one of several who are small in a narrow frame."""
    return framing in _BEHIND or (len(faces_px) > 1 and max(faces_px) < _SMALL * height)


def _face_px(actor: Actor, together: int, framing: Framing, width: int, height: int) -> float:
    """How high the framing wants the face: of the frame's height, or less where its room is narrow."""
    share = _FACE_WIDTH[framing] if together == 1 else min(_FACE_WIDTH[framing], _SHARED_WIDTH)
    widest = share * _ROOM[together] * width * actor.face_px / actor.mesh.width_px
    return min(FACE_HEIGHT[framing] * height, widest)


def _alike(actors: list[Actor], framing: Framing, width: int, height: int) -> list[float]:
    """How high every face is, heads being equally large.

    Each by its own hairline, whoever has a fringe would be a third larger than who stands beside: the one with the
    most forehead decides for all, as a fringe hides where the others' end.
    """
    wished = [_face_px(actor, len(actors), framing, width, height) for actor in actors]
    head_px = min(face_px / actor.face_px * actor.head_px for actor, face_px in zip(actors, wished, strict=True))
    return [actor.face_px * head_px / actor.head_px for actor in actors]


@dataclass(frozen=True)
class _Wish:
    """The face as the framing wants it: its height and its middle, frame pixels."""

    face_px: float
    x: float
    y: float


def _positions(placements: list[Placement], apart: float) -> list[float]:
    """Horizontal places, fractions of the frame; who shares a place with another steps aside in order.

    apart: between neighbours at most.
    """
    if len(placements) == 1:
        return [_ALONE[placements[0]]]
    places = _TOGETHER[len(placements)]
    nearer = min(1.0, apart / (places[1] - places[0]))
    order = sorted(range(len(placements)), key=lambda i: (_ORDER[placements[i]], i))
    found = [0.0] * len(placements)
    for place, i in zip(places, order, strict=True):
        found[i] = 0.5 + nearer * (place - 0.5)
    return found


def _with_look_room(wish: _Wish, actor: Actor, framing: Framing, width: int) -> _Wish:
    """Who looks aside has room there; a face that fills the frame has none to give."""
    if framing == "ecu":
        return wish
    aside = float(np.clip(actor.mesh.yaw_deg / _TURNED_DEG, -1, 1))
    return replace(wish, x=wish.x - _LOOK_ROOM * width * aside)


def _stand_alone(actor: Actor, wish: _Wish, framing: Framing, width: int, height: int, *, cover: bool) -> Stand:
    photo_height, photo_width = actor.photo_rgb.shape[:2]
    centre = actor.face_centre_2
    scale = wish.face_px / actor.face_px
    if cover:
        scale = _prefer_cover(scale, max(width / photo_width, height / photo_height))
    below = photo_height - 1 - centre[1]
    lowest = _LOWEST_LEVEL[framing] * height
    if framing not in _BEHIND:
        scale = max(scale, (height - lowest) / below)
    x, y = wish.x, float(np.clip(height - scale * below, wish.y, lowest))
    if cover:
        x, y = _keep_inside(scale, centre, x, y, photo_width, photo_height, width, height)
    return _stand_at(actor, scale, x, y)


def _stand_at(actor: Actor, scale: float, x: float, y: float) -> Stand:
    return Stand(float(scale), np.array([x, y]) - scale * actor.face_centre_2)


def _rows_below(actor: Actor, wish: _Wish) -> float:
    """Frame rows from the face's middle down to the photo's lower edge."""
    below = actor.photo_rgb.shape[0] - 1 - actor.face_centre_2[1]
    return float(below * wish.face_px / actor.face_px)


def _prefer_cover(scale: float, cover: float) -> float:
    """A frame that the photo nearly covers is cropped from it rather than extended."""
    return cover if cover / _CROPPED < scale < cover else scale


def _keep_inside(
    scale: float, centre: Floats, x: float, y: float, photo_width: int, photo_height: int, width: int, height: int
) -> tuple[float, float]:
    """Slide the photo so that its own borders stay outside the frame wherever it is large enough."""
    if scale * photo_width >= width and abs(x - width / 2) < 1:
        x = float(np.clip(x, width - scale * (photo_width - centre[0]), scale * centre[0]))
    if scale * photo_height >= height:
        y = float(np.clip(y, height - scale * (photo_height - 1 - centre[1]), scale * centre[1]))
    return x, y
