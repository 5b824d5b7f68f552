"""Commands: product → engine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from inference.protocol.dialogue import Listen, ListVoices, PrepareVoices, SoundSink, Speak
from inference.protocol.direction import Framing
from inference.protocol.messages import Message, Reference, Sha256, Sink, Source
from inference.protocol.render_request import RenderRequest
from inference.protocol.residency import AskResidency

ArtifactKind = Literal["clip", "thumbnail", "sprite", "motion"]


class Hello(Message):
    """First message of both sides; a version that differs ends the connection with `version_mismatch`."""

    kind: Literal["hello"] = "hello"
    version: int
    role: str
    software: str


class KeptCheckpoint(Message):
    """Where an earlier attempt at a render stood. `digest` is of what decided its latents, `done` its steps."""

    source: Source
    digest: Sha256
    done: int = Field(gt=0)


class Render(Message):
    """`checkpoint`: to go on from, if it is of this very render. checkpoint_every_s: how often one is offered at most;
    None: never, but at a preemption. traceparent: of which trace it is a part (W3C Trace Context).
    """

    kind: Literal["render"] = "render"
    id: str
    request: RenderRequest
    checkpoint: KeptCheckpoint | None = None
    checkpoint_every_s: float | None = Field(default=None, ge=0)
    traceparent: str | None = Field(default=None, pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")


class Sinks(Message):
    """Answer to `ArtifactsReady`: one sink an artifact, each signed for the hash that was announced."""

    kind: Literal["sinks"] = "sinks"
    id: str
    sinks: dict[ArtifactKind, Sink]


class CheckpointSink(Message):
    """Answer to `CheckpointReady`: where it is put, None where nobody keeps it."""

    kind: Literal["checkpoint_sink"] = "checkpoint_sink"
    id: str
    sink: Sink | None


class Preempt(Message):
    """Stop request `id` after its present step and keep where it stands; the engine answers with `Preempted`.

    A render that is not denoising yet does one step first; one that is beyond it, or keeps no checkpoints, goes on.
    """

    kind: Literal["preempt"] = "preempt"
    id: str


class Cancel(Message):
    """Stop request `id` within one step; the engine answers with `Cancelled`."""

    kind: Literal["cancel"] = "cancel"
    id: str


class Inspect(Message):
    """Find faces and judge quality; computes no embedding, so it may run before consent."""

    kind: Literal["inspect"] = "inspect"
    id: str
    photos: tuple[Source, ...] = Field(min_length=1, max_length=10)


class Enrol(Message):
    """Embed the chosen faces and make a template. The caller must hold an active consent."""

    kind: Literal["enrol"] = "enrol"
    id: str
    references: tuple[Reference, ...] = Field(min_length=1, max_length=10)


class Appraise(Message):
    """Score a picture for what is unsafe to show; looks for no face."""

    kind: Literal["appraise"] = "appraise"
    id: str
    picture: Source


class FindUpright(Message):
    """Say how a photo has to be turned for its face to stand upright. Faces are found, none is recognised."""

    kind: Literal["find_upright"] = "find_upright"
    id: str
    picture: Source


class ReadPrompt(Message):
    """Say what a render of this prompt would note about its words, and how it would be directed by them.

    It waits for no render. `names`: of the cast. `turned`: for each, in order, by how many degrees its photos show the
    face turned; empty where nobody knows.
    """

    kind: Literal["read_prompt"] = "read_prompt"
    id: str
    model: str
    prompt: str = Field(max_length=4000)
    names: tuple[str, ...]
    framing: Framing = "cu"
    seconds: float = Field(default=5.0, gt=0)
    turned: tuple[tuple[float, ...], ...] = ()


class Shutdown(Message):
    kind: Literal["shutdown"] = "shutdown"


Command = Annotated[
    Hello
    | Render
    | Sinks
    | CheckpointSink
    | Preempt
    | Cancel
    | Inspect
    | Enrol
    | Appraise
    | FindUpright
    | ReadPrompt
    | AskResidency
    | Speak
    | Listen
    | ListVoices
    | PrepareVoices
    | SoundSink
    | Shutdown,
    Field(discriminator="kind"),
]
COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
