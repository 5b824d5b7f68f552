"""Lines said and recordings made fit by the identity engine, as the product asks for them."""

from __future__ import annotations

import hashlib
import secrets
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.catalogue import VOICES
from inference.protocol import (
    Cancel,
    Cancelled,
    Event,
    Line,
    Listen,
    Listened,
    ListVoices,
    Message,
    PrepareVoices,
    Sink,
    SoundReady,
    SoundSink,
    Source,
    Speak,
    SpeechRefused,
    Spoken,
    Voices,
)
from inference.registry.packaged import default_cache_dir
from inference.speech.port import RATE
from inference.speech.sound import write_wav
from tests.inference.worker_client import PRODUCT, Worker, start_worker

HELLO = Line(id="1", character_id="ada", text="Hello, my friend.", language="en-US", voice="af_heart")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with start_worker(tmp_path_factory.mktemp("speech"), PRODUCT, identity=True) as started:
        started.greet()
        yield started


def ask(worker: Worker, question: Message) -> Event:
    """The answer; a sound that is announced goes to a file named by its hash."""
    worker.send(question)
    while True:
        event = worker.receive()
        assert event is not None, worker.log
        if not isinstance(event, SoundReady):
            return event
        worker.send(SoundSink(id=event.id, sink=Sink(url=sound_of(worker, event.sha256).as_uri())))


def sound_of(worker: Worker, sha256: str) -> Path:
    return worker.folder / "sounds" / sha256


def source_of(path: Path) -> Source:
    return Source(url=path.as_uri(), sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def said(worker: Worker) -> Spoken:
    spoken = ask(worker, Speak(id="a", line=HELLO))
    assert isinstance(spoken, Spoken), spoken
    return spoken


def test_a_line_is_said_into_its_sink_with_the_times_of_its_sounds(worker: Worker) -> None:
    spoken = said(worker)
    path = sound_of(worker, spoken.sha256)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == spoken.sha256
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (RATE, 1)
        assert sound.getnframes() / RATE == pytest.approx(spoken.duration_s)
    assert [word.text for word in spoken.words] == ["Hello", "my", "friend"]
    times = [time for word in spoken.words for one in word.sounds for time in (one.start_s, one.end_s)]
    assert times == sorted(times)
    assert times[-1] <= spoken.duration_s


def test_the_same_line_is_the_same_sound(worker: Worker) -> None:
    assert said(worker).sha256 == said(worker).sha256


def test_a_recording_becomes_a_line(worker: Worker) -> None:
    path = sound_of(worker, said(worker).sha256)
    question = Listen(id="b", recording=source_of(path), text=HELLO.text, language="en-US")
    heard = ask(worker, question)
    assert isinstance(heard, Listened), heard
    assert heard.notes == ()
    assert [word.text for word in heard.words] == ["Hello", "my", "friend"]
    again = ask(worker, Speak(id="c", line=HELLO.model_copy(update={"voice": None, "recording": source_of(path)})))
    assert isinstance(again, Spoken), again
    assert again.sha256 == heard.sha256


def test_what_cannot_be_said_is_refused_in_words(worker: Worker) -> None:
    markup = ask(worker, Speak(id="d", line=HELLO.model_copy(update={"text": "<speak>Hello</speak>"})))
    assert isinstance(markup, SpeechRefused), markup
    assert markup.refusal == "markup_in_line"
    french = ask(worker, Speak(id="e", line=HELLO.model_copy(update={"language": "fr"})))
    assert isinstance(french, SpeechRefused), french
    assert french.refusal == "language_not_offered"
    silence = worker.folder / "silence.wav"
    write_wav(silence, np.zeros(RATE, np.float32))
    unheard = ask(worker, Listen(id="f", recording=source_of(silence), language="en-US"))
    assert isinstance(unheard, SpeechRefused), unheard
    assert unheard.refusal == "recording_silent"


def test_a_line_that_nobody_waits_for_is_given_up(worker: Worker) -> None:
    worker.send(Speak(id="g", line=HELLO.model_copy(update={"text": "The ships come home again. " * 30})))
    worker.send(Cancel(id="g"))
    assert worker.receive() == Cancelled(id="g")
    said(worker)  # the next one is said all the same


def test_a_line_that_is_told_of_is_said_before_anybody_asks(worker: Worker) -> None:
    name = "".join(secrets.choice("bdklmnrt") + secrets.choice("aeiou") for _ in range(6)).capitalize()
    line = HELLO.model_copy(update={"text": f"Is {name} here?"})
    worker.send(PrepareVoices(id="i", language="en-US", line=line))
    kept = await_kept(name)
    assert isinstance(ask(worker, Speak(id="j", line=line)), Spoken)
    assert await_kept(name) == kept, "it was said once more"


def await_kept(word: str, within_s: float = 60) -> tuple[Path, int]:
    """The entry and the inode of the one line with this word among those that were said."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        lines = (default_cache_dir() / "said-lines").glob("*.speech")
        found = [(path, path.stat().st_ino) for path in lines if word.encode() in path.read_bytes()]
        if found:
            (one,) = found
            return one
        time.sleep(0.05)
    raise AssertionError(f"nobody said {word} within {within_s} s")


def test_the_voices_are_listed(worker: Worker) -> None:
    voices = ask(worker, ListVoices(id="h"))
    assert isinstance(voices, Voices)
    assert [voice.name for voice in voices.voices] == list(VOICES)
