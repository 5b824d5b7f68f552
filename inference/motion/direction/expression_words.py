"""Which feelings a prompt asks for, how strongly and in what order: by words that name them, else by meaning."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inference.motion.direction.camera_lexicon import is_about_camera
from inference.motion.direction.clauses import Clause, clauses_of

Emotion = Literal[
    "joy", "sorrow", "worry", "anger", "fear", "surprise", "disgust", "contempt", "doubt", "pride", "tiredness",
    "tenderness",
]  # fmt: skip
Nearest = Callable[[str], str | None]

SLIGHT, PLAIN, STRONG = 0.45, 0.75, 1.0
# Word beginnings, by how strong the feeling is that they name without an adverb.
_NAMED: dict[Emotion, dict[float, str]] = {
    "joy": {
        SLIGHT: "content|pleased|amused",
        PLAIN: "happy|happi|joy|glad|cheer|merry|merri|delight",
        STRONG: "ecsta|elat|overjoy|jubila|euphor|beam|radiant|exult|thrilled",
    },
    "sorrow": {
        SLIGHT: "wistful|melanchol|downcast|glum|gloom",
        PLAIN: "sad|sorrow|unhapp|mourn|tearful|griev|miserabl",
        STRONG: "grief|heartbr|devastat|despair|desolat|anguish|inconsol|weep|sob",
    },
    "worry": {
        SLIGHT: "uneas|apprehens|concern",
        PLAIN: "worr|anxi|nervous|troubled|fret|tense",
        STRONG: "distraught|frantic",
    },
    "anger": {
        SLIGHT: "annoy|irritat|displeas|cross",
        PLAIN: "anger|angr|mad|resent|indignan|hostil|glower|glare|glaring|seeth",
        STRONG: "furious|fury|rage|raging|enrag|livid|outrag|wrath",
    },
    "fear": {
        SLIGHT: "wary",
        PLAIN: "fear|afraid|scared|frighten|alarm",
        STRONG: "terrif|terror|horrif|horror|panic|petrif|dread",
    },
    "surprise": {
        SLIGHT: "startl",
        PLAIN: "surpris|amaz",
        STRONG: "astonish|astound|stunn|shock|flabbergast|dumbfound|stupef|thunderstr",
    },
    "disgust": {
        SLIGHT: "distast",
        PLAIN: "disgust|revuls|repuls|repell|nausea|queas|grossed",
        STRONG: "revolt|sicken|loath",
    },
    "contempt": {SLIGHT: "smug|supercil", PLAIN: "contempt|scorn|disdain|sneer|derisi|haught", STRONG: "despis"},
    "doubt": {
        SLIGHT: "unsure|uncertain",
        PLAIN: "doubt|sceptic|skeptic|dubious|unconvinced|suspici|mistrust|distrust",
        STRONG: "incredul|disbelie",
    },
    "pride": {SLIGHT: "dignif", PLAIN: "proud|pride", STRONG: "triumph"},
    "tiredness": {
        SLIGHT: "drows|sleep[yi]|weary|weari",
        PLAIN: "tired|fatigu|worn out",
        STRONG: "exhaust|drained|burnt out",
    },
    "tenderness": {
        SLIGHT: "fond",
        PLAIN: "tender|affection|loving|lovingly|gentle|gently|caring|compassion",
        STRONG: "ador[ei]|besotted",
    },
}
_CUES = tuple(
    (emotion, strength, re.compile(rf"\b(?:{stems})\w*", re.IGNORECASE))
    for emotion, named in _NAMED.items()
    for strength, stems in named.items()
)
_NOT = re.compile(
    r"\b(?:no|not|never|without|isn't|aren't|don't|doesn't|hides?|hiding|no longer|neither|nor)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:slight\w*|a little|a bit|faint\w*|mild\w*|a touch|a hint|subtl\w*|quiet\w*|barely|somewhat|vague\w*)\b", re.I
)
_MORE = re.compile(
    r"\b(?:very|utter\w*|complete\w*|absolute\w*|deep\w*|extreme\w*|total\w*|terribl\w*|to death|sick with|pure|sheer"
    r"|out of (?:his|her|their|its) (?:mind|wits)|overwhelm\w*|intens\w*|so)\b",
    re.I,
)
_UNSMILING = re.compile(
    r"\b(?:no smile|not smil\w+|without (?:a )?smil\w+|unsmiling|stops? smiling|serious|stern|solemn|deadpan"
    r"|(?<!the )(?<!a )(?<!his )(?<!her )grave"
    r"|calm\w*|neutral|expressionless|impassive|composed|blank|(?:straight|poker|stone)[ -]faced?)\b",
    re.I,
)
_SHUT = re.compile(
    r"\b(?:lips?|mouth) (?:\w+ )?(?:closed|shut|pressed|together|sealed)\b"
    r"|\b(?:closed|shut|pressed|sealed) (?:lips|mouth)\b|\bclos(?:es|ed|ing) (?:his|her|their) (?:mouth|lips)\b",
    re.I,
)
_OPENS = re.compile(
    r"\b(?:talk|speak|say|said|tell|told|sing|sang|whisper|shout|scream|yell|laugh|yawn|gasp)(?:s|ed|ing)?\b", re.I
)
_FEWEST_WORDS = 2  # that have a meaning of their own
# Ways of saying what no word above names; `none` is what a clause may be about instead.
DESCRIBED: dict[str, tuple[str, ...]] = {
    "joy": ("the person is very happy", "the best news of a lifetime", "the face lights up with a smile"),
    "sorrow": ("the person is very sad", "about to cry", "the person has lost a loved one"),
    "worry": ("the person is worried about something", "waiting anxiously for bad news", "fearing what may happen"),
    "anger": ("the person is very angry", "about to hit somebody", "the person has lost their temper"),
    "fear": ("the person is terrified", "a monster is coming closer", "frozen with fright"),
    "surprise": ("the person is very surprised", "completely unexpected", "the person cannot believe their eyes"),
    "disgust": ("the person is disgusted", "a foul smell", "tasting something rotten"),
    "contempt": ("the person despises them", "looking down on others as inferior", "thinking they are worthless"),
    "doubt": ("the person does not believe it", "not convinced that it is true", "questioning whether it is so"),
    "pride": ("the person is proud of an achievement", "the winner, pleased with themselves", "a proud parent"),
    "tiredness": ("the person is very tired", "has not slept for days", "about to fall asleep"),
    "tenderness": ("the person loves them dearly", "a warm, loving look", "a mother looking at her baby"),
    "none": (
        "the person turns their head", "the person nods", "the camera moves closer", "sitting in a room by a window",
        "wearing a coat", "the person speaks", "the person looks to the left", "walking down the street",
        "a wide shot of a landscape", "the person blinks", "the person looks at the camera", "a man in a suit",
        "the person smiles", "listening to somebody", "the person tilts their head", "a portrait in soft light",
        "the person opens their mouth", "the person raises their eyebrows", "a calm, neutral face", "waiting",
        "the person looks up", "the person looks down", "the person closes their eyes", "the person stands still",
        "warm light", "the face lifts towards the light", "candlelight falls on the face", "light of a screen",
        "the face in the glow of a lamp", "party lights in the background", "neon signs", "a cold grey morning",
        "late in the evening", "a rainy night", "a train at night", "fog", "a puddle on the road", "an old photograph",
        "in the style of the seventies", "a news presenter", "the person makes an announcement", "the leading actor",
        "the answer is no", "a young father", "a bride", "an old woman", "a soldier",
        "the person refuses", "the person falls asleep",
        "the lashes rest on the cheeks", "the face fills the frame", "the shot widens around the face",
        "the camera zooms in on the baby", "the camera leaves the child", "we come closer to somebody",
        "far away from us", "a shot of somebody", "the person asks a question",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Feeling:
    """An emotion and its strength, 0..1; `words` of the prompt that asked for it, which end at character `end`; begins:
    when in the clip it does, 0..1.
    """

    emotion: Emotion
    strength: float
    words: str
    end: int = 0
    begins: float = 0.0

    @property
    def named(self) -> str:
        """As a receipt and the prompt's reader have it: `slight worry`, `joy`, `strong anger`."""
        degree = "slight " if self.strength <= SLIGHT else "strong " if self.strength >= STRONG else ""
        return degree + self.emotion


