"""A shot: actors standing before a plate, seen by the camera, drawn frame by frame.

Deterministic: the same actors, plate, size and parameters give the same bytes.
"""

from __future__ import annotations

import numpy as np

from inference.motion.actor import Actor
from inference.motion.camera import compose, see_person, see_plate
from inference.motion.figure import Figure, prepare_figure
from inference.motion.layout import Stand, lay_out
from inference.motion.models import Floats, Rgb
from inference.motion.parameters import Track
from inference.motion.plate import Plate, cover_plate, gradient_plate, picture_plate
from inference.protocol import ColourPlate, Framing, Placement

_ROOM_AROUND_FACE = 1.4  # of a face's longer side: what turns and nods stays inside
PlateSource = Rgb | ColourPlate | None


class Stage:
    """Everything that stays the same during a shot.

    plate: pixels of an uploaded picture, a colour plate, or None for the first actor's own background.
    """

    def __init__(
        self,
        actors: list[tuple[Actor, Placement]],
        plate: PlateSource,
        framing: Framing,
        width: int,
        height: int,
    ) -> None:
        if not actors:
            raise ValueError("a stage needs at least one actor")
        self.width, self.height = width, height
        self.actors = [actor for actor, _ in actors]
        stands = lay_out(actors, framing, width, height, own_plate=plate is None)
        self.stands: list[Stand] = stands
        self._figures: list[Figure] = [
            prepare_figure(actor, stand.scale) for actor, stand in zip(self.actors, stands, strict=True)
        ]
        self._plate = _raise_plate(plate, self.actors, stands, width, height)

    def clamp(self, tracks_CFP: Track) -> tuple[Track, tuple[str, ...]]:
        """Every character's track as it can be drawn, and the channels that were clamped for any of them."""
        clamped = [actor.clamp(track) for actor, track in zip(self.actors, tracks_CFP, strict=True)]
        names = {name for _, beyond in clamped for name in beyond}
        return np.stack([track for track, _ in clamped]), tuple(sorted(names))

    def draw(self, params_CP: Floats) -> Rgb:
        """One frame [height, width, 3] from the parameters of every character; the first one's camera holds."""
        clamped_CP = [
            actor.clamp(np.asarray(params_P, np.float32)[None])[0][0]
            for actor, params_P in zip(self.actors, params_CP, strict=True)
        ]
        person, plate = self._look(clamped_CP[0])
        frame = self._plate.draw(plate, self.width, self.height)
        for figure, stand, params_P in zip(self._figures, self.stands, clamped_CP, strict=True):
            frame = figure.draw(frame, compose(person, stand.affine), params_P)
        return frame

    def find_head(self, params_CP: Floats, actor: int) -> Floats:
        """(x, y, side) in pixels of the square around an actor's head at rest, as the camera of this frame sees it."""
        held_CP = self.clamp(np.asarray(params_CP, np.float32)[:, None])[0][:, 0]
        person, _ = self._look(held_CP[0])
        view = compose(person, self.stands[actor].affine)
        points_N2 = self.actors[actor].mesh.points_N3[:, :2] @ view[:, :2].T + view[:, 2]
        low, high = points_N2.min(axis=0), points_N2.max(axis=0)
        side = _ROOM_AROUND_FACE * float((high - low).max())
        corner = (low + high - side) / 2
        return np.array([*corner, side])

    def _look(self, camera_P: Floats) -> tuple[Floats, Floats]:
        """The camera's maps for persons and plate, held up where it would look below the edge that cuts a person."""
        person = see_person(camera_P, self.width, self.height)
        plate = see_plate(camera_P, self.width, self.height)
        missing = max(
            figure.rows_missing(compose(person, stand.affine), self.width, self.height)
            for figure, stand in zip(self._figures, self.stands, strict=True)
        )
        down = np.array([[1.0, 0, 0], [0, 1.0, missing]])
        return compose(down, person), compose(down, plate)


def _raise_plate(plate: PlateSource, actors: list[Actor], stands: list[Stand], width: int, height: int) -> Plate:
    if isinstance(plate, ColourPlate):
        return gradient_plate(plate.top, plate.bottom, width, height)
    if plate is not None:
        return cover_plate(plate, width, height)
    own = actors[0].cutout.plate_rgb
    return picture_plate(own, stands[0].affine) if len(actors) == 1 else cover_plate(own, width, height)
