"""A clip's lines on its clock: what is said when, and by whom. RATE samples a second, 2,000 a frame at 24 fps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inference.protocol import Line
from inference.speech.port import RATE, Planned, Said, Word
from inference.timeline import LEAD_OUT_S, line_starts


@dataclass(frozen=True)
class ClipLine:
    """A line's sound, whose first sample is number `start` of the clip."""

    line: Line
    said: Said
    start: int

    @property
    def end(self) -> int:
        """The sample after its last one."""
        return self.start + len(self.said.speech.samples)

    @property
    def words(self) -> tuple[Word, ...]:
        """With their times in samples of the clip."""
        return moved(self.said.speech.words, self.start)

    @property
    def planned(self) -> Planned:
        """What is to be heard, when; where there are no words, for as long as the sound lasts."""
        words = self.words
        start, end = (words[0].start, words[-1].end) if words else (self.start, self.end)
        english = self.line.language.startswith("en")
        return Planned(words, start, end, english, self.said.lips == "phonemes")


class LinesDoNotFit(ValueError):
    """The clip is shorter than its lines; the message says by how much."""


def lay_on_clock(lines: Sequence[Line], said: Sequence[Said], seconds: float) -> tuple[ClipLine, ...]:
    """The lines at their moments, in order. Raises LinesDoNotFit where the clip ends before its last word does."""
    starts_s = line_starts(lines, [one.speech.duration_s for one in said])
    laid = tuple(
        ClipLine(line, one, round(start_s * RATE)) for line, one, start_s in zip(lines, said, starts_s, strict=True)
    )
    if laid and laid[-1].end > seconds * RATE + 1:
        needed = laid[-1].end / RATE + LEAD_OUT_S
        raise LinesDoNotFit(
            f"the lines last {needed:.1f} s and the clip {seconds:.6g} s: make it longer, or say less in it"
        )
    return laid


def moved(words: tuple[Word, ...], by: int) -> tuple[Word, ...]:
    """The words so many samples later."""
    return tuple(
        replace(
            word,
            phonemes=tuple(replace(sound, start=sound.start + by, end=sound.end + by) for sound in word.phonemes),
        )
        for word in words
    )
