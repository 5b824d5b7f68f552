"""Who acts in a previs: which photos of each character are drawn, its actor made of them, and what of a grin stays."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping

from inference.motion.actor import Actor, prepare_actor
from inference.motion.calm_mouth import with_calm_mouth
from inference.motion.direction.acting import FaceDirection
from inference.motion.direction.turning import Turn
from inference.motion.mesh import NoFaceInPhoto, fit_mesh
from inference.motion.models import FaceModels
from inference.motion.side_view import show_sides
from inference.pipelines.contract import BadReference, CancelToken, CastPhoto, Photo, Picture, PipelineNote
from inference.pipelines.reference_choice import choose_photo, choose_sides
from inference.protocol.turning import reach_of

_REMEMBERED_ACTORS = 3
_FORGOTTEN_AFTER_S = 900.0  # photos are personal data: a character that was deleted is soon gone from here too


class Cast:
    """Prepares actors; the last ones are remembered for the next takes."""

    def __init__(self, models: FaceModels) -> None:
        self._models = models
        self._actors: OrderedDict[tuple[str, ...], tuple[float, Actor]] = OrderedDict()  # when, who

    def choose(self, character: CastPhoto, face: FaceDirection, cancel: CancelToken) -> tuple[Photo, ...]:
        """The photo to draw and, where a face without its grin is asked for, one that lends it closed lips.

        Raises BadReference.
        """
        choice = choose_photo(self._models, character, cancel)
        lent = choice.mouth if face.wants_no_grin else None
        return (choice.photo,) if lent is None else (choice.photo, lent)

    def choose_sides(
        self, character: CastPhoto, front: Photo, turns: tuple[Turn, ...], cancel: CancelToken
    ) -> tuple[Photo, ...]:
        """Photos of the sides that turns want to see farther than the one from the front shows them."""
        alone = reach_of(())
        asked = {side for turn in turns if turn.wants(alone) for side in ((turn.side,) if turn.side else (-1, 1))}
        return choose_sides(self._models, character, front, asked, cancel) if asked else ()

    def meet(self, character: CastPhoto, photos: tuple[Photo, ...], sides: tuple[Photo, ...] = ()) -> Actor:
        """The actor of the photos that `choose` gave, and of those of its sides. Raises BadReference."""
        key = (*(f"{photo.sha256} {photo.face}" for photo in photos), *(f"side {photo.sha256}" for photo in sides))
        self._forget()
        if key not in self._actors:
            photo, *lent = photos
            try:
                rgb = self._calmed(photo, lent[0]) if lent else photo.rgb_HWC_uint8
                front = prepare_actor(self._models, rgb, photo.face)
                turned = [prepare_actor(self._models, side.rgb_HWC_uint8, side.face) for side in sides]
            except NoFaceInPhoto as error:
                raise BadReference(f"no face could be read in the reference of {character.name}") from error
            self._actors[key] = (time.monotonic(), show_sides(front, turned))
            if len(self._actors) > _REMEMBERED_ACTORS:
                self._actors.popitem(last=False)
        self._actors.move_to_end(key)
        return self._actors[key][1]

    def _calmed(self, photo: Photo, other: Photo) -> Picture:
        meshes = []
        for one in (photo, other):
            assert one.face is not None, "chosen by its face"
            meshes.append(fit_mesh(self._models, one.rgb_HWC_uint8, one.face))
        return with_calm_mouth(photo.rgb_HWC_uint8, meshes[0], other.rgb_HWC_uint8, meshes[1])

    def _forget(self) -> None:
        now = time.monotonic()
        for key in [key for key, (when, _) in self._actors.items() if now - when > _FORGOTTEN_AFTER_S]:
            del self._actors[key]


def notes_on_grins(
    faces: Mapping[str, FaceDirection],
    cast: tuple[CastPhoto, ...],
    actors: list[Actor],
    drawn: Mapping[str, tuple[Photo, ...]],
) -> tuple[PipelineNote, ...]:
    """What of a grin stays, in whose photo it is in the way of what was asked for."""
    lent = [one.name for one in cast if len(drawn[one.character_id]) > 1]
    traces = [
        one.name
        for one, actor in zip(cast, actors, strict=True)
        if faces[one.character_id].wants_no_grin and actor.rig.own.leaves_traces
    ]
    return (*_note_traces([name for name in traces if name not in lent]), *_note_lent(lent))


def _note_traces(names: list[str]) -> tuple[PipelineNote, ...]:
    """Of these no photo has closed lips: what stays of a grin that was taken out."""
    if not names:
        return ()
    message = (
        f"the photo of {', '.join(names)} grins: the grin was taken out and its teeth covered, its folds stay; "
        "a photo with closed lips would help"
    )
    return (PipelineNote("expression_stays", message),)


def _note_lent(names: list[str]) -> tuple[PipelineNote, ...]:
    """Of these another photo gave the mouth: what stays of the grin all the same."""
    if not names:
        return ()
    message = (
        f"the photo of {', '.join(names)} grins: the mouth is taken from another photo, which has closed lips; "
        "lids and the upper cheeks stay as they are in the grin"
    )
    return (PipelineNote("expression_stays", message),)
