"""One prompt a character: whoever is being acted becomes "the person", the others become "someone else".

The motion model draws one character at a time and learned those two phrases; names mean nothing to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ME, OTHER = "the person", "someone else"
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Part:
    """A character's own version of the prompt. `origin[i]` is where its character i stands in the prompt, or −1."""

    text: str
    origin: tuple[int, ...]


def write_part(prompt: str, me: str, others: tuple[str, ...]) -> Part:
    """The prompt as `me` reads it. Whole words only, as the names are spelled: Will is not will."""
    roles = {name.strip(): OTHER for name in others} | {me.strip(): ME}
    names = sorted((re.escape(name) for name in roles if name), key=len, reverse=True)
    if not names:
        return Part(prompt, tuple(range(len(prompt))))
    text, origin, at = "", [], 0
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)", prompt):
        role = roles[found.group()]
        text += prompt[at : found.start()] + role
        origin += [*range(at, found.start()), *([-1] * len(role))]
        at = found.end()
    return Part(text + prompt[at:], (*origin, *range(at, len(prompt))))


def words_of(prompt: str) -> list[tuple[int, int]]:
    """Where each word of the prompt stands: [start, end) of its characters, punctuation at its ends left out."""
    spans = []
    for found in _WORD.finditer(prompt):
        word = found.group()
        start = found.start() + len(word) - len(word.lstrip(".,;:!?\"'()"))
        end = found.start() + len(word.rstrip(".,;:!?\"'()"))
        if end > start:
            spans.append((start, end))
    return spans
