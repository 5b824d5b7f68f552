"""A program: one untrusted recording on standard input, mono float32 samples at 48 kHz on standard output.

It runs as `python -I decoder.py`, imports nothing of ours, and gives up what it does not need before it looks at a
byte: memory, CPU time, open files, the network. What it writes is a line of JSON (a refusal, or what was read), then
the samples. The longest recording in seconds is its argument.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import json
import os
import pkgutil
import resource
import signal
import sys
from typing import Any, NoReturn

import av
import numpy as np
from av.container import InputContainer

MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 20
RATE = 48_000
FORMATS = "wav,w64,mp3,mov,mp4,m4a,3gp,3g2,mj2,ogg,matroska,webm,flac,aac"
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 1, 38, 4


def main() -> None:
    """Decode what comes in; always answers, unless the kernel ends it for going over a limit."""
    for module in pkgutil.walk_packages(av.__path__, "av."):  # it imports by need, and then no file may be opened
        if "__main__" not in module.name:
            importlib.import_module(module.name)
    av.logging.set_level(av.logging.PANIC)
    longest_s = float(sys.argv[1])
    body = sys.stdin.buffer.read()
    _confine()
    try:
        samples = _decode(body, longest_s)
    except MemoryError:
        _refuse("recording_too_large", "the recording needs more memory than a recording may: save it as WAV or MP3")
    except Exception:  # whatever a hostile file makes a decoder raise
        _refuse("recording_unreadable", "this is not a recording that can be read: use WAV, MP3, M4A, OGG or WebM")
    sys.stdout.buffer.write(json.dumps({"samples": len(samples)}).encode() + b"\n" + samples.tobytes())


def _decode(body: bytes, longest_s: float) -> Any:  # noqa: ANN401 - an array of float32
    options = {"format_whitelist": FORMATS, "protocol_whitelist": ""}
    with av.open(io.BytesIO(body), options=options) as container:
        assert isinstance(container, InputContainer), "it was opened for reading"
        if not container.streams.audio:
            _refuse("recording_unreadable", "the file has no sound in it: choose a recording")
        duration_s = (container.duration or 0) / 1_000_000
        if duration_s > longest_s:
            _refuse_length(longest_s, duration_s)
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        parts, count = [], 0
        for frame in container.decode(stream):
            for part in resampler.resample(frame):
                parts.append(part.to_ndarray().reshape(-1))
                count += len(parts[-1])
            if count > longest_s * RATE:
                _refuse_length(longest_s, None)
        parts += [part.to_ndarray().reshape(-1) for part in resampler.resample(None)]
    if not parts:
        _refuse("recording_unreadable", "the recording is empty: record it again")
    return np.nan_to_num(np.concatenate(parts).astype("<f4"))


def _refuse_length(longest_s: float, found_s: float | None) -> NoReturn:
    lasts = f"lasts {found_s:.0f} s" if found_s else "is longer than its header says"
    _refuse("recording_too_long", f"the recording {lasts} and may last {longest_s:.0f} s: cut it to the line alone")


def _confine() -> None:
    """Only tightening; where a kernel does not offer something, the rest still holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0)
    if libc.unshare(CLONE_NEWNET) != 0:  # root may; others need a user namespace around it
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.closerange(3, 256)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # no further file, no socket


def _refuse(refusal: str, words: str) -> NoReturn:
    sys.stdout.buffer.write(json.dumps({"refusal": refusal, "words": words}).encode() + b"\n")
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
