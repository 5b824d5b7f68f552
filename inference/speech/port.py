"""What every voice engine takes and gives: lines of dialogue in, sound whose words and phonemes have times out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

Language = Literal["en-US", "en-GB", "zh"]
Sex = Literal["female", "male", "unknown"]
Samples = npt.NDArray[np.float32]
Check = Callable[[], None]  # raises when the work is no longer wanted

RATE = 48_000  # samples a second of everything that leaves this room: 2,000 a frame at 24 frames a second
MOST_CHARACTERS = 1_000
SLOWEST, FASTEST = 0.5, 2.0

Refusal = Literal[
    "empty_line", "line_too_long", "markup_in_line", "language_not_offered", "wrong_language", "nothing_to_say",
    "unknown_voice", "bad_speed", "bad_pronunciation", "voice_server_failed", "recording_unreadable",
    "recording_too_long", "recording_too_large", "recording_silent", "recording_without_speech", "recording_clipped",
]  # fmt: skip


class SpeechRefused(Exception):
    """A line or a recording that cannot be used. `refusal` is for programs, `words` for people: they say what to do."""

    def __init__(self, refusal: Refusal, words: str) -> None:
        super().__init__(f"{refusal}: {words}")
        self.refusal: Refusal = refusal
        self.words = words


@dataclass(frozen=True)
class Voice:
    """A voice that can be chosen. `name` is what a line says; `licence` is what the receipt says."""

    name: str
    title: str
    language: Language
    sex: Sex
    licence: str
    engine: str


@dataclass(frozen=True)
class Line:
    """What is to be said. `speed`: 1 is as the voice would, 2 twice as fast.

    `pronunciations`: a word → another spelling of it, pinyin (`chang2 jie1`), or phonemes between slashes.
    """

    text: str
    voice: str
    speed: float = 1.0
    pronunciations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Phoneme:
    """A sound in IPA, from sample `start` to before sample `end` at RATE. `stress`: 0 none, 1 secondary, 2 primary."""

    symbol: str
    start: int
    end: int
    stress: int = 0


@dataclass(frozen=True)
class Word:
    """A word as it is said, and its sounds; between words there may be a pause."""

    text: str
    phonemes: tuple[Phoneme, ...]

    @property
    def start(self) -> int:
        """The first sample of its first sound."""
        return self.phonemes[0].start

    @property
    def end(self) -> int:
        """The sample after its last sound."""
        return self.phonemes[-1].end


@dataclass(frozen=True)
class Speech:
    """Sound and what is said in it. `samples`: mono float32 in [-1, 1] at RATE. `unspoken`: signs left out."""

    samples: Samples
    words: tuple[Word, ...]
    unspoken: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds of sound."""
        return len(self.samples) / RATE


class SpeechEngine(Protocol):
    """Something that has voices."""

    def voices(self) -> tuple[Voice, ...]:
        """All voices that it offers, in the order in which they are shown."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """What decides the samples beside the line: weights and versions, for receipts and the cache's key."""
        ...

    def speak(self, line: Line, check: Check) -> Speech:
        """Say the line. Raises SpeechRefused, and whatever `check` raises within 0.3 s of its raising."""
        ...
