"""Everything that is asked of a shot's motion beyond what the model draws: read once, applied in one order, named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.motion.camera import hold_in_hand
from inference.motion.direction.acting import FaceDirection, act_faces
from inference.motion.direction.opening import continue_from
from inference.motion.direction.performer import Performer
from inference.motion.direction.prompt_words import PromptWords
from inference.motion.parameters import CAMERA, Track, of_today
from inference.protocol import RenderRequest, UsedDirection


@dataclass(frozen=True)
class Directions:
    """What was read for one shot. `openings`: the motion that each character goes on from; None: it begins anew."""

    seed: int
    openings: tuple[tuple[float, ...] | None, ...]
    faces: dict[str, FaceDirection]  # by character

    def named(self) -> UsedDirection:
        """What is applied, for the receipt."""
        acting = {character: face.named for character, face in self.faces.items() if face.named}
        return UsedDirection(acting=acting)


def read_directions(
    request: RenderRequest, prompts: Sequence[PromptWords], faces: Sequence[FaceDirection]
) -> Directions:
    """The directions of a request; `prompts` are each character's own version of its prompt."""
    assert len(prompts) == len(request.characters), "a prompt a character"
    ids = [character.id for character in request.characters]
    openings = tuple(character.opening for character in request.characters)
    return Directions(request.seed, openings, dict(zip(ids, faces, strict=True)))


def direct(tracks_CFP: Track, directions: Directions, performers: Sequence[Performer]) -> Track:
    """The tracks as they are directed, one camera for all; the lines that are said come after.

    The order: performance (how large, how quick), expression, gaze, what the clip goes on from, camera. Each stands on
    what came before it, and none undoes it.
    """
    directed_CFP = tracks_CFP.copy()
    act_faces(directed_CFP, tuple(directions.faces.values()), performers, directions.seed)
    directed_CFP[0] = hold_in_hand(directed_CFP[0], directions.seed)
    directed_CFP[:, :, CAMERA] = directed_CFP[:1, :, CAMERA]
    for track_FP, opening in zip(directed_CFP, directions.openings, strict=True):
        if opening is not None:
            continue_from(track_FP, of_today(np.array(opening, np.float32)))
    directed_CFP[:, :, CAMERA] = directed_CFP[:1, :, CAMERA]
    return directed_CFP
