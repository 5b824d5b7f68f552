"""Where in the frame a thing is that somebody looks at: "the lamp in the upper left", "the window on the right"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIDE, _LEVEL = r"(?P<side>left|right)", r"(?P<level>upper|top|lower|bottom)"
_PICTURE = r"(?:frame|picture|image|screen|shot)"
_NOT_SEEN = re.compile(r"\b(?:off|out of|outside|beyond)\b", re.IGNORECASE)  # what is off the frame is no point in it
_PLACES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_LEVEL}(?:[ -]hand)?[ -]{_SIDE}\b",
        rf"\b(?:at|in|on|to|near)\s+the\s+(?:very\s+)?{_LEVEL}(?:\s+\w+)?\s+of\s+(?:the|our)\s+{_PICTURE}\b",
        r"\b(?:at|towards?|to|on|into|through|watch\w*)\s+(?:(?:the|an?|his|her|their|that|some)\s+)?"
        rf"(?!someone else|left|right)[\w'-]+(?:\s+[\w'-]+){{0,3}}?\s+(?:on|in|at|to)\s+(?:the|his|her|their|our)\s+"
        rf"(?:(?:far|very)\s+)?{_SIDE}\b",
    )
)
_ACROSS, _UP = 0.75, 0.70  # of half the frame: things stand a little inside its edges


@dataclass(frozen=True)
class Point:
    """A place in the frame: x from -1, its left edge, to 1, y from -1, its lower edge, to 1."""

    x: float
    y: float

    @property
    def named(self) -> str:
        """As a receipt has it."""
        side = "" if self.x == 0 else "left" if self.x < 0 else "right"
        level = "" if self.y == 0 else "lower" if self.y < 0 else "upper"
        if side and level:
            return f"at the {level} {side}"
        return f"at the {side} side" if side else f"at the {'bottom' if self.y < 0 else 'top'}"


def point_in(clause: str) -> Point | None:
    """The place that a clause about looking names; None where it names none in the frame."""
    if _NOT_SEEN.search(clause):
        return None
    found = next((match for place in _PLACES if (match := place.search(clause))), None)
    if found is None:
        return None
    named = {name: words.lower() for name, words in found.groupdict().items() if words}
    x = {"left": -_ACROSS, "right": _ACROSS}.get(named.get("side", ""), 0.0)
    y = {"upper": _UP, "top": _UP, "lower": -_UP, "bottom": -_UP}.get(named.get("level", ""), 0.0)
    return Point(x, y)
