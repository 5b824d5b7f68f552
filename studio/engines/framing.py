"""Length-prefixed JSON: a 4-byte big-endian length, then that many bytes of one message."""

from __future__ import annotations

import asyncio
import struct

from inference.protocol import EVENT, Command, Event

HEADER = struct.Struct(">I")
MAX_MESSAGE_BYTES = 16 * 1024 * 1024


class BrokenFrame(Exception):
    """The other side sent something that is not a message; the connection is of no further use."""


def pack_command(command: Command) -> bytes:
    """One command as it goes over the wire."""
    body = command.model_dump_json().encode()
    return HEADER.pack(len(body)) + body


async def read_event(reader: asyncio.StreamReader) -> Event:
    """The next event. Raises asyncio.IncompleteReadError at the end of the stream and BrokenFrame on nonsense."""
    (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
    if length > MAX_MESSAGE_BYTES:
        raise BrokenFrame(f"a message of {length} bytes is over the limit of {MAX_MESSAGE_BYTES}")
    body = await reader.readexactly(length)
    try:
        return EVENT.validate_json(body)
    except ValueError as error:
        raise BrokenFrame(f"not a message of this protocol: {body[:120]!r}") from error
