"""How far heads are asked to turn, in words, and the drawn turn made as large as that.

The motion model hears that a head turns and when, and draws about the same angle whatever the words say of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.motion.direction.camera_lexicon import CAMERA, DEGREES
from inference.motion.direction.clauses import clauses_of
from inference.motion.direction.performer import Performer
from inference.motion.models import Floats
from inference.motion.parameters import INDEX, Track
from inference.protocol.turning import Reach

_TURNS = re.compile(r"\b(?:turn|rotat|swivel|swing|twist|fac|look|head|pivot)\w*", re.IGNORECASE)
_OF_CAMERA = re.compile(r"\b(?:camera|lens|shot|arcs?|orbit\w*|pans?|circl\w*|roll\w*|tilt\w*|dolly)\b", re.IGNORECASE)
_SIDE = re.compile(r"\b(left|right)(?:wards?)?\b", re.IGNORECASE)
# Degrees that words without a number stand for.
_PROFILE_DEG, _THREE_QUARTER_DEG, _SHOULDER_DEG = 90.0, 45.0, 70.0
_NAMED: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"\b(?:in|into|to) (?:a |full |\w+ )?profile\b|\bprofile (?:view|to)\b", re.IGNORECASE), _PROFILE_DEG),
    (re.compile(r"\bthree[- ]quarters?\b", re.IGNORECASE), _THREE_QUARTER_DEG),
    (re.compile(r"\bover (?:her|his|their|the|one|a)(?: left| right)? shoulder\b", re.IGNORECASE), _SHOULDER_DEG),
)
_WHOLLY = re.compile(
    r"\b(?:all the way|as far as|right round|fully|completely|far to the|sharply|wide to the)\b", re.IGNORECASE
)
_ACTED_FROM_DEG = 5.0  # a drawn turn that is smaller is a head that idles
_MOST_GAIN = 4.0
_KNOWN_DEG = 3.0  # of what photos show


@dataclass(frozen=True)
class Turn:
    """A turn of the head that words measure. side: -1 to the viewer's left, 1 to the right, 0 not said. degrees: from
    the camera; None: as far as it goes. words: that ask for it.
    """

    side: int
    degrees: float | None
    words: str

    def farther_than(self, reach: Reach) -> bool:
        """Whether photos of this reach cannot show it."""
        return self.degrees is not None and self.degrees > self.shown_by(reach) + _KNOWN_DEG

    def wants(self, reach: Reach) -> bool:
        """Whether more reach would be used."""
        return self.degrees is None or self.farther_than(reach)

    def shown_by(self, reach: Reach) -> float:
        """How far photos of this reach show it, degrees; of two sides the one that goes farther."""
        return {-1: -reach.left, 1: reach.right, 0: max(-reach.left, reach.right)}[self.side]


def read_turns(prompt: str) -> tuple[Turn, ...]:
    """What one character's own version of a prompt says of how far its head turns."""
    found, turning, way = [], False, 0
    for clause in clauses_of(prompt):
        text = clause.text
        turns = _TURNS.search(text) is not None
        if not clause.mine or CAMERA.search(text.lower()) or _OF_CAMERA.search(text) or not (turns or turning):
            turning, way = False, 0
            continue
        side = _SIDE.search(text)
        way = way if side is None and not turns else _way(side)
        if (said := _degrees(text)) is not None:
            found.append(Turn(way, *said))
        turning = turns  # what follows a comma may measure it: `turns left, in profile`
    return tuple(found)


def _way(side: re.Match[str] | None) -> int:
    return 0 if side is None else -1 if side[1].lower() == "left" else 1


def _degrees(text: str) -> tuple[float | None, str] | None:
    """The angle that a clause names, and in which words; None where it names none."""
    if number := DEGREES.search(text):
        return min(180.0, float(number[1])), number[0]
    for words, degrees in _NAMED:
        if match := words.search(text):
            return degrees, match[0]
    if match := _WHOLLY.search(text):
        return None, match[0]
    return None


def turn_head(track_FP: Track, turns: Sequence[Turn], performer: Performer) -> None:
    """The drawn turns as large as they are asked for, as far as the photos go; in place."""
    yaw_F = track_FP[:, INDEX["yaw"]]
    for turn in turns:
        side = turn.side or (1 if yaw_F.max() >= -yaw_F.min() else -1)
        towards_F = np.maximum(0.0, side * yaw_F)
        drawn = float(towards_F.max())
        if drawn < _ACTED_FROM_DEG:
            continue
        farthest = turn.shown_by(performer.reach) if turn.side else _of_side(performer.reach, side)
        wanted = min(farthest, turn.degrees or farthest) - side * performer.yaw_deg
        gain = float(np.clip(wanted / drawn, 0.2, _MOST_GAIN))
        yaw_F += _grown(towards_F, gain, drawn, side)


def _of_side(reach: Reach, side: int) -> float:
    return reach.right if side > 0 else -reach.left


def _grown(towards_F: Floats, gain: float, drawn: float, side: int) -> Floats:
    """What is added: all of the gain at the turn's height, less to a head that hardly left the middle."""
    share_F = np.clip(towards_F / drawn, 0, 1)
    eased_F = share_F * share_F * (3 - 2 * share_F) if gain > 1 else share_F
    grown: Floats = (side * (gain - 1) * drawn * eased_F).astype(np.float32)
    return grown
