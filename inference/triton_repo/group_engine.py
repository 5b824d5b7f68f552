"""The engine process of one device group: started, greeted, spoken to, and started anew when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from inference.exact.versions import software_version
from inference.protocol import PROTOCOL_VERSION, Hello
from inference.protocol.framing import BrokenFrame, pack_frame, read_frame
from inference.triton_repo.device_groups import DeviceGroup

log = logging.getLogger(__name__)

Words = dict[str, Any]
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 15.0
HEALTHY_AFTER_S = 20.0
_END_WITHIN_S = 5.0


class EngineGone(Exception):
    """The engine did not start, or is no more; the message says how."""


class GroupEngine:
    """`hear(self, body)` gets every event as it came; `changed(self)` is called when it is up, and when it is lost.

    patience_s: silence after which one that was given a render counts as stuck, and is ended.
    """

    def __init__(
        self,
        group: DeviceGroup,
        command: list[str],
        environment: Mapping[str, str],
        hear: Callable[[GroupEngine, bytes], None],
        changed: Callable[[GroupEngine], None],
        patience_s: float,
    ) -> None:
        self.group = group
        self.why_not_ready: str | None = "its engine is starting"
        self._command, self._environment = command, dict(environment) | dict(group.environment)
        self._hear, self._changed = hear, changed
        self._patience_s = patience_s
        self.renders = 0  # that it was given, and that are not over
        self._silence = asyncio.timeout(None)
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, None while there is none."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def tell(self, command: Words | bytes) -> None:
        """Give it a command; nothing when it is gone, which is noticed by who listens."""
        if self._writer is not None:
            body = command if isinstance(command, bytes) else json.dumps(command).encode()
            self._writer.write(pack_frame(body))
            self._expect()

    async def keep(self) -> None:
        """For ever."""
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            try:
                await self._live_once()
            except (EngineGone, OSError) as error:
                self.why_not_ready = str(error)
                log.warning("engine lost", extra={"group": self.group.number, "why": str(error)})
            finally:
                await self._end()
            self._changed(self)
            healthy = time.monotonic() - began > HEALTHY_AFTER_S
            pause_s = FIRST_PAUSE_S if healthy else min(2 * pause_s, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _live_once(self) -> None:
        reader = await self._start()
        try:
            self._check_greeting(json.loads(await read_frame(reader)))
            async with asyncio.timeout(None) as self._silence:
                self.why_not_ready = None
                self._changed(self)
                while True:
                    self._hear(self, await read_frame(reader))
                    self._expect()
        except TimeoutError as error:
            raise EngineGone(f"its engine was silent for {self._patience_s:.0f} s: it is started again") from error
        except (asyncio.IncompleteReadError, BrokenFrame, ValueError) as error:
            raise EngineGone("its engine died, or talks nonsense: it is started again") from error

    def _expect(self) -> None:
        """It has to say something again soon, if it has anything to do."""
        if self.why_not_ready is None and not self._silence.expired():
            now = asyncio.get_running_loop().time()
            self._silence.reschedule(now + self._patience_s if self.renders else None)

    async def _start(self) -> asyncio.StreamReader:
        ours, theirs = socket.socketpair()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, "--fd", str(theirs.fileno()), pass_fds=(theirs.fileno(),), env=self._environment
            )
        finally:
            theirs.close()
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self.tell(Hello(version=PROTOCOL_VERSION, role="product", software=software_version()).model_dump())
        return reader

    @staticmethod
    def _check_greeting(greeting: Words) -> None:
        if greeting.get("kind") == "failed":
            raise EngineGone(f"its engine does not start: {greeting['message']}")
        if greeting.get("kind") != "hello" or greeting.get("version") != PROTOCOL_VERSION:
            raise EngineGone("its engine is of another version: start both from one installation")

    async def _end(self) -> None:
        """Also when this is cancelled."""
        if self.why_not_ready is None:
            self.why_not_ready = "its engine is starting again"
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_END_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
