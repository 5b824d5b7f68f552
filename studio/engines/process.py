"""Engines as child processes of this one: kept alive, watched.

A keeper restarts a dead process after a growing pause. One that had nothing to do for long is ended, which gives back
its memory whole, and started again by whoever needs it next. Questions are asked one at a time, and one that is
abandoned or lost ends its process: the next always meets a fresh conversation, never the rest of an old one. Renders
are told apart by their ids instead: one that is abandoned is cancelled, and costs the others, and the loaded models,
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import TypeVar

import structlog

from inference.protocol import (
    Appraise,
    Appraised,
    ArtifactsReady,
    CheckpointReady,
    CheckpointSink,
    Enrol,
    Enrolled,
    Failed,
    FindUpright,
    Inspect,
    Inspected,
    Line,
    Listen,
    Listened,
    Preempt,
    PrepareVoices,
    PromptRead,
    ReadPrompt,
    Reference,
    Render,
    RenderEnd,
    RenderEvent,
    RenderRequest,
    Sinks,
    SoundReady,
    SoundSink,
    Source,
    Speak,
    SpeechRefused,
    Spoken,
    UprightFound,
)
from studio.engines.child import Child, ChildSpec, Role, start_child
from studio.engines.contract import (
    EngineDoesNotLoad,
    EngineError,
    EngineLost,
    EngineMismatch,
    EngineRefused,
    Keeping,
    SpeechUnusable,
    SupplySink,
    SupplySinks,
)
from studio.engines.render_stream import RenderStreams
from studio.observability.metrics import ENGINE_RESTARTS
from studio.observability.traces import current_traceparent

log = structlog.get_logger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 15.0
HEALTHY_AFTER_S = 20.0
STARTS_IN_VAIN = 2  # in a row, after which a question is refused at once: a single one may be bad luck

AnswerT = TypeVar("AnswerT", Inspected, Enrolled, Appraised, UprightFound)
SoundT = TypeVar("SoundT", Spoken, Listened)


class EngineProcess:
    """Keeps one engine process of a kind running.

    `patience_s`: silence after which a busy engine counts as stuck; `rest_after_s`: without work it is ended until it
    is needed again, None: never.
    """

    def __init__(self, spec: ChildSpec, software: str, patience_s: float, rest_after_s: float | None = None) -> None:
        self.spec = spec
        self.patience_s = patience_s
        self._software = software
        self._child: Child | None = None
        self._mismatch: EngineMismatch | None = None
        self._why_not: str | None = "it is starting"
        self._starts_in_vain = 0
        self._changed = asyncio.Condition()
        self._turn = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._rest_after_s = rest_after_s
        self._users, self._left_at = 0, time.monotonic()
        self._wanted = asyncio.Event()

    @property
    def role(self) -> Role:
        """What this engine is for."""
        return self.spec.role

    @property
    def pid(self) -> int | None:
        """Process id of the running engine, None while it is being started, or at rest."""
        return self._child.pid if self._child else None

    @property
    def why_not_ready(self) -> str | None:
        """Words for people, None when this engine is up, or at rest and up when it is needed."""
        return None if self._child is not None and self._child.alive else self._why_not

    def start(self, *, asleep: bool = False) -> None:
        """Begin keeping a process alive, in the background. `asleep`: as one at rest, until somebody needs it."""
        self._keeper = asyncio.create_task(self._keep_alive(asleep=asleep), name=f"keeper-{self.spec.role}")

    async def close(self) -> None:
        """End the process and stop keeping it."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._child is not None:
            await self._child.end(gently=True)
            self._child = None

    @contextlib.asynccontextmanager
    async def conversation(self, wait_s: float | None = None) -> AsyncIterator[Child]:
        """This engine to oneself. Leaving by an exception ends the process, so that no half-told story is left.

        Raises EngineLost when it is not free and ready within `wait_s`, and EngineDoesNotLoad as soon as waiting is in
        vain; then nothing is ended.
        """
        async with contextlib.AsyncExitStack() as held:
            held.enter_context(self._in_use())
            try:
                async with asyncio.timeout(wait_s):
                    await held.enter_async_context(self._turn)
                    child = await self._ready_child(most_starts_in_vain=STARTS_IN_VAIN)
            except TimeoutError as error:
                raise EngineLost(f"the {self.spec.role} engine is busy, or starting") from error
            try:
                yield child
            except BaseException:
                await child.end(gently=False)
                raise

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[None]:
        """An engine in use is not put to rest; one at rest is started."""
        self._users += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._users -= 1
            self._left_at = time.monotonic()

    async def _ready_child(self, most_starts_in_vain: int | None = None) -> Child:
        """The engine when it is up. A render waits for it as long as a start may take; a person who asks something
        waits for so many starts in vain."""
        try:
            async with asyncio.timeout(self.spec.greeting_s), self._changed:
                while self._child is None or not self._child.alive:
                    if self._mismatch is not None:
                        raise self._mismatch
                    if most_starts_in_vain is not None and self._starts_in_vain >= most_starts_in_vain:
                        raise EngineDoesNotLoad(f"the {self.spec.role} engine does not load: {self._why_not}")
                    await self._changed.wait()
                return self._child
        except TimeoutError as error:
            raise EngineLost(f"the {self.spec.role} engine does not start: {self._why_not}") from error

    async def _keep_alive(self, *, asleep: bool) -> None:
        if asleep:
            await self._sleep()
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            try:
                if await self._live_once():
                    continue
            except EngineMismatch as error:
                log.critical("engine_mismatch", role=self.spec.role, words=str(error))
                self._why_not = str(error)
                await self._announce(mismatch=error)
                return
            except EngineLost as error:
                log.warning("engine_did_not_start", role=self.spec.role, words=str(error))
                await self._note_start_in_vain(str(error))
            except Exception as error:  # a full disk, too many files: none of it may end the keeping
                log.exception("engine_keeper_stumbled", role=self.spec.role)
                await self._note_start_in_vain(type(error).__name__)
            healthy = time.monotonic() - began > HEALTHY_AFTER_S
            pause_s = FIRST_PAUSE_S if healthy else min(pause_s * 2, LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _live_once(self) -> bool:
        """Until the process ends, or was put to rest and is wanted again: whether it was."""
        child = await start_child(self.spec, self._software)
        self._starts_in_vain = 0
        self._left_at = time.monotonic()  # a fresh one has its time to rest before it
        await self._announce(child=child)
        if await self._outlasts_its_work(child):
            await self._rest(child)
            return True
        ENGINE_RESTARTS.labels(self.spec.role).inc()
        log.warning("engine_ended", role=self.spec.role, pid=child.pid, exit_status=child.process.returncode)
        self._why_not = "it is starting again"
        await self._announce()
        await child.end(gently=False)
        return False

    async def _outlasts_its_work(self, child: Child) -> bool:
        """True once it has had nothing to do for long, False when it ends before."""
        while True:
            try:
                async with asyncio.timeout(self._until_rest_s()):
                    await child.process.wait()
                    return False
            except TimeoutError:
                if self._users == 0 and self._until_rest_s() == 0:
                    return True

    def _until_rest_s(self) -> float | None:
        if self._rest_after_s is None:
            return None
        return self._rest_after_s if self._users else max(0.0, self._left_at + self._rest_after_s - time.monotonic())

    async def _rest(self, child: Child) -> None:
        """End the process, and wait until somebody needs the next one."""
        self._child, self._why_not = None, None  # before anything is awaited: who comes now waits for the next one
        self._wanted.clear()
        log.info("engine_rests", role=self.spec.role, pid=child.pid)
        await child.end(gently=True)
        await self._sleep()

    async def _sleep(self) -> None:
        self._why_not = None
        await self._wanted.wait()
        self._why_not = "it is starting"

    async def _note_start_in_vain(self, why_not: str) -> None:
        async with self._changed:
            self._why_not = why_not
            self._starts_in_vain += 1
            self._changed.notify_all()

    async def _announce(self, child: Child | None = None, mismatch: EngineMismatch | None = None) -> None:
        async with self._changed:
            self._child, self._mismatch = child, mismatch
            self._changed.notify_all()


class ProcessRenderEngine(EngineProcess):
    """A render engine as a child process. It may be given a render while another one is decoded, or before."""

    def __init__(self, spec: ChildSpec, software: str, patience_s: float, rest_after_s: float | None = None) -> None:
        super().__init__(spec, software, patience_s, rest_after_s)
        self._streams: RenderStreams | None = None

    async def render(
        self, request_id: str, request: RenderRequest, supply: SupplySinks, keeping: Keeping | None = None
    ) -> AsyncGenerator[RenderEvent]:
        """Events of one render, the last of them a RenderEnd. Raises EngineLost, EngineMismatch."""
        with self._in_use():
            child = await self._ready_child()
            streams = self._streams_of(child)
            events = streams.begin(request_id)
            try:
                await child.send(render_command(request_id, request, keeping))
                while True:
                    event = await events.next()
                    if isinstance(event, PromptRead):
                        raise EngineLost("the render engine answered a render with what it read in a prompt")
                    yield event
                    if isinstance(event, RenderEnd):
                        return
                    if isinstance(event, CheckpointReady):
                        sink = await keeping.supply(event) if keeping else None
                        await child.send(CheckpointSink(id=request_id, sink=sink))
                    if isinstance(event, ArtifactsReady):
                        await child.send(Sinks(id=request_id, sinks=await supply(event.artifacts)))
            finally:
                await streams.leave(request_id)

    async def read_prompt(self, asked: ReadPrompt, *, wait_s: float) -> PromptRead | None:
        """What a render would note about the prompt's words. None: it could not be told within `wait_s`."""
        try:
            async with asyncio.timeout(wait_s):
                answer = await self._answer(asked)
        except (TimeoutError, EngineError) as error:
            log.info("prompt_not_read", why=str(error) or "too slow")
            return None
        return answer if isinstance(answer, PromptRead) else None

    async def _answer(self, question: ReadPrompt) -> RenderEvent | PromptRead:
        with self._in_use():
            child = await self._ready_child()
            streams = self._streams_of(child)
            answers = streams.begin(question.id)
            try:
                await child.send(question)
                return await answers.next()
            finally:
                await streams.leave(question.id)

    def _streams_of(self, child: Child) -> RenderStreams:
        if self._streams is None or self._streams.child is not child:
            self._streams = RenderStreams(child, self.patience_s)
        return self._streams

    async def preempt(self, request_id: str) -> None:
        """Ask a running render to stop after its present step, for later; one that cannot goes on."""
        if self._streams is not None:
            await self._streams.tell(Preempt(id=request_id))

    async def cancel(self, request_id: str) -> None:
        """Ask a running render to stop within one step; does nothing when it is not running here."""
        if self._streams is not None:
            await self._streams.cancel(request_id)


def render_command(request_id: str, request: RenderRequest, keeping: Keeping | None) -> Render:
    """What an engine is told of a render, and of its checkpoints."""
    command = Render(id=request_id, request=request, traceparent=current_traceparent())
    if keeping is None:
        return command
    return command.model_copy(update={"checkpoint": keeping.checkpoint, "checkpoint_every_s": keeping.every_s})


class ProcessIdentityEngine(EngineProcess):
    """The identity engine as a child process."""

    async def inspect(self, photos: tuple[Source, ...]) -> Inspected:
        """Find faces and judge quality; needs no consent. Raises EngineError."""
        return await self._ask(Inspect(id=uuid.uuid4().hex, photos=photos), Inspected)

    async def enrol(self, references: tuple[Reference, ...]) -> Enrolled:
        """Embed the chosen faces and make a template; the caller holds a consent. Raises EngineError."""
        return await self._ask(Enrol(id=uuid.uuid4().hex, references=references), Enrolled)

    async def appraise(self, picture: Source, *, wait_s: float) -> Appraised:
        """How unsafe a picture is to show. Raises EngineError, also when its turn does not come within `wait_s`."""
        return await self._ask(Appraise(id=uuid.uuid4().hex, picture=picture), Appraised, wait_s)

    async def find_upright(self, picture: Source, *, wait_s: float) -> UprightFound:
        """How a photo has to be turned. Raises EngineError, also when its turn does not come within `wait_s`."""
        return await self._ask(FindUpright(id=uuid.uuid4().hex, picture=picture), UprightFound, wait_s)

    async def speak(self, line: Line, supply: SupplySink) -> Spoken:
        """Say a line; its sound goes where `supply` says. Raises SpeechUnusable, EngineError."""
        return await self._hear(Speak(id=uuid.uuid4().hex, line=line), Spoken, supply)

    async def prepare_voices(self, language: str, line: Line | None = None) -> None:
        """Loading begins; this returns. Raises EngineError."""
        async with self.conversation() as child:
            await child.send(PrepareVoices(id=uuid.uuid4().hex, language=language, line=line))

    async def listen(self, recording: Source, language: str, supply: SupplySink) -> Listened:
        """Make a recording fit; its sound goes where `supply` says. Raises SpeechUnusable, EngineError."""
        question = Listen(id=uuid.uuid4().hex, recording=recording, language=language)
        return await self._hear(question, Listened, supply)

    async def _hear(self, question: Speak | Listen, wanted: type[SoundT], supply: SupplySink) -> SoundT:
        async with self.conversation() as child:
            await child.send(question)
            answer = await child.receive(self.patience_s)
            if isinstance(answer, SoundReady) and answer.id == question.id:
                await child.send(SoundSink(id=question.id, sink=await supply(answer)))
                answer = await child.receive(self.patience_s)
            if not isinstance(answer, wanted | Failed | SpeechRefused) or answer.id != question.id:
                raise EngineLost(f"the identity engine answered with a stray {answer.kind!r}")
        if isinstance(answer, SpeechRefused):
            raise SpeechUnusable(answer.refusal, answer.words)
        if isinstance(answer, Failed):
            raise EngineRefused(answer.code, answer.message, retryable=answer.retryable)
        return answer

    async def _ask(
        self, question: Inspect | Enrol | Appraise | FindUpright, wanted: type[AnswerT], wait_s: float | None = None
    ) -> AnswerT:
        async with self.conversation(wait_s) as child:
            await child.send(question)
            answer = await child.receive(self.patience_s)
            if not isinstance(answer, wanted | Failed) or answer.id != question.id:
                raise EngineLost(f"the identity engine answered with a stray {answer.kind!r}")
        if isinstance(answer, Failed):
            raise EngineRefused(answer.code, answer.message, retryable=answer.retryable)
        return answer
