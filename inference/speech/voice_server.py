"""Voices of any server that speaks OpenAI's `/v1/audio/speech`; the times of its phonemes are found by listening."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import httpx

from inference.catalogue import Voice
from inference.speech.hearing import Recogniser
from inference.speech.intake import MOST_BYTES, decode_recording
from inference.speech.line_check import check_line, without_symbols
from inference.speech.port import Check, Line, Speech, SpeechRefused
from inference.speech.recording import untimed_words

_TIMEOUT = httpx.Timeout(60.0, connect=5.0)
_POLL_S = 0.05
_MOST_WORDS = 300  # of a server's refusal


class VoiceServer:
    """`url` ends in /v1; only the lines that are to be said are sent there, and nowhere else."""

    def __init__(self, url: str, api_key: str, model: str, voices: tuple[Voice, ...], recogniser: Recogniser) -> None:
        self._url = url.rstrip("/")
        self._api_key = api_key
        self._model = model
        self._voices = {voice.name: voice for voice in voices}
        self._recogniser = recogniser

    def voices(self) -> tuple[Voice, ...]:
        """Those that the operator named."""
        return tuple(self._voices.values())

    def identity(self) -> Mapping[str, Any]:
        """The server and its model: what it runs there it does not say."""
        return {"engine": "voice-server", "url": self._url, "model": self._model}

    def speak(self, line: Line, check: Check) -> Speech:
        """Have the line said. Raises SpeechRefused, and whatever `check` raises soon after it raises."""
        voice = self._voices.get(line.voice)
        if voice is None:
            raise SpeechRefused("unknown_voice", f"there is no voice {line.voice!r}: choose one of the list")
        unspoken = check_line(line, voice.language)
        text = without_symbols(line.text)
        words = untimed_words(text, voice.language, line.pronunciations)
        samples = decode_recording(self._fetch(line, text, check))
        check()
        return Speech(samples, self._recogniser.align(samples, words), unspoken)

    def _fetch(self, line: Line, text: str, check: Check) -> bytes:
        """The server's sound, fetched on a thread of its own, which is left alone when `check` raises."""
        answers: list[bytes] = []
        errors: list[Exception] = []
        client = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)

        def fetch() -> None:
            try:
                answers.append(self._ask(client, line, text))
            except (SpeechRefused, httpx.HTTPError, RuntimeError) as error:  # RuntimeError: it was closed meanwhile
                errors.append(error)

        thread = threading.Thread(target=fetch, name="voice-server", daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                check()
                thread.join(_POLL_S)
        finally:
            client.close()
        if answers:
            return answers[0]
        if isinstance(errors[0], SpeechRefused):
            raise errors[0]
        raise _failed(f"the voice server at {self._url} does not answer ({type(errors[0]).__name__})") from errors[0]

    def _ask(self, client: httpx.Client, line: Line, text: str) -> bytes:
        said = {"model": self._model, "voice": line.voice, "input": text, "response_format": "wav", "speed": line.speed}
        headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        with client.stream("POST", f"{self._url}/audio/speech", json=said, headers=headers) as response:
            sound = b""
            for part in response.iter_bytes():
                sound += part
                if len(sound) > MOST_BYTES:
                    raise _failed("the voice server's answer is too long")
            if response.status_code != 200:
                words = sound[:_MOST_WORDS].decode(errors="replace")
                raise _failed(f"the voice server refused the line ({response.status_code}: {words})")
            return sound


def _failed(words: str) -> SpeechRefused:
    return SpeechRefused("voice_server_failed", f"{words}: try again, or choose another voice")
