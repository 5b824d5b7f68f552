"""What is heard of each line in a finished clip, and whether it is the line, said when the lips say it.

The finished mix is listened to, never the plan: a line that is missing, wrong, or late is heard so. In a language
whose sounds the recogniser does not know, the classes of sounds are compared instead (lips, teeth, nose, open …).
"""

from __future__ import annotations

import numpy as np

from inference.speech.comparison import classes, distance, folded, forms_of, sounds_of
from inference.speech.hearing import FRAME, Recogniser
from inference.speech.port import RATE, HeardLine, Phoneme, Planned, Samples, Word

MOST_PHONEME_ERROR = 0.40
MOST_CLASS_ERROR = 0.60
LATEST_MS, EARLIEST_MS = (
    60.0,
    -60.0,
)  # of the median sound; frames of a clip and of the recogniser are 42 and 20 ms long
_AROUND = RATE * 3 // 10  # listened to before and after a line


def judge(mix: Samples, lines: tuple[Planned, ...], recogniser: Recogniser) -> tuple[HeardLine, ...]:
    """`mix`: mono float32 at RATE, the clip's whole sound as a player gives it."""
    return tuple(_judge_line(mix, lines, place, recogniser) for place in range(len(lines)))


def _judge_line(mix: Samples, lines: tuple[Planned, ...], place: int, recogniser: Recogniser) -> HeardLine:
    line = lines[place]
    begin = max(lines[place - 1].end if place else 0, line.start - _AROUND)
    finish = min(lines[place + 1].start if place + 1 < len(lines) else len(mix), line.end + _AROUND)
    part = mix[begin:finish]
    heard = recogniser.hear(part)
    words = "".join(" " if one.symbol == "<wb>" else one.symbol for one in heard.phonemes)
    if not line.words_known or not line.words:
        return HeardLine(words, None, None, None, "unscored" if words else "fail")
    phoneme_error, class_error = _errors(line, heard.sounds)
    offset_ms = _offset_ms(part, begin, line.words, recogniser) if words else None
    wrong = phoneme_error > MOST_PHONEME_ERROR if phoneme_error is not None else (class_error or 0) > MOST_CLASS_ERROR
    untimely = offset_ms is None or not EARLIEST_MS <= offset_ms <= LATEST_MS
    return HeardLine(words, phoneme_error, class_error, offset_ms, "fail" if wrong or untimely else "pass")


def _errors(line: Planned, heard: tuple[str, ...]) -> tuple[float | None, float | None]:
    """Shares of what was meant that were heard otherwise: of phonemes (near vowels as one), or of classes."""
    forms = [forms_of(word.text, [sound.symbol for sound in word.phonemes]) for word in line.words]
    if line.english:
        wrong, count = distance([[folded(form) for form in word] for word in forms], folded(heard))
        return round(min(1.0, wrong / max(1, count)), 3), None
    meant = classes([sound for word in forms for sound in word[0]])
    wrong, count = distance([[meant]], classes(heard))
    return None, round(min(1.0, wrong / max(1, count)), 3)


def _offset_ms(part: Samples, begin: int, words: tuple[Word, ...], recogniser: Recogniser) -> float:
    """By how much the sounds are heard after they were planned, the median over all of them."""
    planned = _flat(words)
    if len(part) < FRAME * (2 * len(planned) + 2):
        return 0.0  # faster than the recogniser's frames can tell apart
    found = _flat(recogniser.align(part, words))
    late = [one.start + begin - other.start for one, other in zip(found, planned, strict=True)]
    return round(float(np.median(late)) / RATE * 1000, 1)


def _flat(words: tuple[Word, ...]) -> list[Phoneme]:
    return [sound for word in words for sound in word.phonemes if sounds_of([sound.symbol])]
