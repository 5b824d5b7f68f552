"""The stage of the last shot, kept for the next take of the same one.

Setting it takes half as long as drawing a clip of five seconds on it, nearly all for textures and a plate that depend
neither on the seed nor on words, unless these bring the camera closer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from inference.motion.actor import Actor
from inference.motion.shot_renderer import PlateSource, Stage
from inference.protocol import Framing, Placement

_FORGOTTEN_AFTER_S = 900.0  # photos are personal data: a character that was deleted is soon gone from here too


@dataclass(frozen=True, eq=False)
class _Set:
    """What a stage was made of, and when."""

    actors: list[tuple[Actor, Placement]]
    plate: PlateSource
    form: tuple[Framing, int, int, float]
    stage: Stage
    at_s: float

    def fits(
        self, actors: list[tuple[Actor, Placement]], plate: PlateSource, form: tuple[Framing, int, int, float]
    ) -> bool:
        same_actors = len(actors) == len(self.actors) and all(
            one is other and side == other_side
            for (one, side), (other, other_side) in zip(actors, self.actors, strict=True)
        )
        return same_actors and form == self.form and _same_plate(plate, self.plate)


class LastStage:
    """Holds one stage at most: that of another shot is let go before the next is made."""

    def __init__(self) -> None:
        self._last: _Set | None = None

    def set_up(
        self,
        actors: list[tuple[Actor, Placement]],
        plate: PlateSource,
        framing: Framing,
        width: int,
        height: int,
        closest: float,
    ) -> Stage:
        """As `Stage` of the same arguments: the one there is, when it was made of the same."""
        form = (framing, width, height, closest)
        last, self._last = self._last, None
        now = time.monotonic()
        if last is not None and last.fits(actors, plate, form) and now - last.at_s < _FORGOTTEN_AFTER_S:
            self._last = last
            return last.stage
        del last
        stage = Stage(actors, plate, framing, width, height, closest)
        self._last = _Set(actors, plate, form, stage, now)
        return stage


def _same_plate(one: PlateSource, other: PlateSource) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and np.array_equal(one, other)
    return one == other
