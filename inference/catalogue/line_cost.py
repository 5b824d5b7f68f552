"""About how long a line lasts that nobody has said yet, and how long it takes to say it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inference.protocol import Line

_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_CHARACTERS_PER_S, _CHINESE_PER_S = 13.0, 3.8  # slower than voices are, so that no line is cut
# On two cores; `scripts/bench speech` measures it.
_READY_S = 1.5
_SAYING_S, _HEARING_S = 0.30, 0.15  # a second of sound


def guess_seconds(text: str) -> float:
    """About how long a line lasts: of Mandarin where one of its letters is Chinese, of English otherwise."""
    return 0.4 + len(text) / (_CHINESE_PER_S if _CHINESE.search(text) else _CHARACTERS_PER_S)


def count_speech_s(lines: Sequence[Line]) -> float:
    """Seconds that a render takes longer for its lines: those of voices are said, recordings are listened to, and
    all are heard again in the finished clip."""
    if not lines:
        return 0.0
    shares = [(_SAYING_S if line.recording is None else _HEARING_S) + _HEARING_S for line in lines]
    return _READY_S + sum(share * guess_seconds(line.text) for share, line in zip(shares, lines, strict=True))
