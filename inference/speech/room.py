"""A line of the protocol → its sound and the times of its phonemes, whoever says it: a voice or a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from inference.catalogue import ENGINE, LANGUAGES, SERVER_ENGINE, VOICES, read_voice_server
from inference.protocol import Line
from inference.speech import port
from inference.speech.cache import CachedVoices
from inference.speech.clip import moved
from inference.speech.delivery import read_parenthetical
from inference.speech.hearing import Recogniser
from inference.speech.intake import decode_recording
from inference.speech.kokoro import KokoroVoices
from inference.speech.port import RATE, Check, Lips, Said, Samples, Speech, SpeechFolders, SpeechRefused
from inference.speech.recording import Recording, prepare_recording
from inference.speech.voice_activity import VoiceActivity
from inference.speech.voice_server import VoiceServer

_BEFORE, _AFTER, _FADE = RATE * 6 // 100, RATE * 15 // 100, RATE // 200


class SpeechRoom:
    """The voices, the ear and what finds speech, each loaded with its first use. One thread at a time."""

    def __init__(self, folders: SpeechFolders) -> None:
        self._folders = folders
        self._kokoro = KokoroVoices(folders.voices)
        self._voices: dict[str, CachedVoices] = {}
        self.recogniser = Recogniser()

    def prepare(self, language: str) -> None:
        """Load the packaged voices and what reads this language, so that its first line waits for neither."""
        if language in LANGUAGES:
            self._kokoro.load(language)

    def say(self, line: Line, recording: bytes | None, check: Check) -> Said:
        """`recording`: the bytes of the line's own. Raises SpeechRefused, and what `check` raises."""
        if recording is not None:
            return self.listen(recording, line.text, line.language, line.pronunciations)
        assert line.voice is not None, "a line is said by a voice or by a recording"
        delivery = read_parenthetical(line.parenthetical)
        wanted = port.Line(line.text, line.voice, delivery.speed, line.pronunciations)
        voices = self._load_voices(line.voice)
        speech = trimmed(voices.speak(wanted, check))
        identity = {name: str(value) for name, value in voices.identity().items()}
        return Said(
            speech, "phonemes", VOICES[line.voice].licence, identity, speed=delivery.speed, unheeded=delivery.unheeded
        )

    def listen(self, body: bytes, text: str, language: str, pronunciations: Mapping[str, str]) -> Said:
        """A recording as a line. Raises SpeechRefused."""
        samples = decode_recording(body)
        known = (text, language) if text.strip() and language in LANGUAGES else None
        activity = VoiceActivity(self._folders.activity)
        made: Recording = prepare_recording(samples, activity, self.recogniser, known, pronunciations)
        lips: Lips = "phonemes" if known else "sounds" if language in LANGUAGES else "loudness"
        engine = {"engine": "recording", "hama": version("hama")}
        return Said(made.speech, lips, None, engine, trimmed_start=made.trimmed_start, notes=made.notes)

    def _load_voices(self, name: str) -> CachedVoices:
        """The engine of this voice."""
        engine = VOICES[name].engine if name in VOICES else ENGINE
        if engine not in self._voices:
            engines = self._connect() if engine == SERVER_ENGINE else self._kokoro
            self._voices[engine] = CachedVoices(engines, self._folders.lines)
        return self._voices[engine]

    def _connect(self) -> VoiceServer:
        named = read_voice_server(self._folders.models)
        if named is None:
            raise SpeechRefused("unknown_voice", "the voice server is no longer named: choose another voice")
        return VoiceServer(named.url, named.key, named.model, named.offered(), self.recogniser)


def trimmed(speech: Speech) -> Speech:
    """Without the silence that a voice begins and ends with, but for a moment of it."""
    if not speech.words:
        return speech
    start = max(0, speech.words[0].start - _BEFORE)
    end = min(len(speech.samples), speech.words[-1].end + _AFTER)
    samples = speech.samples[start:end].copy()
    fade_ends(samples)
    return replace(speech, samples=samples, words=moved(speech.words, -start))


def fade_ends(samples: Samples) -> None:
    """In place, over 5 ms at each end: a sound that is cut clicks."""
    fade = min(_FADE, len(samples) // 2)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    samples[:fade] *= ramp
    samples[len(samples) - fade :] *= ramp[::-1]
