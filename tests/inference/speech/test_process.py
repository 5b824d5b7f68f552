"""The speech room's process: loaded ahead of a line, given up at once, and never the worse for either."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inference.engine.speech_weights import find_speech_folders
from inference.protocol import Line
from inference.registry.packaged import default_cache_dir
from inference.speech.process import SpeechProcess
from tests.inference.speech.conftest import go_on

HELLO = Line(id="1", character_id=None, text="Hello, my friend.", language="en-US", voice="af_heart")


class Unwanted(Exception):
    pass


@pytest.fixture
def speech(tmp_path: Path) -> Iterator[SpeechProcess]:
    """With nothing said before."""
    folders = replace(find_speech_folders(default_cache_dir()), lines=tmp_path / "lines")
    process = SpeechProcess(lambda: folders)
    yield process
    process.close()


def running() -> set[int]:
    """Speech processes that this one has started."""
    children = [int(pid) for tasks in Path("/proc/self/task").glob("*/children") for pid in tasks.read_text().split()]
    return {pid for pid in children if _speaks(pid)}


def _speaks(pid: int) -> bool:
    try:
        return b"inference.speech.process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False  # it has just ended


def test_what_was_loaded_ahead_says_the_line(speech: SpeechProcess) -> None:
    before = running()
    speech.prepare("en-US", go_on)
    (ready,) = running() - before
    held = resident_mb(ready)
    assert held > 150, "the voices' graph alone has 92 MB"
    assert [word.text for word in speech.say(HELLO, None, go_on).speech.words] == ["Hello", "my", "friend"]
    assert running() - before == {ready}


def test_a_language_without_a_voice_loads_nothing_and_harms_nothing(speech: SpeechProcess) -> None:
    speech.prepare("fr", go_on)
    assert speech.say(HELLO, None, go_on).speech.words


def test_loading_is_given_up_and_the_next_line_is_said_all_the_same(speech: SpeechProcess) -> None:
    before = running()

    def check() -> None:
        if running() - before:
            raise Unwanted

    with pytest.raises(Unwanted):
        speech.prepare("en-US", check)
    assert running() - before == set()
    assert speech.say(HELLO, None, go_on).speech.words


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
