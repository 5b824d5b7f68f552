"""Lines said for the ear alone, and recordings made fit: the identity role's other half, without torch too."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import queue
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from inference.catalogue import LANGUAGES, MOST_RECORDING_BYTES, SERVER_ENGINE, VOICES, offer_voices
from inference.engine.failures import RenderFailed, describe_failure
from inference.engine.sinks import SinkWriter
from inference.engine.sources import SourceReader
from inference.engine.speech_weights import find_speech_folders
from inference.protocol import (
    Cancelled,
    Failed,
    Line,
    Listen,
    Listened,
    OfferedVoice,
    PrepareVoices,
    SoundReady,
    SoundSink,
    Source,
    Speak,
    SpeechRefused,
    Spoken,
    TimedSound,
    TimedWord,
    Voices,
)
from inference.registry.packaged import PackagedModelUnavailable
from inference.speech import port
from inference.speech.delivery import read_parenthetical
from inference.speech.port import RATE, Said, Word
from inference.speech.process import SpeechBroke, SpeechProcess
from inference.speech.sound import write_wav
from inference.worker.transport import MessageChannel

log = logging.getLogger(__name__)

SINK_WITHIN_S = 60.0
MOST_AHEAD_CHARACTERS = 240  # some fifteen seconds of speech: another line waits for one that is said ahead
_POLL_S = 0.05
Answer = Spoken | Listened | SpeechRefused | Cancelled | Failed


class _GivenUp(Exception):
    """Nobody wants the answer any more."""


class _Token:
    """One question's stop sign (a render's own is of a module that imports torch)."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def cancel(self) -> None:
        self._asked.set()

    def check(self) -> None:
        if self._asked.is_set():
            raise _GivenUp


@dataclass(frozen=True)
class _Sound:
    """What is uploaded; see `sinks.Content`."""

    size_bytes: int
    kind: str = "sound"
    content_type: str = "audio/wav"


