"""The command pipe between an engine and its ranks: a 4-byte length and a JSON object, over a Unix socket.

Ranks wait for commands here and never in a collective: an idle group costs nothing and can always be told to stop.
Pictures and tensors travel as safetensors files, never in messages.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from typing import Any

Words = dict[str, Any]
_LENGTH = struct.Struct(">I")


class Pipe:
    """One end. Any thread may send; one thread receives."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._sending = threading.Lock()

    def send(self, words: Words) -> None:
        """Raises OSError when the other side is gone."""
        body = json.dumps(words).encode()
        with self._sending:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)

    def receive(self) -> Words | None:
        """The next message; None when the other side is gone, in the middle of a message too."""
        header = self._read(_LENGTH.size)
        body = self._read(_LENGTH.unpack(header)[0]) if header else None
        if body is None:
            return None
        words: Words = json.loads(body)
        return words

    def close(self) -> None:
        """Hang up; whoever waits in `receive` gets None."""
        with contextlib.suppress(OSError):  # it may be gone already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self, wanted: int) -> bytes | None:
        received = bytearray()
        while len(received) < wanted:
            try:
                chunk = self._socket.recv(wanted - len(received))
            except OSError:
                return None
            if not chunk:
                return None
            received += chunk
        return bytes(received)


def connect(path: str) -> Pipe:
    """A rank's end of the engine's socket at `path`."""
    connected = socket.socket(socket.AF_UNIX)
    connected.connect(path)
    return Pipe(connected)
