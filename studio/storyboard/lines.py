"""Lines of a shot: as texts tell of them, and as a scene is heard before anything is rendered."""

from __future__ import annotations

import re

from inference.protocol import MOST_LINES
from studio.generation.line_choice import LineChoice

_SPOKEN = re.compile(r"(?P<speaker>[^\n:：]{1,80})[:：]\s*(?P<text>.*)", re.DOTALL)  # noqa: RUF001
_ASIDE = re.compile(r"^[（(]([^()（）]{1,200})[)）]\s*")  # noqa: RUF001 (full-width marks are meant)


def lines_of_text(text: str) -> list[LineChoice]:
    """Lines of a script, one a row: `ADA: (softly) At last.` Whoever speaks keeps the name as it is written.

    What is too much for as many lines as a shot has stands in the last of them.
    """
    lines: list[LineChoice] = []
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    for row in [*rows[: MOST_LINES - 1], *filter(None, ["\n".join(rows[MOST_LINES - 1 :])])]:
        spoken = _SPOKEN.fullmatch(row)
        speaker, said = (spoken["speaker"].strip(), spoken["text"].strip()) if spoken else ("", row)
        aside = _ASIDE.match(said)
        lines.append(
            LineChoice(
                speaker=speaker,
                text=said[aside.end() :] if aside else said,
                parenthetical=aside[1].strip() if aside else "",
            )
        )
    return lines
