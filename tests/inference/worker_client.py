"""A real worker process for tests, spoken to as the product does, and requests to send it."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from inference.protocol import (
    EVENT,
    PROTOCOL_VERSION,
    ArtifactKind,
    ArtifactsReady,
    CharacterInput,
    CheckpointReady,
    CheckpointSink,
    Event,
    Hello,
    Message,
    Reference,
    Render,
    RenderEnd,
    RenderRequest,
    Sink,
    Sinks,
    Source,
)
from inference.registry.packaged import default_cache_dir
from inference.worker.transport import MessageChannel
from tests import photos

PANNING = "tests.inference.panning"
PRODUCT = "inference.worker"


@dataclass
class Worker:
    """One process and our end of its socket."""

    process: subprocess.Popen[bytes]
    channel: MessageChannel
    folder: Path
    heard: list[tuple[float, Event]] = field(default_factory=list)

    def send(self, message: Message) -> None:
        self.channel.send(message)

    def receive(self) -> Event | None:
        body = self.channel.receive()
        if body is None:
            return None
        event = EVENT.validate_json(body)
        self.heard.append((time.monotonic(), event))
        return event

    def greet(self) -> Hello:
        self.send(Hello(version=PROTOCOL_VERSION, role="product", software="tests"))
        answer = self.receive()
        assert isinstance(answer, Hello), f"{answer}\n{self.log}"
        return answer

    def until_end(self, request_id: str) -> list[Event]:
        """Events of a render up to its last; sinks are given as files under `folder`/out/`request_id`."""
        events: list[Event] = []
        while True:
            event = self.receive()
            assert event is not None, f"the worker hung up\n{self.log}"
            events.append(event)
            if isinstance(event, ArtifactsReady):
                self.send(self.sinks_for(request_id, event))
            if isinstance(event, CheckpointReady):
                self.send(self.checkpoint_sink_for(event))
            if isinstance(event, RenderEnd):
                return events

    def sinks_for(self, request_id: str, ready: ArtifactsReady) -> Sinks:
        sinks = {one.kind: Sink(url=self.result(request_id, one.kind).as_uri()) for one in ready.artifacts}
        return Sinks(id=request_id, sinks=sinks)

    def checkpoint_sink_for(self, ready: CheckpointReady) -> CheckpointSink:
        """A file named by its own hash."""
        return CheckpointSink(id=ready.id, sink=Sink(url=(self.folder / "kept" / ready.sha256).as_uri()))

    def render(self, request_id: str, request: RenderRequest, **more: Any) -> list[Event]:  # noqa: ANN401 (fields)
        self.send(Render(id=request_id, request=request, **more))
        return self.until_end(request_id)

    def result(self, request_id: str, kind: ArtifactKind) -> Path:
        return self.folder / "out" / request_id / kind

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def rss_mb(self) -> float:
        return _status_mb(self.process.pid, "VmRSS")

    def peak_rss_mb(self) -> float:
        return _status_mb(self.process.pid, "VmHWM")


@contextmanager
def start_worker(
    folder: Path, module: str = PANNING, *, identity: bool = False, cache: Path | None = None, words: Sequence[str] = ()
) -> Iterator[Worker]:
    """Start a worker that may read and write files below `folder`; it is killed at the end if it still runs.

    cache: where its models are, if not where they always are; words: more of its command line.
    """
    ours, theirs = socket.socketpair()
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", module, "--cache", str(cache or default_cache_dir()), "--signer", str(folder / "signer"),
        "--scratch", str(folder / "scratch"), "--files-root", str(folder), "--fd", str(theirs.fileno()),
        *words,
    ]  # fmt: skip
    if identity:
        command.append("--identity")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
    theirs.close()
    worker = Worker(process, MessageChannel(os.dup(ours.fileno())), folder)
    ours.close()
    try:
        yield worker
    finally:
        process.kill()
        process.wait()


def save_photo(folder: Path, rgb_HWC_uint8: photos.RGB, name: str) -> Reference:
    """A normalised photo on disk, as a reference to it."""
    path = folder / f"{name}.png"
    cv2.imwrite(str(path), cv2.cvtColor(rgb_HWC_uint8, cv2.COLOR_RGB2BGR))
    return Reference(source=Source(url=path.as_uri(), sha256=hashlib.sha256(path.read_bytes()).hexdigest()))


def request_of(*references: Reference, **changes: object) -> RenderRequest:
    """A small, legal request for one character; `changes` replace fields."""
    character = CharacterInput(id="ada", name="Ada", references=references)
    fields: dict[str, Any] = {
        "model": "previs", "prompt": "she smiles", "characters": (character,), "seconds": 1.0, "fps": 24,
        "width": 256, "height": 256, "seed": 7, "steps": 4, "guidance_scale": 2.5, "tier": "draft",
    }  # fmt: skip
    return RenderRequest.model_validate(fields | changes)


def _status_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024
