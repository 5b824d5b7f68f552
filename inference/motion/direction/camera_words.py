"""The camera in the prompt's words.

The motion model's reader says which words are about the camera and what they ask of it; it was trained to hear that
in words that nobody listed. What it never learned (a camera that trucks, or circles) is told by a few stems, or by the
nearest described meaning of a clause whose subject is the camera.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from inference.motion.acts import ACTS, LABEL_INDEX, LABELS, LEFT_ASIDE
from inference.motion.direction.beats import Beat, find_beats, find_timing
from inference.motion.direction.camera_lexicon import (
    ARC,
    BODY,
    CAMERA,
    CLOCK,
    DEGREES,
    FAST,
    LITTLE,
    MUCH,
    ONWARD,
    PAN,
    SLOW,
    STANDS,
    TO_SIDE,
    TRUCK,
)
from inference.motion.direction.camera_moves import DISTANCE, FAST_SHARE, CameraPlan, Move, settle
from inference.motion.direction.framing_words import find_framings, nearer, without_framings
from inference.motion.direction.meanings import Meanings
from inference.motion.direction.prompt_words import PromptWords, Word
from inference.protocol import CameraMove, CameraSpeed, Framing

_ACTS: dict[str, CameraMove] = {
    "in_dolly": "push_in", "in_zoom": "zoom_in", "out_dolly": "pull_out", "out_zoom": "zoom_out",
    "pan_left": "pan_left", "pan_right": "pan_right", "pan_any": "pan_right", "tilt_up": "tilt_up",
    "tilt_down": "tilt_down", "roll_left": "roll_left", "roll_right": "roll_right", "roll_any": "roll_right",
    "handheld": "handheld", "static": "hold",
}  # fmt: skip
_CAMERA_L = [LABEL_INDEX[name] for name in _ACTS]
_ACTED_L = [LABEL_INDEX[name] for name in ACTS if name not in _ACTS]
_SMALL = re.compile(
    r"in|on|at|to|of|by|up|an?|the|off|out|over|into|onto|down|across|around|along|toward|towards|past|with|and|that"
    r"|he|she|it|him|his|her|its|they|their|them|this"
)
_SURE = 0.5
_SIDES: dict[str, tuple[CameraMove, CameraMove]] = {
    "pan": ("pan_left", "pan_right"), "roll": ("roll_left", "roll_right"), "truck": ("truck_left", "truck_right"),
    "arc": ("arc_left", "arc_right"),
}  # fmt: skip
ARC_DEGREES = 36.0  # the widest arc: what one photo shows to both sides of its front
_LEAST_LIKE, _MARGIN = 0.5, 0.04


@dataclass(frozen=True)
class _Clause:
    """A stretch of the prompt between stops. chance_A: summed over its words, for each of the camera's acts."""

    text: str
    words: tuple[Word, ...]

    @property
    def says_when_alone(self) -> bool:
        """Whether it names a moment and nothing else: `at the end, …`."""
        return len(self.words) <= 5 and all(word.label in ("none", *LEFT_ASIDE) for word in self.words)

    @property
    def is_of_camera(self) -> bool:
        """Whether the camera is its subject."""
        return CAMERA.search(self.text) is not None

    @property
    def heard(self) -> CameraMove | None:
        """What the reader hears in it. Where the camera is not its subject, words of the camera must begin it, or be
        several; a framing is no move.
        """
        kept = without_framings(self.text).split()
        content = [word for word in self.words if not _SMALL.fullmatch(word.lower) and word.lower in kept]
        sure = [word for word in content if word.chance_L[_CAMERA_L].sum() >= _SURE]
        if not sure or STANDS.search(self.text):
            return None
        if not self.is_of_camera:
            before = self.text[: self.text.index(sure[0].lower)]
            alone = len(sure) == 1 or BODY.search(before)
            if (alone and not _leads(before)) or self._chance(content, _ACTED_L) > self._chance(content, _CAMERA_L):
                return None
        best = np.sum([word.chance_L[_CAMERA_L] for word in sure], axis=0).argmax()
        return _ACTS[LABELS[_CAMERA_L[int(best)]]]

    @property
    def acted(self) -> bool:
        """Whether somebody acts in it."""
        return any(word.chance_L[_ACTED_L].sum() >= _SURE for word in self.words)

    @staticmethod
    def _chance(words: list[Word], of: list[int]) -> float:
        return float(sum(word.chance_L[of].sum() for word in words))


def read_camera(prompt: PromptWords, framing: Framing, seconds: float, meanings: Meanings[CameraMove]) -> CameraPlan:
    """The plan that the prompt's words ask for."""
    beats = find_beats(prompt, seconds)
    moves: list[Move] = []
    for beat in beats:
        moves += _moves_of_beat(beat, meanings)
    starts, ends = find_framings(prompt.text)
    moves = _with_framings(moves, starts, ends, framing)
    named = [move for move in moves if move.name != "hold"]
    return CameraPlan(tuple(_one_after_another(named)))


def _moves_of_beat(beat: Beat, meanings: Meanings[CameraMove]) -> list[Move]:
    moves: list[Move] = []
    clauses = [_Clause(" ".join(word.lower for word in words), words) for words in beat.clauses]
    for i, clause in enumerate(clauses):
        name = _name_of(clause, meanings)
        if name is None:
            moves = _sided(moves, clause)
            continue
        around = [one.text for one in clauses[max(0, i - 1) : i + 2] if one is clause or one.says_when_alone]
        begins, ends = find_timing(" , ".join(around), beat)
        if _speed(clause.text) == "fast" and name != "handheld":
            ends = begins + FAST_SHARE * (ends - begins)
        move = Move(_side_of(name, clause.text), _amount(name, clause.text), begins, ends)
        if moves and moves[-1].name.split("_")[0] == move.name.split("_")[0]:
            moves[-1] = _joined(moves[-1], move, clause.text)
        else:
            moves.append(move)
    return moves


