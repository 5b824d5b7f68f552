"""When each line of a clip is said. Torch-free: the product asks how long a shot must be, the engine does it so.

A speaker breathes in before the first line; turns follow each other after 0.2 s, the most frequent gap between
speakers in ten languages (Stivers et al., PNAS 106 (2009) 10587), and one speaker's own lines after a breath of 0.4 s.
Pauses that a line or its parenthetical asks for come on top.
"""

from __future__ import annotations

from collections.abc import Sequence

from inference.protocol.dialogue import Line
from inference.speech.delivery import read_parenthetical

LEAD_IN_S = 0.4
TURN_S = 0.2
BREATH_S = 0.4
LEAD_OUT_S = 0.5


def line_starts(lines: Sequence[Line], durations_s: Sequence[float]) -> tuple[float, ...]:
    """Seconds from the clip's start at which each line's sound begins; `durations_s`: of each line's sound."""
    starts: list[float] = []
    for place, line in enumerate(lines):
        if place == 0:
            free_at = LEAD_IN_S
        else:
            same = lines[place - 1].character_id == line.character_id
            free_at = starts[-1] + durations_s[place - 1] + (BREATH_S if same else TURN_S)
        starts.append(free_at + line.pause_before_s + read_parenthetical(line.parenthetical).pause_before_s)
    return tuple(starts)


def needed_seconds(lines: Sequence[Line], durations_s: Sequence[float]) -> float:
    """How long a clip must be for its lines to be said, and their last sound to have faded."""
    if not lines:
        return 0.0
    return line_starts(lines, durations_s)[-1] + durations_s[-1] + LEAD_OUT_S
