"""How near a screenplay's words put the camera: `CLOSE ON ADA`, `WIDE`, `特写`. Directions stand in capitals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inference.protocol import Framing

# What stands first is looked for first: an EXTREME CLOSE UP is no CLOSE UP.
_WORDS: dict[Framing, tuple[str, ...]] = {
    "ecu": ("EXTREME CLOSE(?:[- ]?UP)?", "ECU", "E\\.C\\.U\\.", "MACRO SHOT", "大特写"),
    "mcu": ("MEDIUM[- ]CLOSE(?:[- ]?UP)?", "MCU", "M\\.C\\.U\\.", "近景"),
    "cu": (
        "CLOSE[- ]?UPS?", "CLOSE (?:SHOT|ANGLE)", "CLOSER?(?= on| ON|\\s*[:-])",
        "TIGHT(?:ER)?(?: SHOT| ANGLE|(?= on| ON))", "INSERT(?: SHOT)?", "CU", "C\\.U\\.", "特写",
    ),
    "ms": (
        "MEDIUM SHOT", "MED\\.? SHOT", "MID[- ]SHOT", "(?:TWO|THREE)[- ]SHOT",
        "(?:NEW |REVERSE |ANOTHER |LOW |HIGH )?ANGLE", "REVERSE SHOT", "OVER (?:THE|HIS|HER|THEIR) SHOULDER",
        "MS(?!\\.)", "OTS", "中景",
    ),
    "ws": (
        "(?:EXTREME |VERY )?WIDE(?:R)?(?: SHOT| ANGLE)?", "(?:EXTREME )?LONG SHOT", "FULL SHOT", "MASTER SHOT",
        "(?:RE-?)?ESTABLISHING(?: SHOT)?", "(?:AERIAL|DRONE)(?: SHOT)?", "EWS", "WS", "全景", "远景",
    ),
}  # fmt: skip
_FOUND = {
    framing: re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?![A-Za-z-])(?: (?:ON|OF|on|of)\b)?")
    for framing, words in _WORDS.items()
}
_BETWEEN = " \t:：—–-.,，。"  # noqa: RUF001 (marks of both scripts stand there)
_SENTENCE_ENDS = (".", "!", "?", ":", "—", "–", "。", "！", "？")  # noqa: RUF001
_LONGEST_SUBJECT = 8  # words of a line in capitals that is a direction and no action
_WIDE_SCRIPT = 0x2E80  # from here on scripts know no capitals to tell a direction by


@dataclass(frozen=True)
class Direction:
    """framing: what the words ask for, if anything. text: what is left to happen, without a direction at its start.

    heads: the text is only who or what is seen (`CLOSE ON ADA`): what happens stands in the paragraph after it.
    """

    framing: Framing | None
    text: str
    heads: bool = False


def read_direction(text: str) -> Direction:
    """The camera's nearness in a paragraph of action. A direction in its middle frames it and stays in the text."""
    found = [
        (match.start(), -match.end(), framing)
        for framing, each in _FOUND.items()
        for match in each.finditer(text)
        if _directs(text, match)
    ]
    if not found:
        return Direction(None, text)
    start, end, framing = min(found)
    if text[:start].strip(_BETWEEN):
        return Direction(framing, text)
    left = text[-end:].lstrip(_BETWEEN)
    in_capitals = not any(letter.islower() or ord(letter) >= _WIDE_SCRIPT for letter in left)
    return Direction(framing, left, heads=in_capitals and len(left.split()) <= _LONGEST_SUBJECT)


def _directs(text: str, match: re.Match[str]) -> bool:
    """A word in capitals amid a sentence may only be meant loudly; two, or one that begins it, direct."""
    before = text[: match.start()].rstrip()
    return not before or before.endswith(_SENTENCE_ENDS) or " " in match.group()


def is_direction(cue: str) -> bool:
    """Whether a line in capitals above other lines is a direction, and nobody who speaks."""
    found = [match for each in _FOUND.values() if (match := each.match(cue))]
    return any(" " in match.group() or cue.strip(_BETWEEN) == match.group() for match in found)
