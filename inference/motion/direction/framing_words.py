"""Framings in words: which one a camera comes from, and which one it goes to."""

from __future__ import annotations

import re

from inference.protocol import FRAMINGS, Framing

_NAMES: dict[Framing, str] = {
    "ecu": r"extreme close[- ]?ups?|extreme closeups?|very close on|ecu",
    "mcu": r"medium[- ]close(?:[- ]?ups?)?|chest shots?|mcu",
    "cu": r"close[- ]?ups?|tight shots?|tight on|close on|cu",
    "ms": r"mediums?(?: shots?)?|mid[- ]?shots?|waist shots?|half shots?|ms",
    "ws": r"(?:very |extreme )?(?:wides?|long|full|establishing)(?: shots?| angle)|wides?|ws",
}
_NAMED = "|".join(f"(?P<{name}>{words})" for name, words in _NAMES.items())
_FRAMING = re.compile(rf"\b(?:{_NAMED})(?!\w)", re.IGNORECASE)
# Of the camera, not of somebody who glances over a shoulder.
_OVER_SHOULDER = re.compile(
    r"\b(?:(?:shot|shots|filmed|framed|seen|view|camera|angle|looking) )?"
    r"over(?:-the-|[ -](?:the|his|her|their|\w+['\u2019]s?)[ -])shoulder(?:[ -](?:shot|angle|view|framing|of|on)s?)\b"
    r"|\bover-the-shoulder\b|\b(?:shot|shots|filmed|framed|seen) over [\w'\u2019 ]{1,24}shoulder\b"
    r"|\bOTS\b|过肩(?:镜头)?",
    re.IGNORECASE,
)
_LEAD = 60  # characters before a framing in which a word says whether it is come from or gone to
_FROM = re.compile(
    r"\b(?:from|begin|begins|beginning|start|starts|starting|open|opens|opening|we're|out of)\b", re.IGNORECASE
)
_TO = re.compile(r"\b(?:to|into|until|till|becomes?|ends?|ending|reach(?:es)?|lands?|fills)\b", re.IGNORECASE)


def find_framings(text: str) -> tuple[Framing | None, Framing | None]:
    """Where the camera starts and where it ends, as far as the words say: `from a wide to a close-up`."""
    starts: Framing | None = None
    ends: Framing | None = None
    after = 0
    for found in _FRAMING.finditer(text):
        framing = next(name for name in _NAMES if found[name])
        lead = re.split(r"[.;!?]", text[max(after, found.start() - _LEAD) : found.start()])[-1]
        after = found.end()
        if _TO.search(lead) and (not _FROM.search(lead) or (ends is None and _last_is_to(lead))):
            ends = ends or framing
        elif _FROM.search(lead):
            starts = starts or framing
    return starts, ends


def find_over_shoulder(text: str) -> str | None:
    """The words that ask for a shot over somebody's shoulder; None: none do."""
    found = _OVER_SHOULDER.search(text)
    return None if found is None else found.group()


def without_framings(text: str) -> str:
    """The text with every framing blotted out, its length kept."""
    return _FRAMING.sub(lambda found: " " * len(found.group()), text)


def _last_is_to(lead: str) -> bool:
    return [m.start() for m in _TO.finditer(lead)][-1] > [m.start() for m in _FROM.finditer(lead)][-1]


def nearer(one: Framing, other: Framing) -> bool:
    """Whether the first shows a face larger than the second."""
    return FRAMINGS.index(one) > FRAMINGS.index(other)
