"""Length-prefixed JSON on one inherited socket: a 4-byte big-endian length, then that many bytes of one message."""

from __future__ import annotations

import socket
import struct
import threading

from inference.protocol import Message

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class BrokenFrame(Exception):
    """The other side sent something that is no message; nothing after it can be understood."""


class Channel:
    """Our end of the socket pair. Any thread may send; one thread receives."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(True)
        self._socket.set_inheritable(False)
        self._sending = threading.Lock()

    def send(self, message: Message) -> None:
        """Write one message whole. Raises OSError when the other side is gone."""
        body = message.model_dump_json().encode()
        with self._sending:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)

    def receive(self) -> bytes | None:
        """The body of the next message, None at the end of the stream. Raises BrokenFrame, OSError."""
        header = self._read(_LENGTH.size)
        if not header:
            return None
        (length,) = _LENGTH.unpack(header)
        if length > MAX_MESSAGE_BYTES:
            raise BrokenFrame(f"a message of {length} bytes is over the limit of {MAX_MESSAGE_BYTES}")
        return self._read(length)

    def fileno(self) -> int:
        """The descriptor that is spoken on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _read(self, wanted: int) -> bytes:
        """`wanted` bytes, or none at all at the end of the stream. Raises BrokenFrame when it ends in between."""
        received = bytearray()
        while len(received) < wanted:
            chunk = self._socket.recv(wanted - len(received))
            if not chunk:
                if received:
                    raise BrokenFrame(f"the stream ended {wanted - len(received)} bytes before a message did")
                break
            received += chunk
        return bytes(received)
