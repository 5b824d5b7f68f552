"""The worker's end of the pipe to the product: messages of the protocol over one inherited socket."""

from __future__ import annotations

import socket

from inference.protocol import Message
from inference.protocol.framing import FrameSocket


class MessageChannel:
    """Our end of the socket pair. Any thread may send; one thread receives."""

    def __init__(self, fd: int) -> None:
        inherited = socket.socket(fileno=fd)
        inherited.setblocking(True)
        inherited.set_inheritable(False)
        self._frames = FrameSocket(inherited)

    def send(self, message: Message) -> None:
        """Write one message whole. Raises OSError when the other side is gone."""
        self._frames.send(message.model_dump_json().encode())

    def receive(self) -> bytes | None:
        """The body of the next message, None at the end of the stream. Raises BrokenFrame, OSError."""
        return self._frames.receive()

    def fileno(self) -> int:
        """The descriptor that is spoken on."""
        return self._frames.fileno()

    def close(self) -> None:
        """Hang up."""
        self._frames.close()
