"""Voices of a server that speaks OpenAI's /v1/audio/speech: a real one, on a socket, whose sound is aligned."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.catalogue import VOICES, Voice, VoiceServerUnreadable, offer_voices
from inference.engine.speech_weights import find_speech_folders
from inference.protocol import Line as AskedLine
from inference.registry.packaged import default_cache_dir
from inference.speech.hearing import Recogniser
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import Line, SpeechRefused
from inference.speech.process import SpeechProcess
from inference.speech.voice_server import VoiceServer
from tests.inference.speech.conftest import SENTENCE, go_on
from tests.inference.speech.openai_voices import Server, description_of


class Unwanted(Exception):
    pass


@pytest.fixture
def server(voices: KokoroVoices) -> Iterator[Server]:
    with Server(voices) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.over.set()
        server.shutdown()


def client(server: Server, recogniser: Recogniser, model: str = "tts") -> VoiceServer:
    voice = Voice("nova", "Nova", "en-US", "female", "by contract", "voice-server")
    return VoiceServer(f"http://127.0.0.1:{server.server_port}/v1", "secret", model, (voice,), recogniser)


def test_a_line_is_asked_for_in_openai_s_words_and_its_words_have_times(server: Server, recogniser: Recogniser) -> None:
    speech = client(server, recogniser).speak(Line(SENTENCE, "nova", speed=1.1), go_on)
    assert server.asked == [
        {
            "path": "/v1/audio/speech",
            "model": "tts",
            "voice": "nova",
            "input": SENTENCE,
            "response_format": "wav",
            "speed": 1.1,
        }
    ]
    assert server.keys == ["Bearer secret"]
    assert [word.text for word in speech.words] == SENTENCE.replace(",", "").replace(".", "").split()
    starts = [word.start for word in speech.words]
    assert starts == sorted(starts)
    assert speech.words[-1].end <= len(speech.samples)
    assert speech.words[-1].start > len(speech.samples) // 2


def test_what_the_server_says_of_its_refusal_is_passed_on(server: Server, recogniser: Recogniser) -> None:
    with pytest.raises(SpeechRefused, match="no such model"):
        client(server, recogniser, "other").speak(Line("Hello.", "nova"), go_on)


def test_a_server_that_is_gone_is_told(recogniser: Recogniser, voices: KokoroVoices) -> None:
    with Server(voices) as server:
        away = client(server, recogniser)
    with pytest.raises(SpeechRefused, match="does not answer"):
        away.speak(Line("Hello.", "nova"), go_on)


def test_a_server_that_never_answers_is_left_when_the_line_is_unwanted(server: Server, recogniser: Recogniser) -> None:
    def check() -> None:
        if server.arrived.is_set():
            raise Unwanted

    with pytest.raises(Unwanted):
        client(server, recogniser, "stuck").speak(Line("Hello.", "nova"), check)


def test_a_line_that_is_refused_is_not_sent(server: Server, recogniser: Recogniser) -> None:
    with pytest.raises(SpeechRefused, match="markup_in_line"):
        client(server, recogniser).speak(Line("<speak>Hi</speak>", "nova"), go_on)
    assert server.asked == []


@pytest.fixture
def named(server: Server, tmp_path: Path) -> Iterator[Path]:
    """A folder of models whose operator named the server."""
    (tmp_path / "voice-server.json").write_text(json.dumps(description_of(server)))
    yield tmp_path
    offer_voices(tmp_path / "none")


def test_a_server_that_the_operator_names_speaks_beside_the_packaged_voices(server: Server, named: Path) -> None:
    before = list(VOICES)
    offer_voices(named)
    assert [*before, "nova"] == list(VOICES)
    assert (VOICES["nova"].age, VOICES["af_heart"].age) == ("old", "unknown")
    folders = replace(find_speech_folders(default_cache_dir()), lines=named / "lines", models=named)
    speech = SpeechProcess(lambda: folders)
    line = AskedLine(id="1", character_id=None, text="Good evening.", language="en-US", voice="nova")
    try:
        said, again = speech.say(line, None, go_on), speech.say(line, None, go_on)
        packaged = speech.say(line.model_copy(update={"voice": "af_heart"}), None, go_on)
    finally:
        speech.close()
    assert (said.licence, said.engine["engine"], packaged.engine["engine"]) == ("by contract", "voice-server", "kokoro")
    assert np.array_equal(said.speech.samples, again.speech.samples)
    assert [asked["input"] for asked in server.asked] == ["Good evening."]
    offer_voices(named / "none")
    assert before == list(VOICES)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "voices.example.com"}, "url is an address"),
        ({"voices": []}, "voices"),
        ({"voices": [{"name": "af_heart", "title": "Heart", "language": "en-US"}]}, "is a packaged voice"),
        ({"voices": [{"name": "nova", "title": "Nova", "language": "fr"}]}, "language"),
        ({"voices": [{"name": "nova", "title": "Nova", "language": "zh", "age": "42"}]}, "age"),
        ({"licence": ""}, "licence"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_description_that_cannot_be_used_is_told_with_its_file(
    named: Path, changes: dict[str, Any], words: str
) -> None:
    path = named / "voice-server.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(VoiceServerUnreadable, match=words) as told:
        offer_voices(named)
    assert str(path) in str(told.value)
    assert "nova" not in VOICES
