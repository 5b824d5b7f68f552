"""Lines that were said are kept by what decides their samples: asked again, they come from the disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from inference.catalogue import Voice
from inference.speech.port import Check, Line, Phoneme, Speech, SpeechEngine, Word

MOST_BYTES = 512 * 1024**2
KEPT_FOR_S = 24 * 3600.0  # after the last use: what somebody said is not ours to keep
_FORMAT = 1


class CachedVoices:
    """A voice engine that remembers for a day. Entries appear whole, are compared with their hash; the oldest-used go
    first."""

    def __init__(self, engine: SpeechEngine, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._engine = engine
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._prune()

    def voices(self) -> tuple[Voice, ...]:
        """The engine's."""
        return self._engine.voices()

    def identity(self) -> Mapping[str, Any]:
        """The engine's."""
        return self._engine.identity()

    def speak(self, line: Line, check: Check) -> Speech:
        """Say the line, or answer with what was kept of the same line. Raises what the engine raises."""
        path = self._folder / f"{self._key(line)}.speech"
        kept = _read(path)
        if kept is not None:
            return kept
        speech = self._engine.speak(line, check)
        with self._lock, contextlib.suppress(OSError):  # a full disk costs time, never the line
            _write(path, speech)
            self._prune()
        return speech

    def _key(self, line: Line) -> str:
        facts = {"format": _FORMAT, "engine": dict(self.identity()), "line": asdict(line)}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def _prune(self) -> None:
        entries = sorted((entry.stat().st_mtime_ns, entry) for entry in self._folder.glob("*.speech"))
        held = sum(entry.stat().st_size for _, entry in entries)
        oldest_ns = time.time_ns() - round(KEPT_FOR_S * 1e9)
        for number, (used_ns, entry) in enumerate(entries, start=1):
            fits = held <= self._most_bytes or number == len(entries)  # what was just written, however large it is
            if fits and used_ns >= oldest_ns:
                return
            held -= entry.stat().st_size
            entry.unlink(missing_ok=True)


def _write(path: Path, speech: Speech) -> None:
    samples = np.ascontiguousarray(speech.samples, "<f4").tobytes()
    words = [[word.text, [list(asdict(phoneme).values()) for phoneme in word.phonemes]] for word in speech.words]
    body = json.dumps({"words": words, "unspoken": speech.unspoken}).encode() + b"\n" + samples
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".line-", delete=False) as scratch:
        scratch.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    os.replace(scratch.name, path)


def _read(path: Path) -> Speech | None:
    """What was kept, unless nothing was or its bytes are not what was written."""
    try:
        seal, _, body = path.read_bytes().partition(b"\n")
        os.utime(path)
    except OSError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != seal:
        path.unlink(missing_ok=True)
        return None
    head, _, samples = body.partition(b"\n")
    facts = json.loads(head)
    words = tuple(Word(text, tuple(Phoneme(*phoneme) for phoneme in phonemes)) for text, phonemes in facts["words"])
    return Speech(np.frombuffer(samples, "<f4").astype(np.float32), words, tuple(facts["unspoken"]))
