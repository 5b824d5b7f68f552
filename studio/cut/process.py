"""The child that decodes, joins and encodes: `inference.media.cut_process`, a run a cut. No frame is decoded here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from studio.engines.child import inherited_environment

PROGRAM = "inference.media.cut_process"
PATIENCE_S = 120.0  # of silence; it speaks several times a second
MOST_LINE_BYTES = 1024 * 1024


class CutProcessLost(Exception):
    """The child died, was silent for too long, or made no sense: it may be tried again."""


class ClipUnreadable(Exception):
    """A clip cannot be decoded, and will not be the next time. `clip`: which, from 0."""

    def __init__(self, clip: int) -> None:
        super().__init__(f"clip {clip + 1} cannot be decoded")
        self.clip = clip


@dataclass(frozen=True)
class WrittenCut:
    """What the child wrote: frames of the film that each clip became, hash and size of the file."""

    clip_frames: list[int]
    frames: int
    titled: bool
    sha256: str
    size_bytes: int


async def write_cut(asked: dict[str, Any], on_written: Callable[[int], Awaitable[None]]) -> WrittenCut:
    """Have a cut written; `on_written` is told how many frames are there, and may raise to end the child.

    Raises CutProcessLost, ClipUnreadable.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        PROGRAM,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=MOST_LINE_BYTES,
        env=inherited_environment(),
    )
    try:
        return await _converse(process, asked, on_written)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()


async def _converse(
    process: asyncio.subprocess.Process, asked: dict[str, Any], on_written: Callable[[int], Awaitable[None]]
) -> WrittenCut:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise TypeError("the child's streams were asked for as pipes")
    errors = asyncio.create_task(process.stderr.read(), name="cut-errors")
    try:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps({**asked, "parent": os.getpid()}).encode())
            await process.stdin.drain()
        process.stdin.close()
        while line := await _read_line(process.stdout):
            told = json.loads(line)
            if "finished" in told:
                return _written(told["finished"])
            if "failed" in told:
                raise ClipUnreadable(int(told["failed"]["clip"]))
            await on_written(int(told["written"]))
        status = await process.wait()
        words = (await errors).decode(errors="replace").strip().rpartition("\n")[2]
        raise CutProcessLost(f"it ended with exit status {status}: {words}")
    finally:
        errors.cancel()


async def _read_line(stream: asyncio.StreamReader) -> bytes:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await stream.readline()
    except TimeoutError as error:
        raise CutProcessLost(f"it was silent for {PATIENCE_S:.0f} s") from error


def _written(told: dict[str, Any]) -> WrittenCut:
    return WrittenCut(told["clip_frames"], told["frames"], told["titled"], told["sha256"], told["size_bytes"])
