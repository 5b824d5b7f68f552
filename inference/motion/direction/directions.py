"""Everything that is asked of a shot's motion beyond what the model draws: read once, applied in one order, named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.motion.direction.acting import FaceDirection, FaceReader, act_faces
from inference.motion.direction.beats import find_beats, says_order
from inference.motion.direction.camera_lexicon import MEANT
from inference.motion.direction.camera_moves import CameraPlan, plan_of_choice
from inference.motion.direction.camera_path import play
from inference.motion.direction.camera_words import read_camera
from inference.motion.direction.framed import Place
from inference.motion.direction.meanings import Meanings, ReadText
from inference.motion.direction.opening import continue_from, mark_stage, stage_of
from inference.motion.direction.performance import frames_to_draw, perform
from inference.motion.direction.performer import Performer
from inference.motion.direction.prompt_words import PromptWords
from inference.motion.direction.turning import Turn, read_turns, turn_head
from inference.motion.parameters import CAMERA, INDEX, Track, of_today
from inference.protocol import FRAMINGS, Framing, RenderRequest, UsedDirection


@dataclass(frozen=True)
class Directions:
    """What was read for one shot. openings: the motion that each character goes on from, None where it begins anew."""

    camera: CameraPlan
    performance: float
    pace: float
    order_is_open: tuple[bool, ...]
    framing: Framing
    frames: int
    seed: int
    seconds: float
    openings: tuple[Track | None, ...]
    faces: dict[str, FaceDirection]  # by character
    turns: tuple[tuple[Turn, ...], ...]  # of each character's head, as far as words measure it

    def named(self) -> UsedDirection:
        """What is applied, for the receipt."""
        acting = {character: face.named for character, face in self.faces.items() if face.named}
        return UsedDirection(
            camera=self.camera.named(self.seconds),
            asked=self.camera.asked,
            performance=self.performance,
            pace=self.pace,
            acting=acting,
        )

    @property
    def framings(self) -> tuple[Framing, ...]:
        """Every framing that the camera is at, and the one that its path so far is told against."""
        told = stage_of(self.openings[0])
        return tuple(dict.fromkeys((*self.camera.framings(self.framing), *([told] if told else []))))

    @property
    def rest(self) -> Framing:
        """The widest of them: how the stage is set, so that no plate must be wider than it is, and a clip that goes on
        stands on the stage of the one before.
        """
        return min(self.framings, key=FRAMINGS.index)

    @property
    def drawn_frames(self) -> int:
        """How many frames of motion the model is to draw."""
        return frames_to_draw(self.frames, self.pace)


class DirectionReader:
    """Reads directions; what meanings are like is embedded once."""

    def __init__(self, read_text: ReadText) -> None:
        self._camera = Meanings(read_text, MEANT)
        self._faces = FaceReader(read_text)

    def read(self, request: RenderRequest, prompts: Sequence[PromptWords]) -> Directions:
        """The directions of a request; `prompts` are each character's own version of its prompt."""
        assert len(prompts) == max(1, len(request.characters)), "a prompt a character, or one for the camera alone"
        beats = [find_beats(prompt, request.seconds) for prompt in prompts]
        faces = self._faces.read([prompt.text for prompt in prompts]) if request.characters else ()
        return Directions(
            camera=self._plan(request, prompts),
            performance=request.performance,
            pace=request.pace,
            order_is_open=tuple(not says_order(*one) for one in zip(prompts, beats, strict=True)),
            framing=request.framing,
            frames=request.frames,
            seed=request.seed,
            seconds=request.seconds,
            openings=tuple(
                None if character.opening is None else of_today(np.array(character.opening, np.float32))
                for character in request.characters
            )
            or (None,),
            faces={
                character.id: face.timed(of_one)
                for character, face, of_one in zip(request.characters, faces, beats, strict=bool(request.characters))
            },
            turns=tuple(read_turns(prompt.text) for prompt in prompts),
        )

    def understand(
        self, prompts: Sequence[PromptWords], names: Sequence[str], framing: Framing, seconds: float
    ) -> UsedDirection:
        """How a prompt's words would direct a clip; `acting` is by name."""
        plan = self.read_camera(prompts[0], framing, seconds)
        faces = self._faces.read([prompt.text for prompt in prompts]) if names else ()
        acting = {name: face.named for name, face in zip(names, faces, strict=True) if face.named}
        return UsedDirection(camera=plan.named(seconds), acting=acting)

    def read_camera(self, prompt: PromptWords, framing: Framing, seconds: float) -> CameraPlan:
        """What a prompt asks of the camera; the first character's version of it stands for all."""
        return read_camera(prompt, framing, seconds, self._camera)

    def _plan(self, request: RenderRequest, prompts: Sequence[PromptWords]) -> CameraPlan:
        if request.camera is not None:
            return plan_of_choice(request.camera, request.framing)
        return self.read_camera(prompts[0], request.framing, request.seconds)


def direct(
    tracks_CFP: Track, directions: Directions, performers: Sequence[Performer], places: Mapping[Framing, Place]
) -> Track:
    """The drawn tracks [C, drawn_frames, P] as they are directed, one camera for all; lines that are said come after.

    The order: performance (how large, how quick), how far heads turn, expression, gaze, what the clip goes on from,
    camera. Each stands on what came before it, and none undoes it. places: of every framing that the camera is at, on
    this stage.
    """
    frames = directions.frames
    directed_CFP = np.stack([
        perform(drawn_FP, frames, directions.performance, is_open, np.random.default_rng((directions.seed, place, 4)))
        for place, (drawn_FP, is_open) in enumerate(zip(tracks_CFP, directions.order_is_open, strict=True))
    ])  # fmt: skip
    if directions.faces:
        for track_FP, turns, performer in zip(directed_CFP, directions.turns, performers, strict=True):
            turn_head(track_FP, turns, performer)
        act_faces(directed_CFP, tuple(directions.faces.values()), performers, directions.seed, directions.performance)
    for track_FP, opening_P in zip(directed_CFP, directions.openings, strict=True):
        if opening_P is not None:
            continue_from(track_FP, opening_P)
    path = play(directions.camera, directions.framing, places, frames, directions.seed, directions.openings[0])
    directed_CFP[:, :, CAMERA] = path.track_FP[:, CAMERA]
    mark_stage(directed_CFP, directions.rest)
    directed_CFP[:, :, INDEX["yaw"]] += path.yaw_F.astype(np.float32)
    return directed_CFP
