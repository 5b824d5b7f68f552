"""Where Triton's stubs call: one connection, a door, for each instance of each endpoint.

A door that closes tells at once that its stub is dead, which Triton itself never does. One that does not answer is a
stub that is stuck: it is killed, so that its door closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import struct
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from inference.protocol.framing import BrokenFrame, pack_frame, read_frame
from inference.triton_repo.dispatcher import Dispatcher
from inference.triton_repo.group_engine import Words

log = logging.getLogger(__name__)

PING_EVERY_S = 5.0
ANSWER_WITHIN_S = 15.0
_PING = json.dumps({"kind": "ping"}).encode()
_PEER = struct.Struct("3i")  # pid, uid, gid of who connected, by the kernel


class StubDoor:
    """One stub's connection. pid: of the stub."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.model = ""
        self._reader, self._writer = reader, writer
        peer: socket.socket = writer.get_extra_info("socket")
        self.pid, _, _ = _PEER.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))

    def say(self, body: bytes) -> None:
        """Send a message; whoever is gone is noticed by who listens."""
        if not self._writer.is_closing():
            self._writer.write(pack_frame(body))

    async def hear(self) -> tuple[Words, bytes]:
        """The next message, also as it came. Raises IncompleteReadError, BrokenFrame, ValueError."""
        body = await read_frame(self._reader)
        return json.loads(body), body

    def close(self) -> None:
        """Hang up: a stub ends when it notices."""
        self._writer.close()

    def kill(self) -> None:
        """End the stub."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class Doors:
    """`status()`: the answer to who asks for it. `closed()` is called when a door has closed."""

    def __init__(self, dispatcher: Dispatcher, status: Callable[[], str], closed: Callable[[], None]) -> None:
        self._dispatcher, self._status, self._closed = dispatcher, status, closed
        self._open: set[StubDoor] = set()

    def count(self) -> Counter[str]:
        """Doors that are open, by model."""
        return Counter(door.model for door in self._open)

    async def serve(self, path: Path) -> asyncio.Server:
        """Begin to listen at `path`, in a folder that nobody else may enter."""
        return await asyncio.start_unix_server(self._welcome, path)

    def kill_stubs(self) -> None:
        """End every stub: the server that they belonged to is gone."""
        for door in list(self._open):
            door.kill()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door = StubDoor(reader, writer)
        try:
            greeting, _ = await door.hear()
            door.model = greeting["model"]
            self._open.add(door)
            asking = asyncio.create_task(self._ask_for_life(door))
            try:
                await self._listen(door)
            finally:
                asking.cancel()
        except TimeoutError:
            log.warning("stub killed: it was silent", extra={"model": door.model, "stub": door.pid})
            door.kill()
        except (asyncio.IncompleteReadError, BrokenFrame, ValueError, KeyError, TypeError, OSError):
            log.info("door closed", extra={"model": door.model, "stub": door.pid})
        finally:
            self._open.discard(door)
            self._dispatcher.leave(door)
            door.close()
            self._closed()

    async def _listen(self, door: StubDoor) -> None:
        async with asyncio.timeout(ANSWER_WITHIN_S) as patience:
            while True:
                command, body = await door.hear()
                patience.reschedule(asyncio.get_running_loop().time() + ANSWER_WITHIN_S)
                self._obey(door, command, body)

    def _obey(self, door: StubDoor, command: Words, body: bytes) -> None:
        match command["kind"]:
            case "pong":
                pass
            case "status":
                door.say(json.dumps({"kind": "status", "words": self._status()}).encode())
            case "leave":
                self._dispatcher.leave(door, command["id"])
            case _:
                self._dispatcher.obey(door, command, body)

    @staticmethod
    async def _ask_for_life(door: StubDoor) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            door.say(_PING)
