"""One engine process: how it is started, greeted, spoken to, and ended.

The protocol has a file descriptor of its own (one end of a socket pair), so a library that prints on stdout cannot
break it; what the process prints goes to the log. The child ends itself when its end of the pair is closed or its
parent dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from inference.protocol import EVENT, PROTOCOL_VERSION, Command, Event, Failed, Hello
from inference.protocol.framing import BrokenFrame, pack_frame, read_frame
from studio.engines.contract import EngineLost, EngineMismatch

log = structlog.get_logger(__name__)

Role = Literal["render", "identity"]
# An engine needs to find programs, its home and its caches; it never sees the product's secrets.
INHERITED_VARIABLES = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
)
# How far behind the studio's own priority: a render takes what is left, and a face that somebody waits for goes first.
NICENESS: dict[Role, int] = {"render": 10, "identity": 5}
LEAST_PRIORITY = 19
TERMINATE_GRACE_S = 2.0
LAST_WORDS_LINES = 12
MAX_LOG_LINE_BYTES = 256 * 1024


def inherited_environment() -> dict[str, str]:
    """What every child process of ours is started with."""
    return {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}


@dataclass(frozen=True)
class ChildSpec:
    """Where one engine process finds its models and signer, and may scribble.

    `files_roots`: folders in which `file://` links may read and write (none for a server, whose objects lie in S3);
    `face_pack`: a folder and its threshold, instead of the packaged one; `greeting_s`:
    time allowed to load; `module`: what is run as the engine; `ranks`: GUIDANCExSEQUENCE processes that share a render;
    `offload`, `attention`, `products`, `graphs`: how their devices are used.
    """

    role: Role
    cache_dir: Path
    signer_dir: Path
    scratch_dir: Path
    files_roots: tuple[Path, ...] = ()
    face_pack: tuple[Path, float] | None = None
    greeting_s: float = 120.0
    module: str = "inference.worker"
    ranks: str = "1x1"
    offload: str = "auto"
    attention: str = "auto"
    products: str = "auto"
    graphs: str = "off"

    def command(self, fd: int) -> list[str]:
        """The command line of this process, talking on inherited descriptor `fd`."""
        words = [sys.executable, "-m", self.module, "--cache", str(self.cache_dir)]
        words += ["--signer", str(self.signer_dir), "--scratch", str(self.scratch_dir), "--fd", str(fd)]
        for root in self.files_roots:
            words += ["--files-root", str(root)]
        if self.face_pack is not None:
            folder, threshold = self.face_pack
            words += ["--face-pack", str(folder), "--face-threshold", str(threshold)]
        if self.role == "identity":
            return [*words, "--identity"]
        words += ["--ranks", self.ranks, "--offload", self.offload]
        return [*words, "--attention", self.attention, "--products", self.products, "--graphs", self.graphs]


class Child:
    """A running, greeted engine process. Made by `start_child`."""

    def __init__(
        self,
        role: Role,
        process: asyncio.subprocess.Process,
        output: asyncio.StreamReader,
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.role = role
        self.process = process
        self._reader, self._writer = connection
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS_LINES)
        self._output = asyncio.create_task(self._log_output(output), name=f"output-{role}")

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process has not been seen to end."""
        return self.process.returncode is None

    async def send(self, command: Command) -> None:
        """Raises EngineLost when the process is gone."""
        try:
            self._writer.write(pack_frame(command.model_dump_json().encode()))
            await self._writer.drain()
        except OSError as error:
            raise EngineLost(await self._how_it_ended()) from error

    async def receive(self, patience_s: float) -> Event:
        """The next event. Raises EngineLost when the process dies, talks nonsense or is silent for `patience_s`."""
        try:
            async with asyncio.timeout(patience_s):
                return _read_event(await read_frame(self._reader))
        except TimeoutError as error:
            raise EngineLost(f"the {self.role} engine was silent for {patience_s:.0f} s") from error
        except BrokenFrame as error:
            raise EngineLost(f"the {self.role} engine broke the protocol: {error}") from error
        except (asyncio.IncompleteReadError, OSError) as error:
            raise EngineLost(await self._how_it_ended()) from error

    async def end(self, *, gently: bool) -> None:
        """End the process and wait for it: close its connection and ask first when `gently`, else kill at once."""
        self._writer.close()
        if self.process.returncode is None and gently:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TERMINATE_GRACE_S):
                    await self.process.wait()
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
        await self.process.wait()
        await self._output

    async def _how_it_ended(self) -> str:
        """Words for people. The pipe closes an instant before the exit status is known."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await self.process.wait()
        code = self.process.returncode
        ending = "closed its connection" if code is None else f"ended with exit status {code}"
        words = f"the {self.role} engine {ending}"
        return f"{words}; its last words: {self._last_words[-1]}" if self._last_words else words

    async def _log_output(self, output: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await output.readline()
            except ValueError:  # a line over the limit: its beginning is dropped, the engine goes on
                continue
            if not line:
                return
            self._log_line(line.decode(errors="replace").rstrip())

    def _log_line(self, line: str) -> None:
        """An engine logs JSON lines, which become ours; what a library printed is logged as it is."""
        try:
            record = json.loads(line)
        except ValueError:
            record = {"words": line}
        if not isinstance(record, dict):
            record = {"words": line}
        words = str(record.pop("words", ""))
        self._last_words.append(words)
        level = logging.getLevelNamesMapping().get(str(record.pop("level", "info")).upper(), logging.INFO)
        named = {name: record.pop(name) for name in ("take_id", "trace_id") if name in record}
        log.log(level, "engine_output", role=self.role, pid=self.pid, words=words, engine=record, **named)


def _read_event(body: bytes) -> Event:
    try:
        return EVENT.validate_json(body)
    except ValueError as error:
        raise BrokenFrame(f"not a message of this protocol: {body[:120]!r}") from error


async def start_child(spec: ChildSpec, software: str) -> Child:
    """Start and greet one engine process. Raises EngineLost when it does not start, EngineMismatch on its version."""
    spec.scratch_dir.mkdir(parents=True, exist_ok=True)
    ours, theirs = socket.socketpair()
    try:
        process = await asyncio.create_subprocess_exec(
            *spec.command(theirs.fileno()),
            pass_fds=(theirs.fileno(),),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=MAX_LOG_LINE_BYTES,
            env=inherited_environment(),
        )
    except OSError as error:
        ours.close()
        raise EngineLost(f"the {spec.role} engine did not start: {error}") from error
    finally:
        theirs.close()
    _stand_behind(process.pid, spec.role)
    if process.stdout is None:
        raise TypeError("the engine's output was asked for as a pipe")
    child = Child(spec.role, process, process.stdout, await asyncio.open_connection(sock=ours))
    try:
        await _greet(child, spec, software)
    except BaseException:
        await child.end(gently=False)
        raise
    log.info("engine_started", role=spec.role, pid=child.pid)
    return child


def _stand_behind(pid: int, role: Role) -> None:
    """Lower the priority of a process that has just begun; the threads and ranks that it starts have the same."""
    niceness = min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS[role], LEAST_PRIORITY)
    with contextlib.suppress(ProcessLookupError):  # it is gone already, and its greeting will say so
        os.setpriority(os.PRIO_PROCESS, pid, niceness)


async def _greet(child: Child, spec: ChildSpec, software: str) -> None:
    await child.send(Hello(version=PROTOCOL_VERSION, role="product", software=software))
    answer = await child.receive(spec.greeting_s)
    if isinstance(answer, Failed):
        raise EngineLost(f"the {spec.role} engine could not load: {answer.message}")
    if not isinstance(answer, Hello):
        raise EngineLost(f"the {spec.role} engine began with {answer.kind!r}")
    if answer.version != PROTOCOL_VERSION:
        raise EngineMismatch(
            f"the {spec.role} engine ({answer.software}) speaks protocol {answer.version}, this product speaks "
            f"{PROTOCOL_VERSION}: start both from one installation"
        )
