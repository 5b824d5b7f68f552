"""A prompt in clauses, and who each is about: what is said of somebody else moves nobody here."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

ME, OTHER = "the person", "someone else"  # as each character's own version of the prompt calls them
_BREAK = re.compile(
    r"[.,;:!?]+\s*|\s+(?=(?:then|before|until|but|while|as|and (?:then|after|finally|now|suddenly|slowly))\b)"
    r"|\s+(?=(?:turns?|turning|changes?|fades?|shifts?|melts?) (?:in)?to\b|gives? way to\b|giving way to\b)",
    re.IGNORECASE,
)
_FROM_TO = re.compile(r"\bfrom\s+(?:[\w'-]+\s+){1,4}?(?=to\s)", re.IGNORECASE)
_AIMED = re.compile(r"\b(?:at|to|with|of|from|by|for|towards?|beside|behind|meets?|watch(?:es|ing)?|sees?)\s+$")


@dataclass(frozen=True)
class Clause:
    """Characters [start, end) of the prompt. `mine`: whether it is about the character that reads it."""

    text: str
    start: int
    mine: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def clauses_of(text: str) -> tuple[Clause, ...]:
    """The clauses in order. One without a subject of its own goes on with that of the one before."""
    cuts = sorted(
        {0, len(text), *(m.end() for m in _BREAK.finditer(text)), *(m.end() for m in _FROM_TO.finditer(text))}
    )
    clauses, mine = [], True
    for start, end in itertools.pairwise(cuts):
        part = text[start:end]
        subjects = [
            (found.start(), found.group() == ME)
            for found in re.finditer(f"{ME}|{OTHER}", part, re.IGNORECASE)
            if not _AIMED.search(part[: found.start()])
        ]
        if subjects:
            mine = any(is_me for _, is_me in subjects)
        if part.strip(" .,;:!?"):
            clauses.append(Clause(part.strip(), start, mine))
    return tuple(clauses)
