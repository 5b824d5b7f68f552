"""What the product asks of an engine, whichever way it is reached. Nothing here knows how a model works.

The engine reads `Source`s and writes `Sink`s; it holds no credentials of the object store. Sinks are asked for only
when the artifacts exist, because a link is signed for the hash of what will be put there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from inference.protocol import (
    Appraised,
    Artifact,
    ArtifactKind,
    CheckpointReady,
    Enrolled,
    FailureCode,
    Inspected,
    KeptCheckpoint,
    Line,
    Listened,
    PromptRead,
    ReadPrompt,
    Reference,
    RenderEvent,
    RenderRequest,
    Sink,
    SoundReady,
    Source,
    Spoken,
    Stage,
    UprightFound,
)

SupplySinks = Callable[[tuple[Artifact, ...]], Awaitable[dict[ArtifactKind, Sink]]]
SupplySink = Callable[[SoundReady], Awaitable[Sink]]


class EngineError(Exception):
    """The engine did not answer as it should; nothing is known about the request itself."""


class EngineLost(EngineError):
    """The engine died, went silent or talked nonsense; the request may be tried again on a fresh one."""


class EngineUnreachable(EngineLost):
    """The way to an engine on a server was lost, or nobody is there: nothing speaks against the request, which waits
    for whoever can take it up."""


class EngineDoesNotLoad(EngineLost):
    """It was started again and again and did not load. Whoever keeps it goes on trying."""


class EngineMismatch(EngineError):
    """Product and engine are of different versions: start both from one installation."""


class EngineRefused(EngineError):
    """The engine answered a question with `Failed`."""

    def __init__(self, code: FailureCode, message: str, *, retryable: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable


class SpeechUnusable(EngineError):
    """The line or the recording cannot be used. `refusal` is for programs, `words` for people."""

    def __init__(self, refusal: str, words: str) -> None:
        super().__init__(f"{refusal}: {words}")
        self.refusal = refusal
        self.words = words


def allows_next_render(event: RenderEvent) -> bool:
    """Whether the engine can denoise another render beside what is left of this one."""
    return isinstance(event, Stage) and event.next_may_begin


class Keeping(Protocol):
    """Who keeps a render's checkpoints. every_s: how often one is asked for at most; None: at a preemption alone.

    checkpoint: what an earlier attempt kept.
    """

    @property
    def checkpoint(self) -> KeptCheckpoint | None: ...

    @property
    def every_s(self) -> float | None: ...

    async def supply(self, ready: CheckpointReady) -> Sink | None:
        """Where one is put; None where it is not wanted."""
        ...


class RenderEngine(Protocol):
    """Denoises one request at a time: the next is given to it once an event of the one before makes room."""

    def render(
        self, request_id: str, request: RenderRequest, supply: SupplySinks, keeping: Keeping | None = None
    ) -> AsyncGenerator[RenderEvent]:
        """Events of one render, the last of them a RenderEnd. Raises EngineLost, EngineMismatch."""
        ...

    async def preempt(self, request_id: str) -> None:
        """Ask a running render to stop after its present step, for later; one that cannot goes on."""
        ...

    async def cancel(self, request_id: str) -> None:
        """Ask a running render to stop within one step; does nothing when it is not running here."""
        ...


class PromptReader(Protocol):
    """Says what a render would note about the words of a prompt, before anything is rendered."""

    async def read_prompt(self, asked: ReadPrompt, *, wait_s: float) -> PromptRead | None:
        """What a take of this prompt will note about its words, and how they will direct it. None: it cannot be told
        now."""
        ...


class SpeechEngine(Protocol):
    """Says lines, and makes recordings fit to be lines."""

    async def speak(self, line: Line, supply: SupplySink) -> Spoken:
        """Say a line; its sound goes where `supply` says. Raises SpeechUnusable, EngineError."""
        ...

    async def prepare_voices(self, language: str, line: Line | None = None) -> None:
        """Have lines of this language said soon: loading begins, and this returns. line: which one, so far as is known;
        it is said ahead where nothing else waits. Raises EngineError."""
        ...

    async def listen(self, recording: Source, language: str, supply: SupplySink) -> Listened:
        """Make a recording fit; its sound goes where `supply` says. Raises SpeechUnusable, EngineError."""
        ...


class IdentityEngine(SpeechEngine, Protocol):
    """Answers questions about faces, and speaks: everything of the engine that needs no torch."""

    async def inspect(self, photos: tuple[Source, ...]) -> Inspected:
        """Find faces and judge quality; needs no consent. Raises EngineError."""
        ...

    async def enrol(self, references: tuple[Reference, ...]) -> Enrolled:
        """Embed the chosen faces and make a template; the caller holds a consent. Raises EngineError."""
        ...

    async def find_upright(self, picture: Source, *, wait_s: float) -> UprightFound:
        """How a photo has to be turned for its face to stand upright; needs no consent. Raises EngineError, also when
        its turn does not come within `wait_s`."""
        ...

    async def appraise(self, picture: Source, *, wait_s: float) -> Appraised:
        """How unsafe a picture is to show. Raises EngineError, also when its turn does not come within `wait_s`."""
        ...
