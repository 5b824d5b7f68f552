"""One take's checkpoints beyond this machine: the product's is taken up before the first step, others offered to it.

What a step left on this machine goes to the product's store beside the next steps; a store that fails costs a
checkpoint, never the take. A checkpoint that was damaged on its way is refused, and the take begins anew.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inference.engine.failures import RenderFailed
from inference.engine.sinks import SinkWriter
from inference.engine.sources import SourceReader
from inference.exact.fingerprint import hash_file
from inference.pipelines.checkpoints import count_done
from inference.pipelines.contract import CancelToken, CheckpointPlace, RenderCancelled, RenderPreempted
from inference.protocol import CheckpointKept, CheckpointReady, KeptCheckpoint, RenderEvent, Sink

log = logging.getLogger(__name__)

MAX_CHECKPOINT_BYTES = 1024 * 1024 * 1024  # twelve times that of 81 frames at 1280 × 720
AskCheckpointSink = Callable[[CheckpointReady], Sink | None]


@dataclass(frozen=True)
class Resumption:
    """What the product says of a take's checkpoints. `ask` may block, and is called on a thread of its own.

    every_s: how often one is offered at most; None: at a preemption alone.
    """

    checkpoint: KeptCheckpoint | None = None
    every_s: float | None = None
    ask: AskCheckpointSink = lambda _: None


@dataclass(frozen=True)
class _CheckpointFile:
    """As a writer of sinks tells of it."""

    size_bytes: int
    kind: str = "checkpoint"
    content_type: str = "application/octet-stream"


class StoredCheckpoints:
    """Of one take, whose `folder` is its own; `place` is where its pipeline keeps the newest one."""

    def __init__(
        self,
        take_id: str,
        place: CheckpointPlace,
        resumption: Resumption,
        folder: Path,
        cancel: CancelToken,
        emit: Callable[[RenderEvent], None],
        reader: SourceReader,
        writer: SinkWriter,
    ) -> None:
        self._id, self._place, self._resumption, self._folder = take_id, place, resumption, folder
        self._cancel, self._emit, self._reader, self._writer = cancel, emit, reader, writer
        self._offering: threading.Thread | None = None
        self._offered_at = time.monotonic()
        self._over = threading.Event()

    def take_up(self) -> None:
        """Put the product's checkpoint where the pipeline looks for one, unless what lies there is further."""
        kept = self._resumption.checkpoint
        if kept is None or count_done(self._place.path) >= kept.done:
            return
        if kept.digest != self._place.digest:
            log.warning("checkpoint refused", extra={"render": self._id, "why": "it is of another render or device"})
            return
        try:
            data = self._reader.read(kept.source, self._cancel.check, MAX_CHECKPOINT_BYTES)
        except RenderFailed as error:
            log.warning("checkpoint refused", extra={"render": self._id, "why": error.message})
            return
        fresh = self._folder / "checkpoint-read"
        fresh.write_bytes(data)
        self._place.path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(fresh, self._place.path)

    def after_step(self, done: int, total: int) -> None:
        """Offer what the step left, where it is time to. Raises RenderPreempted where the take was asked to."""
        if done == total:
            return
        if self._cancel.preempted:
            self._link(self._preempted_file)
            raise RenderPreempted(done, total)
        every_s = self._resumption.every_s
        busy = self._offering is not None and self._offering.is_alive()
        if every_s is None or busy or time.monotonic() - self._offered_at < every_s:
            return
        self._offered_at = time.monotonic()
        file = self._folder / f"checkpoint-{done}"
        self._link(file)
        self._offering = threading.Thread(target=self._offer, args=(file, done, total), name="offer", daemon=True)
        self._offering.start()

    def keep_preempted(self, done: int, total: int) -> None:
        """Once the device is free: what the last step left stays on this machine, and goes to the product."""
        self._wait()
        if not self._place.path.is_file():  # ranks that were stopped have dropped theirs
            with contextlib.suppress(FileNotFoundError):
                os.link(self._preempted_file, self._place.path)
        self._offer(self._preempted_file, done, total)

    def close(self) -> None:
        """Give up what is still being offered."""
        self._over.set()
        self._wait()

    @property
    def _preempted_file(self) -> Path:
        return self._folder / "checkpoint-preempted"

    def _wait(self) -> None:
        if self._offering is not None:
            self._offering.join()

    def _check(self) -> None:
        self._cancel.check()
        if self._over.is_set():
            raise RenderCancelled

    def _offer(self, file: Path, done: int, total: int) -> None:
        """Never raises."""
        try:
            size_bytes = file.stat().st_size
            if size_bytes > MAX_CHECKPOINT_BYTES:
                raise RenderFailed("upload_failed", f"a checkpoint of {size_bytes // 2**20} MiB is over the limit")
            sha256 = hash_file(file)
            ready = CheckpointReady(
                id=self._id, digest=self._place.digest, sha256=sha256, size_bytes=size_bytes, done=done, total=total
            )
            sink = self._resumption.ask(ready)
            if sink is not None:
                self._writer.write(file, _CheckpointFile(size_bytes), sink, self._check)
                self._emit(CheckpointKept(id=self._id, sha256=sha256))
        except RenderCancelled:
            pass
        except Exception as error:
            log.warning("checkpoint not kept", extra={"render": self._id, "why": str(error)})
        finally:
            file.unlink(missing_ok=True)

    def _link(self, file: Path) -> None:
        """The pipeline replaces its file, and never writes into it: a second name keeps this one."""
        with contextlib.suppress(FileNotFoundError):
            os.link(self._place.path, file)
