"""A shot: actors standing before a plate, seen by the camera, drawn frame by frame.

Deterministic: the same actors, plate, size and parameters give the same bytes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from inference.motion.actor import Actor
from inference.motion.air import Air
from inference.motion.backdrops.drawn import PAINTINGS
from inference.motion.camera import compose, see_person
from inference.motion.direction.performer import Performer, performer_of
from inference.motion.figure import Figure, prepare_figure
from inference.motion.foreground import Ledge, build_ledge
from inference.motion.key_points import FACE_POINTS
from inference.motion.layered import LayeredPlate, backdrop_plate
from inference.motion.layout import Stand, find_ledge, lay_out
from inference.motion.light import WALL_SHADOW, Light, light_of
from inference.motion.models import Floats, Rgb
from inference.motion.parameters import NAMES, Track, clamp
from inference.motion.plate import Plate, cover_plate, gradient_plate, neutral_plate, own_plate
from inference.motion.resampling import colours_of
from inference.motion.warp import sample_grid, warp_head
from inference.protocol import BackdropPlate, ColourPlate, Framing, Placement

PlateSource = Rgb | ColourPlate | BackdropPlate | None


class Stage:
    """Everything that stays the same during a shot.

    actors: none for a shot of the place alone. plate: pixels of an uploaded picture, a colour plate, a backdrop, or
    None: the background of the photo of an actor alone; several get a neutral wall in the light of all their photos.
    air: what moves where nobody stands.
    """

    def __init__(
        self,
        actors: list[tuple[Actor, Placement]],
        plate: PlateSource,
        framing: Framing,
        width: int,
        height: int,
        closest: float = 1.0,
        air: Air | None = None,
    ) -> None:
        """closest: how many times larger than at rest the camera comes to show somebody. Textures are made for the
        middle of the way: finer ones would shimmer where it begins.
        """
        if not actors and plate is None:
            raise ValueError("where nobody stands there is no photo to take a place from")
        self._air = air
        self.width, self.height = width, height
        self.actors = [actor for actor, _ in actors]
        stands = lay_out(actors, framing, width, height, own_plate=plate is None) if actors else []
        self.stands: list[Stand] = stands
        self.performers: list[Performer] = [
            performer_of(actor, stand, width, height) for actor, stand in zip(self.actors, stands, strict=True)
        ]
        light = _light_before(plate, len(actors))
        with ThreadPoolExecutor(1, "plate") as beside:  # a second core is idle now
            raised = beside.submit(_raise_plate, plate, self.actors, stands, framing, width, height)
            self._figures: list[Figure] = [
                prepare_figure(actor, stand.scale * closest**0.5, light)
                for actor, stand in zip(self.actors, stands, strict=True)
            ]
        self._plate = raised.result()
        self._ledge: Ledge | None = None
        ledge_y = find_ledge(self.actors, stands, framing, height) if actors else None
        if ledge_y is not None:
            at_rest = self._plate.draw(np.zeros(len(NAMES), np.float32), 0.0, width, height)
            self._ledge = build_ledge(at_rest, ledge_y, framing)

    def clamp(self, tracks_CFP: Track) -> tuple[Track, tuple[str, ...]]:
        """Every character's track as it can be drawn, and the channels that were clamped for any of them."""
        if not self.actors:
            return np.stack([clamp(track)[0] for track in tracks_CFP]), ()
        clamped = [actor.clamp(track) for actor, track in zip(self.actors, tracks_CFP, strict=True)]
        names = {name for _, beyond in clamped for name in beyond}
        return np.stack([track for track, _ in clamped]), tuple(sorted(names))

    def draw(self, params_CP: Floats, at_s: float = 0.0) -> Rgb:
        """One frame [height, width, 3] from the parameters of every character; the first one's camera holds.

        Where nobody stands, one row tells the camera. at_s: the moment in the clip, for what is in the air.
        """
        clamped_CP = self._clamp_frame(params_CP)
        person, lift_px = self._look(clamped_CP[0])
        frame = self._plate.draw(clamped_CP[0], lift_px, self.width, self.height)
        for figure, stand, params_P in zip(self._figures, self.stands, clamped_CP, strict=bool(self.actors)):
            frame = figure.draw(frame, compose(person, stand.affine), params_P)
        if self._ledge is not None:
            frame = self._ledge.lay(frame, person)
        return frame if self._air is None else self._air.lay(frame, at_s)

    def locate(self, params_CP: Floats) -> list[tuple[Floats, Floats]]:
        """Each character's 68 face points [68, 2] and shoulders [2, 2], in pixels of the frame that `draw` gives."""
        clamped_CP = self._clamp_frame(params_CP)
        person, _ = self._look(clamped_CP[0])
        located: list[tuple[Floats, Floats]] = []
        for actor, stand, params_P in zip(self.actors, self.stands, clamped_CP, strict=True):
            face_N2 = actor.mesh.points_N3[list(FACE_POINTS), :2]
            warp = warp_head(actor.head, actor.rig, params_P)
            face_N2 = face_N2 + sample_grid(warp.forward_HW2, actor.head, face_N2)
            to_frame = compose(person, stand.affine)
            face_N2, shoulders_22 = (at @ to_frame[:, :2].T + to_frame[:, 2] for at in (face_N2, actor.shoulders_22))
            located.append((face_N2, shoulders_22))
        return located

    def _clamp_frame(self, params_CP: Floats) -> list[Floats]:
        if not self.actors:
            return [clamp(np.asarray(params_CP[:1], np.float32))[0][0]]
        return [
            actor.clamp(np.asarray(params_P, np.float32)[None])[0][0]
            for actor, params_P in zip(self.actors, params_CP, strict=True)
        ]

    def _look(self, camera_P: Floats) -> tuple[Floats, float]:
        """The camera's map for persons, held up where it would look below the edge that cuts one; and by how much."""
        person = see_person(camera_P, self.width, self.height)
        if self._ledge is not None or not self.actors:
            return person, 0.0
        missing = max(
            figure.rows_missing(compose(person, stand.affine), self.width, self.height)
            for figure, stand in zip(self._figures, self.stands, strict=True)
        )
        down = np.array([[1.0, 0, 0], [0, 1.0, missing]])
        return compose(down, person), missing


def _light_before(plate: PlateSource, people: int) -> Light | None:
    """The light on the persons; None before a photo's own background. A wall close behind takes their shadows."""
    if plate is None:
        return Light((1.0, 1.0, 1.0), shadow=WALL_SHADOW) if people > 1 else None
    if isinstance(plate, BackdropPlate):
        return Light(PAINTINGS[plate.name].light)
    if isinstance(plate, ColourPlate):
        return replace(light_of(colours_of(gradient_plate(plate.top, plate.bottom, 32, 18).rgba)), shadow=WALL_SHADOW)
    return light_of(plate)


def _raise_plate(
    plate: PlateSource, actors: list[Actor], stands: list[Stand], framing: Framing, width: int, height: int
) -> Plate | LayeredPlate:
    if isinstance(plate, BackdropPlate):
        return backdrop_plate(plate.name, framing, width, height)
    if isinstance(plate, ColourPlate):
        return gradient_plate(plate.top, plate.bottom, width, height)
    if plate is not None:
        return cover_plate(plate, width, height, framing)
    if len(actors) > 1:
        return neutral_plate([actor.cutout.plate_rgb for actor in actors], width, height)
    return own_plate(actors[0].cutout.plate_rgb, stands[0].affine, width, height)
