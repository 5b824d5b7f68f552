"""What every voice engine takes and gives: lines of dialogue in, sound whose words and phonemes have times out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from inference.catalogue import Voice

Samples = npt.NDArray[np.float32]
Check = Callable[[], None]  # raises when the work is no longer wanted

RATE = 48_000  # samples a second of everything that leaves this room: 2,000 a frame at 24 frames a second
SLOWEST, FASTEST = 0.5, 2.0
Lips = Literal["phonemes", "sounds", "loudness"]  # by what a line moves them
Verdict = Literal["pass", "fail", "unscored"]

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


@dataclass(frozen=True)
class SpeechFolders:
    """Where the voice pack and the voice-activity weights are, where said lines are kept, and all models: there an
    operator may name a server of more voices."""

    voices: Path
    activity: Path
    lines: Path
    models: Path


@dataclass(frozen=True)
class Said:
    """A line's sound. lips: by what they are to be moved. engine: who made the sound, for receipts.

    trimmed_start: samples of a recording that were cut off before it; notes: `recording.Note`s about it.
    """

    speech: Speech
    lips: Lips
    licence: str | None
    engine: dict[str, str]
    speed: float = 1.0
    unheeded: str = ""
    trimmed_start: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planned:
    """A line as the lips say it: words with times in samples of the clip. `english`: whether its sounds are known.

    words_known: whether the words are those of a text, not what was heard in the recording itself.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    english: bool
    words_known: bool


@dataclass(frozen=True)
class HeardLine:
    """What was heard; see `SpokenLine` of the protocol."""

    heard: str
    phoneme_error: float | None
    class_error: float | None
    offset_ms: float | None
    verdict: Verdict


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