@dataclass(frozen=True)
class Expression:
    """What one character's face is asked for. unsmiling: no smile at all; shut: the lips stay closed."""

    feelings: tuple[Feeling, ...] = ()
    unsmiling: bool = False
    shut: bool = False

    @property
    def anything(self) -> bool:
        """Whether a face was asked for at all."""
        return bool(self.feelings) or self.unsmiling or self.shut

    @property
    def named(self) -> tuple[str, ...]:
        """The feelings, and what was asked of the mouth alone."""
        plain = [words for words, asked in (("no smile", self.unsmiling), ("closed lips", self.shut)) if asked]
        return (*self._felt, *plain)

    @property
    def _felt(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(feeling.named for feeling in self.feelings))


def read_expression(text: str, nearest: Nearest) -> Expression:
    """What the prompt asks of one face. `nearest`: a phrase → the key of DESCRIBED that it means, or None."""
    feelings: list[Feeling] = []
    for clause in clauses_of(text):
        if not clause.mine or is_about_camera(clause.text):
            continue
        for feeling in _by_words(clause) or _by_meaning(clause, nearest):
            if not feelings or feelings[-1].emotion != feeling.emotion:
                feelings.append(feeling)
            elif feeling.strength > feelings[-1].strength:
                feelings[-1] = feeling
    shut = bool(_SHUT.search(text)) and not _OPENS.search(text)  # who also speaks opens it when the motion model says
    return Expression(tuple(feelings), bool(_UNSMILING.search(text)), shut)


def _by_words(clause: Clause) -> list[Feeling]:
    found = [
        (match.start(), emotion, strength)
        for emotion, strength, pattern in _CUES
        for match in pattern.finditer(clause.text)
        if not _NOT.search(clause.text[: match.start()])
    ]
    feelings: dict[Emotion, Feeling] = {}
    for _, emotion, strength in sorted(found, key=lambda one: one[0]):
        asked = _adjusted(clause.text, strength)
        if emotion not in feelings or feelings[emotion].strength < asked:
            feelings[emotion] = Feeling(emotion, asked, clause.text, clause.end)
    return list(feelings.values())


def _by_meaning(clause: Clause, nearest: Nearest) -> list[Feeling]:
    if len(clause.text.split()) < _FEWEST_WORDS or any(p.search(clause.text) for p in (_UNSMILING, _SHUT)):
        return []
    if any(pattern.search(clause.text) for *_, pattern in _CUES):
        return []  # a feeling that is denied is none
    emotion = nearest(clause.text)
    if emotion is None or emotion == "none":
        return []
    return [Feeling(_emotion(emotion), _adjusted(clause.text, PLAIN), clause.text, clause.end)]


@functools.cache
def _emotion(name: str) -> Emotion:
    return next(emotion for emotion in _NAMED if emotion == name)


def _adjusted(text: str, strength: float) -> float:
    if _LESS.search(text):
        return SLIGHT
    return STRONG if _MORE.search(text) else strength