class SpeechRequests:
    """`expect`, `take_sink` and `cancel` are called on the listening thread, `answer` on the one that serves."""

    def __init__(self, channel: MessageChannel, cache_dir: Path, scratch_dir: Path, writer: SinkWriter) -> None:
        self._channel = channel
        self._scratch_dir = scratch_dir
        self._writer = writer
        offer_voices(cache_dir)
        self._process = SpeechProcess(partial(find_speech_folders, cache_dir))
        self._preparing = _Token()
        self._ahead: Line | None = None
        self._tokens: dict[str, _Token] = {}
        self._sinks: dict[str, queue.SimpleQueue[SoundSink]] = {}
        self._guard = threading.Lock()

    def expect(self, question_id: str) -> None:
        """A question has come: it can be cancelled from now on."""
        with self._guard:
            self._tokens[question_id] = _Token()
            self._sinks[question_id] = queue.SimpleQueue()

    def cancel(self, question_id: str | None) -> bool:
        """Give up a question, None: all of them. Whether there was one."""
        with self._guard:
            tokens = [token for name, token in self._tokens.items() if question_id in (None, name)]
        for token in tokens:
            token.cancel()
        return bool(tokens)

    def take_sink(self, command: SoundSink) -> None:
        """Where the sound that was announced goes; too late, it serves nobody."""
        with self._guard:
            waiting = self._sinks.get(command.id)
        if waiting is not None:
            waiting.put(command)

    def prepare(self, command: PrepareVoices) -> None:
        """Load voices beside whatever else is done here: the next line finds them ready, or waits for the rest.

        Of lines to be said ahead only the last that was told of is: whoever still types has another one by then.
        """
        with self._guard:
            self._ahead = command.line
        threading.Thread(target=self._prepare, args=(command,), name="prepare", daemon=True).start()

    def answer(self, question: Speak | Listen, reader: SourceReader) -> Answer:
        """Say or listen, hand over the sound, and tell. A question that breaks never spoils the next one."""
        token = self._tokens[question.id]
        try:
            return self._answer(question, reader, token)
        except port.SpeechRefused as refusal:
            return SpeechRefused(id=question.id, refusal=refusal.refusal, words=refusal.words)
        except _GivenUp:
            return Cancelled(id=question.id)
        except RenderFailed as error:
            log.warning("line refused", extra={"id": question.id, "code": error.code, "why": error.message})
            return describe_failure(question.id, error)
        except Exception as error:
            log.exception("line broke", extra={"id": question.id})
            return describe_failure(question.id, error)
        finally:
            with self._guard:
                del self._tokens[question.id], self._sinks[question.id]

    def close(self) -> None:
        """End the speech process."""
        self._preparing.cancel()
        self._process.close()

    def _prepare(self, command: PrepareVoices) -> None:
        try:
            self._process.prepare(command.language, self._preparing.check)
            line = self._take_ahead()
            if line is not None:
                self._process.say(line, None, self._preparing.check)
        except (_GivenUp, port.SpeechRefused, SpeechBroke, PackagedModelUnavailable, OSError) as error:
            log.info("voices not prepared", extra={"id": command.id, "why": str(error)})  # the line itself will tell

    def _take_ahead(self) -> Line | None:
        """What may be said before anybody asks for it; None where somebody waits for an answer. An operator's voice
        server says nothing ahead: its lines may be paid for one by one."""
        with self._guard:
            line, self._ahead = self._ahead, None
            busy = bool(self._tokens)
        voice = None if line is None or line.voice is None else VOICES.get(line.voice)
        if busy or line is None or voice is None or len(line.text) > MOST_AHEAD_CHARACTERS:
            return None
        return line if voice.engine != SERVER_ENGINE and voice.language == line.language else None

    def _answer(self, question: Speak | Listen, reader: SourceReader, token: _Token) -> Answer:
        if isinstance(question, Listen):
            body = _read(question.recording, reader, token)
            said = self._process.listen(body, question.text, question.language, question.pronunciations, token.check)
        else:
            said = self._speak(question.line, reader, token)
        sha256 = self._hand_over(question.id, said, token)
        duration_s, words = round(said.speech.duration_s, 6), timed_words(said.speech.words)
        if isinstance(question, Speak):
            return Spoken(
                id=question.id, sha256=sha256, duration_s=duration_s, words=words, speed=said.speed,
                pause_before_s=read_parenthetical(question.line.parenthetical).pause_before_s,
                unspoken=said.speech.unspoken, unheeded=said.unheeded,
            )  # fmt: skip
        return Listened.model_validate({
            "id": question.id, "sha256": sha256, "duration_s": duration_s, "words": words, "notes": said.notes,
            "trimmed_start_s": said.trimmed_start / RATE,
            "heard": "".join(sound.symbol for word in said.speech.words for sound in word.phonemes),
        })  # fmt: skip

    def _speak(self, line: Line, reader: SourceReader, token: _Token) -> Said:
        recording = None if line.recording is None else _read(line.recording, reader, token)
        if line.voice is not None and line.voice not in VOICES:
            raise port.SpeechRefused("unknown_voice", f"there is no voice {line.voice!r}: choose one of the list")
        if line.voice is not None and line.language != VOICES[line.voice].language:
            raise port.SpeechRefused(
                "language_not_offered" if line.language not in LANGUAGES else "wrong_language",
                f"{VOICES[line.voice].title} speaks {VOICES[line.voice].language}, and the line is {line.language}: "
                "choose another voice, or record the line",
            )
        return self._process.say(line, recording, token.check)

    def _hand_over(self, question_id: str, said: Said, token: _Token) -> str:
        self._scratch_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch_dir, prefix="line-") as folder:
            path = Path(folder) / "line.wav"
            write_wav(path, said.speech.samples)
            sha256, size = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size
            self._channel.send(SoundReady(id=question_id, sha256=sha256, size_bytes=size))
            answer = self._await_sink(question_id, token)
            if answer.sink is not None:
                self._writer.write(path, _Sound(size), answer.sink, token.check)
        return sha256

    def _await_sink(self, question_id: str, token: _Token) -> SoundSink:
        until = time.monotonic() + SINK_WITHIN_S
        while time.monotonic() < until:
            token.check()
            with contextlib.suppress(queue.Empty):
                return self._sinks[question_id].get(timeout=_POLL_S)
        raise RenderFailed("upload_failed", f"no sink came within {SINK_WITHIN_S:.0f} s", retryable=True)


def list_voices(question_id: str) -> Voices:
    """All that are packaged."""
    return Voices(id=question_id, voices=tuple(OfferedVoice(**asdict(voice)) for voice in VOICES.values()))


def timed_words(words: tuple[Word, ...]) -> tuple[TimedWord, ...]:
    """In seconds, for the wire."""
    return tuple(
        TimedWord(
            text=word.text,
            sounds=tuple(
                TimedSound(symbol=one.symbol, start_s=one.start / RATE, end_s=one.end / RATE, stress=one.stress)
                for one in word.phonemes
            ),
        )
        for word in words
    )


def _read(source: Source, reader: SourceReader, token: _Token) -> bytes:
    return reader.read(source, token.check, MOST_RECORDING_BYTES)
