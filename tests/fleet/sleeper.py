"""An engine that renders nothing: it sleeps through its steps and delivers a few bytes, so that a fleet can be measured
that is larger than this machine. It speaks the real protocol over the real pipe; `sleep SECONDS` in the prompt.

Run as a module, in place of `inference.worker`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import socket
import threading
import time
from contextlib import suppress

import httpx

from inference.protocol import (
    COMMAND,
    PROTOCOL_VERSION,
    Artifact,
    ArtifactKind,
    ArtifactsReady,
    AskResidency,
    Cancel,
    Cancelled,
    Failed,
    Finished,
    Hello,
    ModelResidency,
    Preempt,
    Receipt,
    Render,
    RenderEvent,
    RenderRequest,
    Residency,
    Sinks,
    Stage,
    Started,
    Step,
)
from inference.protocol.framing import FrameSocket

STEPS = 4
UPLOADS, BACKOFF_S = 4, 0.4
KINDS: dict[ArtifactKind, str] = {
    "clip": "video/mp4",
    "thumbnail": "image/webp",
    "sprite": "image/jpeg",
    "motion": "application/octet-stream",
}
Said = Cancel | Sinks


class Pipe:
    """What this engine says; any thread may."""

    def __init__(self, fd: int) -> None:
        self._frames = FrameSocket(socket.socket(fileno=fd))

    def send(self, message: RenderEvent | Hello | Residency) -> None:
        self._frames.send(message.model_dump_json().encode())

    def receive(self) -> bytes | None:
        return self._frames.receive()


def sleep_through(pipe: Pipe, command: Render, said: queue.Queue[Said]) -> None:
    """One render, on a thread of its own."""
    began, request, name = time.monotonic(), command.request, command.id
    pipe.send(Started(id=name, device="none"))
    pipe.send(Stage(id=name, name="denoise"))
    words = request.prompt.split()
    whole_s = float(words[words.index("sleep") + 1]) if "sleep" in words else 0.1
    for done in range(1, STEPS + 1):
        with suppress(queue.Empty):
            if isinstance(said.get(timeout=whole_s / STEPS), Cancel):
                pipe.send(Cancelled(id=name))
                return
        pipe.send(Step(id=name, stage="denoise", done=done, total=STEPS))
    pipe.send(Stage(id=name, name="upload", next_may_begin=True))
    bodies = {kind: f"{kind} of {name}".encode() for kind in KINDS}
    artifacts = tuple(
        Artifact(kind=kind, sha256=_hash(body), size_bytes=len(body), content_type=KINDS[kind])
        for kind, body in bodies.items()
    )
    pipe.send(ArtifactsReady(id=name, artifacts=artifacts))
    answer = said.get()
    if isinstance(answer, Cancel):
        pipe.send(Cancelled(id=name))
        return
    for kind, sink in answer.sinks.items():
        if (why_not := _upload(sink.url, bodies[kind])) is not None:
            pipe.send(Failed(id=name, code="upload_failed", message=why_not, retryable=True))
            return
    pipe.send(_finished(name, request, artifacts, time.monotonic() - began))


def _upload(url: str, body: bytes) -> str | None:
    """As patient as the real engine; why it could not, None when it could."""
    for attempt in range(1, UPLOADS + 1):
        try:
            httpx.put(url, content=body, timeout=30).raise_for_status()
        except httpx.HTTPError as error:
            why_not = str(error)
            time.sleep(BACKOFF_S * attempt)
        else:
            return None
    return why_not


def _finished(name: str, request: RenderRequest, artifacts: tuple[Artifact, ...], render_s: float) -> Finished:
    clip = next(each.sha256 for each in artifacts if each.kind == "clip")
    receipt = Receipt(
        model=request.model,
        model_sha256=_hash(b"sleeper"),
        weights={},
        tier=request.tier,
        seed=request.seed,
        steps=STEPS,
        guidance_scale=1.0,
        prompt_sha256=_hash(request.prompt.encode()),
        width=request.width,
        height=request.height,
        fps=request.fps,
        frames=1,
        device="none",
        threads=1,
        versions={},
        references=(),
        notes=(),
        latents_sha256=clip,
        media_sha256=clip,
    )
    digest = _hash(json.dumps(receipt.model_dump(mode="json"), sort_keys=True).encode())
    return Finished(
        id=name, artifacts=artifacts, identity=(), receipt=receipt, receipt_sha256=digest, render_s=render_s
    )


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--identity", action="store_true")
    parser.add_argument("--serves", action="append", default=[])
    args, _ = parser.parse_known_args()
    pipe = Pipe(args.fd)
    pipe.send(Hello(version=PROTOCOL_VERSION, role="identity" if args.identity else "engine", software="sleeper"))
    pipe.receive()
    renders: dict[str, queue.Queue[Said]] = {}
    while (body := pipe.receive()) is not None:
        command = COMMAND.validate_json(body)
        if isinstance(command, Render):
            said = renders[command.id] = queue.Queue()
            threading.Thread(target=sleep_through, args=(pipe, command, said), daemon=True).start()
        elif isinstance(command, Cancel | Sinks) and command.id in renders:
            renders[command.id].put(command)
        elif isinstance(command, AskResidency):
            models = tuple(ModelResidency(name=name, on_device=True) for name in args.serves)
            pipe.send(Residency(id=command.id, models=models))
        elif not isinstance(command, Cancel | Sinks | Preempt):
            break
    os._exit(0)


if __name__ == "__main__":
    main()
