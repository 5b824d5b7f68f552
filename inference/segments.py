"""How a clip that is longer than a model sees at once is cut: segments of one length, each begun with the last frame of
the one before. Torch-free, because costs and memory are counted by it too.
"""

from __future__ import annotations

from dataclasses import dataclass

OVERLAP = 1  # frames that a segment has from the one before it


@dataclass(frozen=True)
class Segments:
    """`count` segments of `length` frames, which together show at least the clip's."""

    length: int
    count: int

    @property
    def advance(self) -> int:
        """Frames that each segment but the first adds."""
        return self.length - OVERLAP

    def frames_of(self, number: int, frames: int) -> list[int]:
        """Which frames of a clip of `frames` the segment shows, from 0: past the clip's end they run back again."""
        start = number * self.advance
        return [at if at < frames else 2 * (frames - 1) - at + 1 for at in range(start, start + self.length)]


def cut_into_segments(frames: int, longest: int) -> Segments:
    """A clip of `frames` for a model that sees `longest` at once: one segment, of its own length, where it can be."""
    if frames <= longest:
        return Segments(frames, 1)
    return Segments(longest, -(-(frames - OVERLAP) // (longest - OVERLAP)))
