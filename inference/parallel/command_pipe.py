"""The command pipe between an engine and its ranks: JSON objects in frames, over a Unix socket.

Ranks wait for commands here and never in a collective: an idle group costs nothing and can always be told to stop.
Pictures and tensors travel as safetensors files, never in messages.
"""

from __future__ import annotations

import contextlib
import json
import socket
from typing import Any

from inference.protocol.framing import BrokenFrame, FrameSocket

Words = dict[str, Any]


class Pipe:
    """One end. Any thread may send; one thread receives."""

    def __init__(self, connected: socket.socket) -> None:
        self._frames = FrameSocket(connected)

    def send(self, words: Words) -> None:
        """Raises OSError when the other side is gone."""
        self._frames.send(json.dumps(words).encode())

    def receive(self) -> Words | None:
        """The next message; None when the other side is gone, in the middle of a message too."""
        try:
            body = self._frames.receive()
        except (OSError, BrokenFrame):
            return None
        if body is None:
            return None
        words: Words = json.loads(body)
        return words

    def close(self) -> None:
        """Hang up; whoever waits in `receive` gets None."""
        with contextlib.suppress(OSError):  # it may be gone already
            self._frames.shut_down()
        self._frames.close()


def connect(path: str) -> Pipe:
    """A rank's end of the engine's socket at `path`."""
    connected = socket.socket(socket.AF_UNIX)
    connected.connect(path)
    return Pipe(connected)
