"""What each character's face is asked for by the prompt, and how its track comes to show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from inference.motion.direction.beats import Beat, begins_of
from inference.motion.direction.expression import express
from inference.motion.direction.expression_words import DESCRIBED, Expression, read_expression
from inference.motion.direction.gaze import direct_gaze
from inference.motion.direction.gaze_words import DESCRIBED as DESCRIBED_GAZES
from inference.motion.direction.gaze_words import Gaze, named_aim, read_gaze
from inference.motion.direction.meanings import Meanings, ReadText
from inference.motion.direction.performance import gain_of
from inference.motion.direction.performer import Performer
from inference.motion.parameters import Track

_LOOKS_LIKE, _LOOKS_BY = 0.45, 0.06
_LIKE, _BY = 0.34, 0.06  # a clause means what it is so much like, and so much more than anything else

_OF_FACES = 16  # draws that nothing else of a take depends on


@dataclass(frozen=True)
class FaceDirection:
    """What was understood of one character's face."""

    expression: Expression = field(default_factory=Expression)
    gazes: tuple[Gaze, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """In words, for the receipt and for who types the prompt."""
        return (*self.expression.named, *dict.fromkeys(gaze.named for gaze in self.gazes))

    def timed(self, beats: Sequence[Beat]) -> FaceDirection:
        """Each feeling and look at its place in what the prompt puts in an order."""
        feelings = tuple(replace(one, begins=begins_of(beats, one.end)) for one in self.expression.feelings)
        gazes = tuple(replace(one, begins=begins_of(beats, one.end)) for one in self.gazes)
        return FaceDirection(replace(self.expression, feelings=feelings), gazes)

    @property
    def wants_no_grin(self) -> bool:
        """Whether anything was asked for that a grin in the photo stands in the way of."""
        expression = self.expression
        return expression.unsmiling or expression.shut or any(f.emotion != "joy" for f in expression.feelings)


class FaceReader:
    """Reads faces; what meanings are like is embedded once, when it is first asked for."""

    def __init__(self, read_text: ReadText) -> None:
        self._read_text = read_text

    def read(self, prompts: Sequence[str]) -> tuple[FaceDirection, ...]:
        """`prompts`: each character's own version."""
        return tuple(
            FaceDirection(read_expression(prompt, self._feels_like), read_gaze(prompt, self._looks_like))
            for prompt in prompts
        )

    def _feels_like(self, phrase: str) -> str | None:
        """A look that words direct is no feeling of its own."""
        return None if named_aim(phrase) else self._feelings.nearest(phrase, _LIKE, _BY)

    def _looks_like(self, phrase: str) -> str | None:
        return self._gazes.nearest(phrase, _LOOKS_LIKE, _LOOKS_BY)

    @cached_property
    def _gazes(self) -> Meanings[str]:
        return Meanings(self._read_text, DESCRIBED_GAZES)

    @cached_property
    def _feelings(self) -> Meanings[str]:
        return Meanings(self._read_text, DESCRIBED)


def act_faces(
    tracks_CFP: Track, asked: Sequence[FaceDirection], performers: Sequence[Performer], seed: int, size: float = 0.0
) -> None:
    """Every character's track with its face as it is asked for, in place. size: of the performance, -1 to 1."""
    for place, (track_FP, face, performer) in enumerate(zip(tracks_CFP, asked, performers, strict=True)):
        rng = np.random.default_rng((seed, place, _OF_FACES))
        express(track_FP, face.expression, performer.own, rng, gain_of(size))
        others = [one for one in performers if one is not performer]
        direct_gaze(track_FP, face.gazes, performer, others, rng)