def _name_of(clause: _Clause, meanings: Meanings[CameraMove]) -> CameraMove | None:
    """Stems of what the reader never learned, then the reader, then meaning."""
    heard = clause.heard
    for stems, name in _UNHEARD:
        found = stems.search(clause.text)
        said = found is not None and (
            heard is not None or clause.is_of_camera or (_leads(clause.text[: found.start()]) and not clause.acted)
        )
        if name == "truck_right" and ONWARD.search(clause.text) and not TO_SIDE.search(clause.text):
            continue  # it tracks in or out
        if said and heard in (None, *_FLAT) and not PAN.search(clause.text):
            return name
    says_what = clause.is_of_camera and len(clause.words) > 2 and not STANDS.search(clause.text)
    if heard is not None or not says_what:
        return heard
    return meanings.nearest(clause.text, _LEAST_LIKE, _MARGIN)


_UNHEARD: tuple[tuple[re.Pattern[str], CameraMove], ...] = ((ARC, "arc_right"), (TRUCK, "truck_right"))
_FLAT: tuple[CameraMove, ...] = (
    "pan_left", "pan_right", "roll_left", "roll_right", "push_in", "zoom_in", "handheld", "hold",
)  # fmt: skip
_MANNER = (
    r"(?:an?|the|with|now|please|and|there is|single|one|slow|fast|gentle|quick|smooth|long|short|slight|steady|half"
    r"|full|wide|\w+(?:ly|ic|al|ous|ful|ive|less|ing))"
)


def _leads(before: str) -> bool:
    """Whether nobody stands before the word that follows `before`: then it is said to the camera."""
    return re.fullmatch(rf"(?:{_MANNER}\s+)*", before) is not None


def _side_of(name: CameraMove, text: str) -> CameraMove:
    sides = _SIDES.get(name.split("_")[0])
    if sides is None:
        return name
    clock = CLOCK.search(text)
    if clock is not None and name.startswith("roll"):
        return sides[0] if clock[1] else sides[1]
    found = TO_SIDE.search(text)
    return name if found is None else sides[(found[1] or found[2]) == "right"]


def _sided(moves: list[Move], clause: _Clause) -> list[Move]:
    """A few words after a move that add its side and nothing else: `orbit around her, moving right`."""
    if not moves or len(clause.words) > 4 or TO_SIDE.search(clause.text) is None:
        return moves
    return [*moves[:-1], replace(moves[-1], name=_side_of(moves[-1].name, clause.text))]


def _joined(one: Move, other: Move, text: str) -> Move:
    """Two clauses about one move are one move; the later one's side holds where it names one."""
    return replace(one, name=_side_of(one.name, text), amount=max(one.amount, other.amount, key=lambda a: abs(a - 0.5)))


def _amount(name: CameraMove, text: str) -> float:
    degrees = DEGREES.search(text)
    if degrees is not None and name.startswith("arc"):
        return min(1.0, float(degrees[1]) / ARC_DEGREES)
    amount = 0.2 if LITTLE.search(text) else 0.9 if MUCH.search(text) else 0.5
    return min(1.0, amount * DISTANCE[_speed(text)])


def _speed(text: str) -> CameraSpeed:
    return "slow" if SLOW.search(text) else "fast" if FAST.search(text) else "normal"


def _with_framings(moves: list[Move], starts: Framing | None, ends: Framing | None, framing: Framing) -> list[Move]:
    """The first move towards or away gets what the words say of framings; two of them are a move by themselves."""
    if starts is None and ends is None:
        return moves
    for i, move in enumerate(moves):
        if move.name in ("push_in", "pull_out", "zoom_in", "zoom_out"):
            return [*moves[:i], settle(replace(move, starts_at=starts, ends_at=ends), framing), *moves[i + 1 :]]
    if starts is None or ends is None or starts == ends:
        return moves
    return [*moves, Move("push_in" if nearer(ends, starts) else "pull_out", starts_at=starts, ends_at=ends)]


def _one_after_another(moves: list[Move]) -> list[Move]:
    """Moves of one beat that undo each other follow each other; all others go together."""
    placed: list[Move] = []
    for move in moves:
        rivals = [i for i, one in enumerate(placed) if _rival(one, move)]
        if rivals and (_way(placed[rivals[-1]]) == _way(move) or move.name == "handheld"):
            continue  # said twice
        if rivals:
            first = placed[rivals[-1]]
            middle = (first.begins + first.ends) / 2
            placed[rivals[-1]] = replace(first, ends=middle)
            placed.append(replace(move, begins=middle, ends=first.ends))
        else:
            placed.append(move)
    return placed


def _rival(one: Move, other: Move) -> bool:
    overlap = min(one.ends, other.ends) - max(one.begins, other.begins) > 0.02
    return overlap and _AXIS[one.name] == _AXIS[other.name]


def _way(move: Move) -> str:
    """`in`, `out`, `left`, …"""
    return move.name.rpartition("_")[2]


_AXES: dict[str, tuple[CameraMove, ...]] = {
    "near": ("push_in", "pull_out", "zoom_in", "zoom_out"), "across": ("pan_left", "pan_right"),
    "up": ("tilt_up", "tilt_down"), "roll": ("roll_left", "roll_right"), "beside": ("truck_left", "truck_right"),
    "round": ("arc_left", "arc_right"), "hand": ("handheld",),
}  # fmt: skip
_AXIS: dict[CameraMove, str] = {name: axis for axis, names in _AXES.items() for name in names}
