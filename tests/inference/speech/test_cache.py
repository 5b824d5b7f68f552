"""Lines that were said are said once; what is kept is bounded, and never trusted blindly."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.catalogue import Voice
from inference.speech.cache import KEPT_FOR_S, CachedVoices
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import Check, Line, Speech
from tests.inference.speech.conftest import go_on


class Counted:
    """The real engine, counted."""

    def __init__(self, engine: KokoroVoices) -> None:
        self.engine = engine
        self.said = 0

    def voices(self) -> tuple[Voice, ...]:
        return self.engine.voices()

    def identity(self) -> Mapping[str, Any]:
        return self.engine.identity()

    def speak(self, line: Line, check: Check) -> Speech:
        self.said += 1
        return self.engine.speak(line, check)


LINE = Line("Hello 🙂.", "af_heart")


def test_a_line_is_said_once_and_comes_back_the_same(voices: KokoroVoices, tmp_path: Path) -> None:
    engine = Counted(voices)
    first = CachedVoices(engine, tmp_path).speak(LINE, go_on)
    second = CachedVoices(engine, tmp_path).speak(LINE, go_on)  # another process, as far as the disk knows
    assert engine.said == 1
    assert second.samples.tobytes() == first.samples.tobytes()
    assert (second.words, second.unspoken) == (first.words, first.unspoken) != ((), ())
    assert [path.suffix for path in tmp_path.iterdir()] == [".speech"]


def test_whatever_changes_the_samples_is_another_line(voices: KokoroVoices, tmp_path: Path) -> None:
    engine = Counted(voices)
    cached = CachedVoices(engine, tmp_path)
    for line in (
        LINE,
        Line(LINE.text, LINE.voice, speed=1.2),
        Line(LINE.text, "am_michael"),
        Line(LINE.text, LINE.voice, pronunciations={"hello": "hullo"}),
    ):
        cached.speak(line, go_on)
    assert engine.said == 4


def test_a_damaged_entry_is_said_again(voices: KokoroVoices, tmp_path: Path) -> None:
    engine = Counted(voices)
    cached = CachedVoices(engine, tmp_path)
    first = cached.speak(LINE, go_on)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(entry.read_bytes()[:-4] + b"oops")
    again = cached.speak(LINE, go_on)
    assert engine.said == 2
    assert again.samples.tobytes() == first.samples.tobytes()


def test_the_entry_that_was_used_longest_ago_goes_first(voices: KokoroVoices, tmp_path: Path) -> None:
    engine = Counted(voices)
    one, two, three = (Line(f"{word}.", "af_heart") for word in ("One", "Two", "Three"))
    cached = CachedVoices(engine, tmp_path)
    cached.speak(one, go_on)
    (kept,) = tmp_path.iterdir()
    an_hour_ago = time.time() - 3600
    os.utime(kept, (an_hour_ago, an_hour_ago))
    cached.speak(two, go_on)
    held = sum(path.stat().st_size for path in tmp_path.iterdir())
    CachedVoices(engine, tmp_path, most_bytes=held + held // 4).speak(three, go_on)
    assert not kept.exists()
    cached.speak(two, go_on)
    assert engine.said == 3


def test_a_disk_that_cannot_be_written_costs_no_line(voices: KokoroVoices, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert CachedVoices(voices, blocked / "lines").speak(LINE, go_on).words


def test_what_nobody_asked_for_in_a_day_is_forgotten(voices: KokoroVoices, tmp_path: Path) -> None:
    CachedVoices(voices, tmp_path).speak(LINE, go_on)
    (entry,) = tmp_path.glob("*.speech")
    two_days_ago = time.time() - 2 * KEPT_FOR_S
    os.utime(entry, (two_days_ago, two_days_ago))
    CachedVoices(voices, tmp_path)
    assert not entry.exists()
