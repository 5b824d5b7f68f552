"""Speeches of a screenplay as lines of shots: the rule by which a long exchange is split.

A stretch between two parentheticals is a line. A line that would last longer than the longest clip is cut after a
sentence, or else after a clause, or else between words. Lines that follow each other without anything happening between
them share a shot while they fit into one clip, as long as one person speaks, or both at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from inference.catalogue import guess_seconds
from inference.protocol import MOST_LINES
from inference.timeline import LEAD_IN_S, LEAD_OUT_S, TURN_S
from studio.generation.line_choice import LineChoice

LONGEST_S = 10.0  # of a clip of the previs
_LONGEST_LINE_S = LONGEST_S - LEAD_IN_S - LEAD_OUT_S - 0.6  # the pause of a (beat)
_SENTENCES = re.compile(r"(?<=[.!?…。！？])[\"”’」]*\s*")  # noqa: RUF001 (full-width marks are meant)
_CLAUSES = re.compile(r"(?<=[,;:—–，、；：])\s*")  # noqa: RUF001


def split_text(text: str) -> list[str]:
    """Parts of a text, none of which lasts too long for one clip; together they are the text."""
    return list(_joined(_cut(text)))


def fits(lines: Sequence[LineChoice]) -> bool:
    """Whether these lines can be said in one clip."""
    return len(lines) <= MOST_LINES and seconds_of(lines) <= LONGEST_S


def seconds_of(lines: Sequence[LineChoice]) -> float:
    """About how long a clip must be for these lines."""
    return LEAD_IN_S + LEAD_OUT_S - TURN_S + sum(guess_seconds(line.text) + TURN_S for line in lines)


def _cut(text: str) -> Iterator[str]:
    """Sentences; of one that is too long its clauses; of one that is too long its words; of one, its signs."""
    pieces = [text]
    for pattern in (_SENTENCES, _CLAUSES, re.compile(r"(?<=\s)")):
        pieces = [part for piece in pieces for part in (pattern.split(piece) if _too_long(piece) else [piece])]
    for piece in pieces:
        step = 30 if _too_long(piece) else max(1, len(piece))
        yield from (piece[start : start + step] for start in range(0, len(piece), step))


def _joined(pieces: Iterator[str]) -> Iterator[str]:
    """As many at a time as fit."""
    held = ""
    for piece in pieces:
        between = "" if not held or held[-1].isspace() or ord(held[-1]) >= 0x2E80 else " "
        if held.strip() and _too_long(held + between + piece):
            yield held.strip()
            held, between = "", ""
        held += between + piece
    if held.strip():
        yield held.strip()


def _too_long(text: str) -> bool:
    return guess_seconds(text.strip()) > _LONGEST_LINE_S
