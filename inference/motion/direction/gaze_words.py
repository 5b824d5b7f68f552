"""Where a prompt asks a character to look, in what order, and whether with the eyes alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from inference.motion.direction.clauses import Clause, clauses_of
from inference.motion.direction.gaze_points import Point, point_in

Aim = Literal["lens", "other", "left", "right", "up", "down", "away", "distance", "point"]
Nearest = Callable[[str], str | None]

_LOOKS = (
    r"\b(?:look|gaz|glanc|star(?:e|es|ed|ing)\b|eye(?!brow|lid|lash)|peer|glar|glower|watch|squint|dart|peek|read)\w*"
)
_CAMERA = r"camera\b(?! (?:left|right)\b)"  # `camera left` is a side
_AT_LENS = (
    r"\b(?:at|in|into|to|towards?|on|holds?|meets?|addresses)\s+(?:the\s+|straight\s+|directly\s+)*"
    rf"(?:{_CAMERA}|lens|viewers?|audience|us|our (?:eyes?|gaze))\b"
)
_PATTERNS: tuple[tuple[Aim, str], ...] = (  # the first that fits
    (
        "away",
        r"\b(?:avoid\w*|evad\w*|avert\w*)\b.*\b(?:eyes?|gaze|look|glance|contact)|\blook\w* away\b|anywhere but"
        r"|\b(?:not|n't|cannot|never|unable to|refus\w+ to|dares? not)\s+(?:\w+\s+)?(?:meet|hold|look|face)\b",
    ),
    ("lens", rf"{_LOOKS}.*{_AT_LENS}|{_AT_LENS}.*{_LOOKS}|\b(?:straight|directly) (?:in)?to (?:the )?{_CAMERA}"),
    ("lens", rf"\b(?:holds?|meets?) our (?:eyes?|gaze)\b|\bto {_CAMERA}|\bbreaks? the fourth wall\b"),
    ("left", rf"{_LOOKS}.*\bleft\b"),
    ("right", rf"{_LOOKS}.*\bright\b(?! (?:at|in|into|through)\b)"),
    ("up", rf"{_LOOKS}.*\b(?:up|upwards?|ceiling|sky|stars|heavens?|overhead)\b"),
    (
        "down",
        rf"{_LOOKS}.*\b(?:down(?! on\b)|downwards?|floor|ground|table|feet|hands?|lap|shoes|phone|book|letter|paper"
        r"|plate|page)\b",
    ),
    ("distance", rf"{_LOOKS}.*\b(?:distance|space|horizon|window|nothing|far away)\b"),
    ("other", rf"{_LOOKS}.*\b(?:at|to|towards?|on)\b.*\b(?:someone else|each other|one another|him|her|them)\b"),
    ("other", r"\b(?:watch|watches|watching|eyes|eyeing|faces)\s+(?:someone else|him|her|them)\b"),
)  # fmt: skip
_LOOKING = re.compile(_LOOKS, re.IGNORECASE)
_AIMS = tuple((aim, re.compile(pattern, re.IGNORECASE)) for aim, pattern in _PATTERNS)
_FEWEST_WORDS = 3  # that have a meaning of their own
_WHERE = re.compile(r"(?:to|towards?|at|into|up|down|left|right)\b", re.IGNORECASE)
_EYES_ONLY = re.compile(
    r"\b(?:only|just) (?:his|her|their|the) eyes\b|\beyes only\b|\beyes alone\b|\bkeeping (?:\w+ )*still\b"
    r"|\bwithout (?:moving|turning) (?:his|her|their|the) head\b|\bhead (?:stays|kept|is) still\b",
    re.I,
)
_BRIEF = re.compile(r"\bglanc\w*|\bbrief\w*|\bfor a (?:second|moment)\b|\bpeek\w*|\bquick (?:look|peek)\b", re.I)
_CAMERAS = re.compile(r"(?:and |then )*(?:the |a )?camera\b", re.I)  # what the camera does
# What no pattern above says; `none` is what a clause may be about instead.
DESCRIBED: dict[str, tuple[str, ...]] = {
    "lens": ("the person looks into the camera", "speaking to the audience at home", "looking straight at us"),
    "away": ("the person avoids eye contact", "too ashamed to meet their eyes", "a shy, evasive look"),
    "up": ("the person looks up", "gazing at something high above"),
    "down": ("the person looks down", "reading something in the hands", "eyes fixed on the ground"),
    "distance": ("the person looks into the distance", "staring into space, lost in thought"),
    "none": (
        "the person smiles", "the person is angry", "the person turns their head", "the person nods",
        "the camera moves", "the person speaks", "sitting in a kitchen", "wearing a coat", "the person is sad",
        "the person listens",
        "a portrait in soft light", "the person closes their eyes", "the person blinks", "eyebrows rise",
        "the person lifts the chin", "the person bows the head", "waiting", "a wide shot of a landscape",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Gaze:
    """Where to look. eyes_only: the head stays. brief: and back again. at: of the aim `point`. end: of the words that
    ask for it, in characters; begins: when in the clip it does, 0..1.
    """

    aim: Aim
    eyes_only: bool = False
    brief: bool = False
    at: Point | None = None
    end: int = 0
    begins: float = 0.0

    @property
    def named(self) -> str:
        """As a receipt has it: `eyes left`, `looks at the other`, `glances at the upper left`."""
        where = {
            "lens": "at the lens",
            "other": "at the other",
            "away": "away from everybody",
            "distance": "into the distance",
        }.get(self.aim, self.aim)
        where = self.at.named if self.at else where
        return f"{'eyes' if self.eyes_only else 'glances' if self.brief else 'looks'} {where}"


def read_gaze(text: str, nearest: Nearest) -> tuple[Gaze, ...]:
    """What the prompt asks of one character's eyes, in order; empty: nothing. `nearest`: as of DESCRIBED."""
    found: list[Gaze] = []
    eyes_only = bool(_EYES_ONLY.search(text))
    for clause in _with_their_ends(clauses_of(text)):
        aim = _aim_of(clause, nearest) if clause.mine and not _CAMERAS.match(clause.text) else None
        at = point_in(clause.text) if aim == "point" else None
        if aim is not None and (not found or (found[-1].aim, found[-1].at) != (aim, at)):
            found.append(Gaze(aim, eyes_only, bool(_BRIEF.search(clause.text)), at, clause.end))
    return tuple(found)


def _with_their_ends(clauses: tuple[Clause, ...]) -> list[Clause]:
    """With what only says where eyes go ("…, to the left") at the clause that moves them."""
    whole: list[Clause] = []
    for clause in clauses:
        before = whole[-1] if whole else None
        if before and _WHERE.match(clause.text) and _LOOKING.search(before.text) and not named_aim(before.text):
            whole[-1] = replace(before, text=f"{before.text} {clause.text}")
        else:
            whole.append(clause)
    return whole


def named_aim(clause: str) -> Aim | None:
    """Where a clause says to look by words that are listed."""
    named = next((aim for aim, pattern in _AIMS if pattern.search(clause)), None)
    in_frame = named not in ("away", "lens") and _LOOKING.search(clause) and point_in(clause) is not None
    return "point" if in_frame else named


def _aim_of(clause: Clause, nearest: Nearest) -> Aim | None:
    if (aim := named_aim(clause.text)) is not None:
        return aim
    if len(clause.text.split()) < _FEWEST_WORDS:
        return None
    meant = nearest(clause.text)
    return next((aim for aim in get_args(Aim) if aim == meant), None)
