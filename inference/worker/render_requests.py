"""The render role: renders in the order asked for, each told by a thread of its own; cancels and sinks are heard."""

from __future__ import annotations

import contextlib
import contextvars
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

import structlog

from inference.engine.failures import RenderFailed, describe_failure
from inference.engine.render import Engine
from inference.engine.stored_checkpoints import Resumption
from inference.engine.take import AskSinks
from inference.pipelines.contract import CancelToken, PromptReading
from inference.protocol import (
    Appraise,
    Artifact,
    ArtifactKind,
    AskResidency,
    Cancel,
    CheckpointReady,
    CheckpointSink,
    Command,
    Enrol,
    Failed,
    FindUpright,
    Inspect,
    Listen,
    ListVoices,
    Note,
    Preempt,
    PrepareVoices,
    PromptRead,
    ReadPrompt,
    Render,
    RenderEnd,
    RenderEvent,
    Residency,
    Sink,
    Sinks,
    SoundSink,
    Speak,
)
from inference.worker.traces import RenderTrace, Traces
from inference.worker.transport import MessageChannel

log = logging.getLogger(__name__)

SINKS_WITHIN_S = 120.0
CHECKPOINT_SINK_WITHIN_S = 30.0
_POLL_S = 0.05


class RenderRequests:
    """Takes commands from the listening thread and serves them on the main one."""

    def __init__(self, channel: MessageChannel) -> None:
        self._channel = channel
        self._waiting: queue.SimpleQueue[Render | ReadPrompt | AskResidency | None] = queue.SimpleQueue()
        self._sinks: dict[str, queue.SimpleQueue[Sinks]] = {}  # of the renders that are not over
        self._checkpoint_sinks: dict[str, queue.SimpleQueue[CheckpointSink]] = {}  # of the same
        self._tokens: dict[str, CancelToken] = {}
        self._guard = threading.Lock()
        self._traces = Traces()

    def obey(self, command: Command | None) -> None:
        """Note a command; None: nobody is there any more, stop everything."""
        match command:
            case Render():
                with self._guard:
                    self._tokens[command.id] = CancelToken()
                    self._sinks[command.id] = queue.SimpleQueue()
                    self._checkpoint_sinks[command.id] = queue.SimpleQueue()
                self._waiting.put(command)
            case ReadPrompt() | AskResidency():
                self._waiting.put(command)
            case Cancel():
                with self._guard:
                    token = self._tokens.get(command.id)
                if token is not None:
                    token.cancel()
            case Preempt():
                with self._guard:
                    token = self._tokens.get(command.id)
                if token is not None:
                    token.preempt()
            case CheckpointSink():
                with self._guard:
                    asked = self._checkpoint_sinks.get(command.id)
                if asked is not None:
                    asked.put(command)
            case Sinks():
                with self._guard:
                    waiting = self._sinks.get(command.id)
                if waiting is not None:  # too late otherwise: they serve nobody else
                    waiting.put(command)
            case (
                Inspect() | Enrol() | Appraise() | FindUpright()
                | Speak() | Listen() | ListVoices() | PrepareVoices() | SoundSink()
            ):  # fmt: skip
                words = "this engine renders; questions about photos, and lines to hear, go to the identity engine"
                self._channel.send(Failed(id=command.id, code="bad_request", message=words, retryable=False))
            case None:
                with self._guard:
                    for token in self._tokens.values():
                        token.cancel()
                self._waiting.put(None)

    def serve(self, engine: Engine) -> None:
        """Render until told to stop."""
        tellers: list[threading.Thread] = []
        while (command := self._waiting.get()) is not None:
            if isinstance(command, ReadPrompt):
                notes = engine.read_prompt(command)
                notes.add_done_callback(partial(self._tell_notes, command.id))
                continue
            if isinstance(command, AskResidency):
                self._channel.send(Residency(id=command.id, models=engine.residency()))
                continue
            tellers = [one for one in tellers if one.is_alive()]
            tellers.append(self._begin(engine, command))
        for teller in tellers:
            teller.join()
        engine.close()

    def _begin(self, engine: Engine, command: Render) -> threading.Thread:
        """Whatever is logged of the render bears its take's id and its trace's."""
        trace = self._traces.of(command)
        with structlog.contextvars.bound_contextvars(take_id=command.id.partition(".")[0], trace_id=trace.trace_id):
            events = engine.render(command.id, command.request, *self._own(command))
            tell = partial(contextvars.copy_context().run, self._tell, command.id, events, trace)
        teller = threading.Thread(target=tell, name="tell", daemon=True)
        teller.start()
        return teller

    def _own(self, command: Render) -> tuple[CancelToken, AskSinks, Resumption]:
        with self._guard:
            token, sinks = self._tokens[command.id], self._sinks[command.id]
            checkpoint_sinks = self._checkpoint_sinks[command.id]
        ask = self._checkpoint_asker(token, checkpoint_sinks)
        resumption = Resumption(command.checkpoint, command.checkpoint_every_s, ask)
        return token, self._asker(token, sinks), resumption

    def _tell(self, request_id: str, events: Iterator[RenderEvent], trace: RenderTrace) -> None:
        try:
            for event in events:
                trace.note(event)
                if isinstance(event, RenderEnd):
                    with self._guard:  # before it is told: the same id may be asked for again at once
                        for own in (self._tokens, self._sinks, self._checkpoint_sinks):
                            del own[request_id]
                self._channel.send(event)
            self._traces.send()
        except OSError as error:
            log.warning("the product is gone", extra={"why": str(error)})

    def _tell_notes(self, question_id: str, found: Future[PromptReading]) -> None:
        try:
            read = found.result()
            notes = [Note(id=question_id, code=one.code, message=one.message, words=one.words) for one in read.notes]
            answer: PromptRead | Failed = PromptRead(id=question_id, notes=tuple(notes), understood=read.understood)
        except Exception as error:
            log.exception("a prompt could not be read", extra={"id": question_id})
            answer = describe_failure(question_id, error)
        with contextlib.suppress(OSError):  # the product is gone
            self._channel.send(answer)

    def _checkpoint_asker(
        self, token: CancelToken, sinks: queue.SimpleQueue[CheckpointSink]
    ) -> Callable[[CheckpointReady], Sink | None]:
        """Announces a checkpoint and waits for its sink: one at a time. None where none came."""

        def ask(ready: CheckpointReady) -> Sink | None:
            with contextlib.suppress(queue.Empty):
                while True:  # an answer that came too late for the one before
                    sinks.get_nowait()
            self._channel.send(ready)
            until = time.monotonic() + CHECKPOINT_SINK_WITHIN_S
            while time.monotonic() < until:
                token.check()
                with contextlib.suppress(queue.Empty):
                    return sinks.get(timeout=_POLL_S).sink
            return None

        return ask

    @staticmethod
    def _asker(token: CancelToken, sinks: queue.SimpleQueue[Sinks]) -> AskSinks:
        def wait_for_sinks(_: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
            until = time.monotonic() + SINKS_WITHIN_S
            while time.monotonic() < until:
                token.check()
                with contextlib.suppress(queue.Empty):
                    return sinks.get(timeout=_POLL_S).sinks
            raise RenderFailed("upload_failed", f"no sinks came within {SINKS_WITHIN_S:.0f} s", retryable=True)

        return wait_for_sinks
