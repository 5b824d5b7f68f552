"""The render role: one render at a time, in the order asked for; cancel and sinks are heard while one runs."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable

from inference.engine.failures import RenderFailed
from inference.engine.render import Engine
from inference.pipelines.contract import CancelToken
from inference.protocol import (
    Artifact,
    ArtifactKind,
    Cancel,
    Cancelled,
    Command,
    Enrol,
    Failed,
    Finished,
    Inspect,
    Render,
    Sink,
    Sinks,
)
from inference.worker.transport import Channel

log = logging.getLogger(__name__)

SINKS_WITHIN_S = 120.0
_POLL_S = 0.05


class RenderDesk:
    """Takes commands from the listening thread and serves them on the main one."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._waiting: queue.SimpleQueue[Render | None] = queue.SimpleQueue()
        self._sinks: queue.SimpleQueue[Sinks] = queue.SimpleQueue()
        self._tokens: dict[str, CancelToken] = {}
        self._guard = threading.Lock()

    def obey(self, command: Command | None) -> None:
        """Note a command; None: nobody is there any more, stop everything."""
        match command:
            case Render():
                with self._guard:
                    self._tokens[command.id] = CancelToken()
                self._waiting.put(command)
            case Cancel():
                with self._guard:
                    token = self._tokens.get(command.id)
                if token is not None:
                    token.cancel()
            case Sinks():
                self._sinks.put(command)
            case Inspect() | Enrol():
                words = "this engine renders; questions about faces go to the identity engine"
                self._channel.send(Failed(id=command.id, code="bad_request", message=words, retryable=False))
            case None:
                with self._guard:
                    for token in self._tokens.values():
                        token.cancel()
                self._waiting.put(None)

    def serve(self, engine: Engine) -> None:
        """Render until told to stop."""
        while (command := self._waiting.get()) is not None:
            token = self._tokens[command.id]
            self._drop_late_sinks()
            for event in engine.render(command.id, command.request, token, self._asker(command.id, token)):
                if isinstance(event, Finished | Cancelled | Failed):
                    with self._guard:  # before it is told: the same id may be asked for again at once
                        del self._tokens[command.id]
                self._channel.send(event)
        engine.close()

    def _drop_late_sinks(self) -> None:
        """Sinks that came after their render had ended must not serve another one that bears the same id."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._sinks.get_nowait()

    def _asker(self, request_id: str, token: CancelToken) -> Callable[[tuple[Artifact, ...]], dict[ArtifactKind, Sink]]:
        def wait_for_sinks(_: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
            until = time.monotonic() + SINKS_WITHIN_S
            while time.monotonic() < until:
                token.check()
                try:
                    answer = self._sinks.get(timeout=_POLL_S)
                except queue.Empty:
                    continue
                if answer.id == request_id:
                    return answer.sinks
            raise RenderFailed("upload_failed", f"no sinks came within {SINKS_WITHIN_S:.0f} s", retryable=True)

        return wait_for_sinks
