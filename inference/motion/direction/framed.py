"""Where a framing shows the cast, against where the stage at rest does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.motion.actor import Actor
from inference.motion.layout import lay_out
from inference.protocol import Framing, Placement


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
    """The place of each framing and of `rest`, on a stage that is laid out for `rest`."""
    width, height = size
    stands = {
        framing: lay_out(actors, framing, width, height, own_plate=own_plate)
        for framing in dict.fromkeys((rest, *framings))
    }
    places = {}
    for framing, own in stands.items():
        faces = [
            stand.scale * actor.face_centre_2 + stand.offset_2 for (actor, _), stand in zip(actors, own, strict=True)
        ]
        x, y = np.mean(faces, axis=0) / (width, height) - 0.5
        places[framing] = Place(float(np.log(own[0].scale / stands[rest][0].scale)), float(x), float(y))
    return places
