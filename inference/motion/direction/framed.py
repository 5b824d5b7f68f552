"""Where a framing shows the cast, against where the stage at rest does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.motion.actor import Actor
from inference.motion.layout import FACE_HEIGHT, Stand, lay_out
from inference.motion.models import Floats
from inference.protocol import Framing, Placement

_IN_SIGHT = 0.48  # of the frame's width, to each side of its middle


@dataclass(frozen=True)
class Place:
    """nearness: ln of a face's height in the frame over that at rest. x, y: the middle of the cast's faces, from the
    frame's middle, in frame widths and heights; right and down are +.
    """

    nearness: float
    x: float
    y: float


def find_places(
    actors: list[tuple[Actor, Placement]],
    framings: Sequence[Framing],
    rest: Framing,
    size: tuple[int, int],
    *,
    own_plate: bool,
) -> dict[Framing, Place]:
    """The place of each framing and of `rest`, on a stage that is laid out for `rest`.

    Several people are come near no farther than they all stay in the frame. A place alone is framed as if somebody
    stood in its middle.
    """
    width, height = size
    wanted = dict.fromkeys((rest, *framings))
    if not actors:
        return {framing: Place(float(np.log(FACE_HEIGHT[framing] / FACE_HEIGHT[rest])), 0.0, 0.0) for framing in wanted}
    shown = {framing: _show(actors, lay_out(actors, framing, width, height, own_plate=own_plate)) for framing in wanted}
    at_rest = shown[rest]
    places = {}
    for framing, seen in shown.items():
        nearness = min(float(np.log(seen.face_px / at_rest.face_px)), at_rest.most_nearness(width))
        x, y = seen.middles_C2.mean(axis=0) / (width, height) - 0.5
        places[framing] = Place(nearness, float(x), float(y))
    return places


@dataclass(frozen=True)
class _Seen:
    """What a framing shows: how high and wide the first one's face is, and the middles of all, frame pixels."""

    face_px: float
    wide_px: float
    middles_C2: Floats

    def most_nearness(self, width: int) -> float:
        """How near a camera can come before the outermost of several faces leave the frame; who is alone never does."""
        if len(self.middles_C2) == 1:
            return np.inf
        reach_px = (float(np.ptp(self.middles_C2[:, 0])) + self.wide_px) / 2
        return max(0.0, float(np.log(_IN_SIGHT * width / reach_px)))


def _show(actors: list[tuple[Actor, Placement]], stands: list[Stand]) -> _Seen:
    scale = stands[0].scale
    middles = [
        stand.scale * actor.face_centre_2 + stand.offset_2 for (actor, _), stand in zip(actors, stands, strict=True)
    ]
    return _Seen(scale * actors[0][0].face_px, scale * actors[0][0].mesh.width_px, np.array(middles))
