"""Taking in somebody's recording: bounded, decoded in a child of its own, before anything else reads it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from inference.catalogue import LONGEST_RECORDING_S, MOST_RECORDING_BYTES
from inference.speech.port import Samples, SpeechRefused

MOST_BYTES = MOST_RECORDING_BYTES
_WALL_S = 60.0  # CPU time is bounded in the child; the rest is waiting for a core
_DECODER = Path(__file__).with_name("decoder.py")


def decode_recording(body: bytes, longest_s: float = LONGEST_RECORDING_S) -> Samples:
    """WAV, MP3, M4A, OGG or WebM → mono float32 at RATE. Raises SpeechRefused."""
    if len(body) > MOST_BYTES:
        raise SpeechRefused(
            "recording_too_large",
            f"a recording may have {MOST_BYTES // 2**20} MiB: cut it to the line, or save it as MP3",
        )
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_DECODER), str(longest_s)],
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WALL_S,
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SpeechRefused("recording_too_large", "the recording takes too long to decode: save it as WAV") from None
    return _understand(done.stdout, done.returncode)


def _understand(answer: bytes, status: int) -> Samples:
    line, _, samples = answer.partition(b"\n")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):  # the kernel ended it
        raise SpeechRefused(
            "recording_too_large", "the recording takes more time or memory than one may: save it as WAV"
        )
    if status != 0 or not line:
        raise SpeechRefused("recording_unreadable", "the recording breaks its decoder: save it as WAV and try again")
    head = json.loads(line)
    if "refusal" in head:
        raise SpeechRefused(head["refusal"], head["words"])
    return np.frombuffer(samples, "<f4").astype(np.float32)
