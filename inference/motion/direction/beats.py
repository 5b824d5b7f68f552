"""When things happen, as a prompt's words say it: beats follow each other, and a few words name a moment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inference.motion.direction.prompt_words import PromptWords, Word

_Order = Literal["next", "before", "earlier"]
_NEXT = ("then", "next", "afterwards", "afterward", "finally", "lastly", "subsequently", "whereupon")
_NEXT_OF_TWO = (("after", "that"), ("and", "later"), ("followed", "by"), ("moment", "later"), ("a", "pause"))
_WHILE = ("moment", "while", "pause", "second", "beat", "bit")
_SUBJECTS = ("the", "a", "an", "he", "she", "they", "it", "his", "her", "their", "we", "you", "i", "this", "that")
_ENDS = (".", ";", "!", "?")
_STOPS = (".", ";", "!", "?", ",", ":", "while", "as", "when", "whilst")
_JOINS = ("and", "but", "with")
_ORDERED = re.compile(
    r"\b(?:first|last|until|afterwards?|later|now|waits?|ends? (?:with|by)|start(?:s|ing)? (?:with|by)|finish\w*|once"
    r"|after|before)\b",
    re.IGNORECASE,
)
_SUDDEN = re.compile(
    r"\b(?:sudden(?:ly)?|abrupt(?:ly)?|all at once|with a (?:jerk|jolt|snap)|snaps?|whip(?:s|ped|ping)?|crash(?:es)?"
    r"|punch(?:es)? in|jolts?|jerks?|lurch\w*)\b"
)
_AT_END = re.compile(
    r"\b(?:at (?:the )?(?:very )?end(?! of)|in the last|in the end|at last|towards? the end|final moments?)\b"
)
_AT_START = re.compile(r"\b(?:at first|at the (?:very )?(?:start|beginning)|initially|in the first|to begin with)\b")
_FOR = re.compile(
    r"\bfor (?:only |just |about )?(?P<count>an?|one|two|three|half an?|\d+(?:\.\d+)?) (?:seconds?|moments?|beats?)\b"
    r"|\b(?:briefly|momentarily)\b"
)
_COUNTS = {"a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0}
_SUDDEN_SHARE = 0.12  # of the beat
_BRIEF_S = 1.0
_PART = 0.35  # of the beat, at its start or its end


@dataclass(frozen=True)
class Beat:
    """What happens together, in [begins, ends) of the clip; its clauses are stretches of words between stops."""

    begins: float
    ends: float
    clauses: tuple[tuple[Word, ...], ...]

    seconds: float  # of the whole clip

    def share(self, begins: float, ends: float) -> tuple[float, float]:
        """A part of the beat, as shares of the clip."""
        length = self.ends - self.begins
        return self.begins + begins * length, self.begins + ends * length


def find_beats(prompt: PromptWords, seconds: float) -> tuple[Beat, ...]:
    """Beats of equal length, in order: as the motion model times what follows something else."""
    told = [
        part for part in _in_order(prompt.words) if any(word.text.isalpha() and len(word.text) > 3 for word in part)
    ]
    return tuple(
        Beat(i / len(told), (i + 1) / len(told), tuple(_clauses(part)), seconds) for i, part in enumerate(told)
    )


def _in_order(words: Sequence[Word]) -> list[list[Word]]:
    """The words in parts, as these follow each other in time: `after` and its like say the second thing first."""
    parts: list[list[Word]] = [[]]
    at = 0  # the part that words go to
    at_comma: _Order | None = None  # what a sentence began with, until its first clause ends
    for i, word in enumerate(words):
        order = _order_of(words, i)
        first = i - 1 if word.lower == "soon" else i  # the first word of `as soon as`
        begins = first <= 0 or words[first - 1].lower in _ENDS
        if order is not None and order != "next" and begins:
            at_comma = order
            if order == "before":  # `once we are close, …` only tells again what was told
                parts.append([])
            at = len(parts) - 1
        elif order == "earlier":
            parts.insert(at, [])
        elif order is not None:
            parts.append([])
            at = len(parts) - 1
        elif at_comma is not None and word.lower == ",":
            at = at + 1 if at_comma == "earlier" else at
            parts.insert(at, [])
            at_comma = None
        else:
            at = len(parts) - 1 if word.lower in _ENDS else at
            parts[at].append(word)
    return parts


def _order_of(words: Sequence[Word], i: int) -> _Order | None:
    """What word `i` says of the order: `next`, what follows it comes after what stands before it; `earlier`, before;
    `before`, the same as `next` but where it begins a sentence.
    """
    word, after = words[i].lower, [one.lower for one in words[i + 1 : i + 3]] + ["", ""]
    if (
        word in _NEXT
        or (word, after[0]) in _NEXT_OF_TWO
        or (word == "after" and after[0] == "a" and after[1] in _WHILE)
    ):
        return "next"
    if word == "before":
        return "before"
    if word == "soon" and after[0] == "as":
        return "earlier"
    goes_on = after[0].split("'")[0] in _SUBJECTS or (i + 1 < len(words) and words[i + 1].text[0].isupper())
    if word == "once" and goes_on:
        return "earlier"
    if word == "after" and (goes_on or after[0].endswith("ing")) and not (i and words[i - 1].lower.startswith("look")):
        return "earlier"
    return None


def _clauses(words: list[Word]) -> list[tuple[Word, ...]]:
    clauses: list[tuple[Word, ...]] = []
    run: list[Word] = []
    for i, word in enumerate(words):
        joins = word.lower in _JOINS and i + 1 < len(words) and _changes_subject(words, i)
        if word.lower in _STOPS or joins:
            clauses.append(tuple(run))
            run = []
        else:
            run.append(word)
    return [clause for clause in [*clauses, tuple(run)] if clause]


def _changes_subject(words: list[Word], at: int) -> bool:
    """Whether what is joined on at `at` is about something else than what stands before it."""
    before = [word.label for word in words[max(0, at - 4) : at] if word.label != "none"]
    after = [word.label for word in words[at + 1 : at + 5] if word.label != "none"]
    return bool(before and after) and before[-1] != after[0]


def says_order(prompt: PromptWords, beats: Sequence[Beat]) -> bool:
    """Whether the prompt says what comes after what, be it in words that make no beats."""
    return len(beats) > 1 or _ORDERED.search(prompt.text) is not None


def begins_of(beats: Sequence[Beat], end: int) -> float:
    """When in the clip, 0..1, that begins which a clause asks for that ends at character `end` of the prompt."""
    said = [(word.start, beat.begins) for beat in beats for clause in beat.clauses for word in clause]
    return max((one for one in said if one[0] < end), default=(0, 0.0))[1]


def find_timing(text: str, beat: Beat) -> tuple[float, float]:
    """When in the clip a clause's move happens: the whole beat, unless the words say otherwise."""
    if _SUDDEN.search(text):
        at = 1 - _PART if _AT_END.search(text) else 0.0 if _AT_START.search(text) else 0.4
        return beat.share(at, at + _SUDDEN_SHARE)
    if _AT_END.search(text):
        return beat.share(1 - _PART, 1)
    if _AT_START.search(text):
        return beat.share(0, _PART)
    found = _FOR.search(text)
    if found is not None:
        length_s = (beat.ends - beat.begins) * beat.seconds
        return beat.share(0, min(1.0, _seconds(found["count"]) / length_s))
    return beat.begins, beat.ends


def _seconds(words: str | None) -> float:
    if words is None:
        return _BRIEF_S
    return 0.5 if words.startswith("half") else _COUNTS.get(words) or float(words)
