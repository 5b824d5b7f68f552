"""A take's lines as they were planned; needs neither web nor database, so that a command begins at once."""

from __future__ import annotations

from dataclasses import dataclass

from inference.protocol import Line


@dataclass(frozen=True)
class PlannedDialogue:
    """`lines` in order; heard: whose recorded voices; needed_s: how long a clip must be for all of them, by lengths
    that were measured where they are `known`, and guessed from the text where they are not."""

    lines: tuple[Line, ...] = ()
    heard: frozenset[str] = frozenset()
    needed_s: float = 0.0
    known: bool = True
