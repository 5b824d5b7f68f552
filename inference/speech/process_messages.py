"""What goes over the pipes of the speech process: JSON with a length, and sound or a recording's bytes behind it."""

from __future__ import annotations

import json
import struct
from dataclasses import fields
from typing import IO, Any

import numpy as np
from pydantic import TypeAdapter

from inference.speech.port import HeardLine, Planned, Said, Samples, Speech, Word

_HEADER = struct.Struct(">QQ")
_WORDS = TypeAdapter(tuple[Word, ...])
PLANNED = TypeAdapter(tuple[Planned, ...])
HEARD = TypeAdapter(tuple[HeardLine, ...])


def write_message(stream: IO[bytes], words: object, body: bytes) -> None:
    """Whole, and on its way."""
    head = json.dumps(words).encode()
    stream.write(_HEADER.pack(len(head), len(body)))
    stream.write(head)
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """The next one. Raises EOFError at the stream's end."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    head, body = _HEADER.unpack(header)
    return json.loads(stream.read(head)), stream.read(body)


def pack_samples(samples: Samples) -> bytes:
    """Float32, little-endian."""
    return np.ascontiguousarray(samples, "<f4").tobytes()


def unpack_samples(body: bytes) -> Samples:
    """What `pack_samples` packed."""
    return np.frombuffer(body, "<f4").astype(np.float32)


def pack_said(said: Said) -> tuple[dict[str, Any], bytes]:
    """Words and sound."""
    words = {one.name: getattr(said, one.name) for one in fields(Said) if one.name != "speech"}
    spoken = {"words": _WORDS.dump_python(said.speech.words, mode="json"), "unspoken": said.speech.unspoken}
    return words | spoken, pack_samples(said.speech.samples)


def unpack_said(words: dict[str, Any], body: bytes) -> Said:
    """What `pack_said` packed."""
    speech = Speech(unpack_samples(body), _WORDS.validate_python(words.pop("words")), tuple(words.pop("unspoken")))
    return Said(speech, **words | {"notes": tuple(words["notes"])})
