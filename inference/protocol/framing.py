"""Length-prefixed frames: a 4-byte big-endian length, then that many bytes of JSON. Every pipe between our processes.

What a frame's body means is its pipe's own business: messages of this protocol between product and engine, commands
of a rank group between engine and ranks.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading

MAX_FRAME_BYTES = 16 * 1024 * 1024
_HEADER = struct.Struct(">I")


class BrokenFrame(Exception):
    """The other side sent something that is no message; nothing after it can be understood."""


def pack_frame(body: bytes) -> bytes:
    """One frame as it goes over the wire."""
    return _HEADER.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame's body. Raises asyncio.IncompleteReadError at the end of the stream and BrokenFrame."""
    return await reader.readexactly(_length_in(await reader.readexactly(_HEADER.size)))


class FrameSocket:
    """One end of a connected socket, blocking. Any thread may send; one thread receives."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._sending = threading.Lock()

    def send(self, body: bytes) -> None:
        """Write one frame whole. Raises OSError when the other side is gone."""
        with self._sending:
            self._socket.sendall(pack_frame(body))

    def receive(self) -> bytes | None:
        """The next frame's body, None at the end of the stream. Raises BrokenFrame, OSError."""
        header = self._read(_HEADER.size)
        if not header:
            return None
        length = _length_in(header)
        body = self._read(length)
        if len(body) < length:
            raise BrokenFrame(f"the stream ended {length} bytes before a message did")
        return body

    def fileno(self) -> int:
        """The descriptor that is spoken on."""
        return self._socket.fileno()

    def shut_down(self) -> None:
        """End both directions, so that who waits in `receive` gets None. Raises OSError when it is gone already."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back."""
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


def _length_in(header: bytes) -> int:
    (length,) = _HEADER.unpack(header)
    if length > MAX_FRAME_BYTES:
        raise BrokenFrame(f"a message of {length} bytes is over the limit of {MAX_FRAME_BYTES}")
    return int(length)
