"""Events: engine → product."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from inference.protocol.commands import ArtifactKind, Hello
from inference.protocol.dialogue import Listened, SoundReady, SpeechRefused, Spoken, SpokenLine, Voices
from inference.protocol.direction import UsedDirection
from inference.protocol.faces import EnrolledPhoto, PhotoVerdict, Template
from inference.protocol.messages import Message, Sha256
from inference.protocol.receipt import CharacterIdentity, Receipt
from inference.protocol.residency import Residency

StageName = Literal["identity", "prepare", "denoise", "decode", "score", "mux", "upload"]
FailureCode = Literal[
    "bad_request",
    "bad_source",
    "bad_reference",
    "model_unavailable",
    "out_of_memory",
    "upload_failed",
    "engine_error",
    "engine_lost",
    "version_mismatch",
]


class Started(Message):
    kind: Literal["started"] = "started"
    id: str
    device: str


class Stage(Message):
    """`next_may_begin`: from here on this engine can prepare and denoise another render beside this one.

    `preemptible`: in this stage the render can be preempted, and goes on later from where it stood.
    """

    kind: Literal["stage"] = "stage"
    id: str
    name: StageName
    next_may_begin: bool = False
    preemptible: bool = False


class Step(Message):
    """Progress inside a stage: `done` of `total`."""

    kind: Literal["step"] = "step"
    id: str
    stage: StageName
    done: int = Field(ge=0)
    total: int = Field(gt=0)


class Preview(Message):
    """A JPEG of at most 20 kB, base64, of one frame."""

    kind: Literal["preview"] = "preview"
    id: str
    frame: int = Field(ge=0)
    jpeg_base64: str


class Note(Message):
    """Something the filmmaker should know: what was left aside or clamped, and the words that asked for it."""

    kind: Literal["note"] = "note"
    id: str
    code: Literal[
        "prompt_partially_followed", "pose_clamped", "look_left_aside", "plate_left_aside", "silent_clip",
        "line_partially_followed", "expression_stays", "framing_left_aside", "beyond_reach", "photo_enlarged",
    ]  # fmt: skip
    message: str
    words: tuple[str, ...] = ()


class Artifact(Message):
    kind: ArtifactKind
    sha256: Sha256
    size_bytes: int = Field(gt=0)
    content_type: str


class ArtifactsReady(Message):
    """The files exist; the product answers with `Sinks`."""

    kind: Literal["artifacts"] = "artifacts"
    id: str
    artifacts: tuple[Artifact, ...]


class CheckpointReady(Message):
    """Where the render stands after `done` of `total` steps, in a file; the product answers with `CheckpointSink`.

    `digest` is of everything that decides the latents, device and software among it: who shares it goes on with the
    same bits.
    """

    kind: Literal["checkpoint_ready"] = "checkpoint_ready"
    id: str
    digest: Sha256
    sha256: Sha256
    size_bytes: int = Field(gt=0)
    done: int = Field(gt=0)
    total: int = Field(gt=0)


class CheckpointKept(Message):
    """The checkpoint that was announced is in its sink."""

    kind: Literal["checkpoint_kept"] = "checkpoint_kept"
    id: str
    sha256: Sha256


class Preempted(Message):
    """The render stopped after `done` of `total` steps, as it was asked to. A later one goes on from there."""

    kind: Literal["preempted"] = "preempted"
    id: str
    done: int = Field(gt=0)
    total: int = Field(gt=0)


class Finished(Message):
    """The artifacts are in their sinks. `render_s` is wall time inside the engine.

    speech: each line of the request as it was heard in the finished clip, in the order in which they are said.
    """

    kind: Literal["finished"] = "finished"
    id: str
    artifacts: tuple[Artifact, ...]
    identity: tuple[CharacterIdentity, ...]
    receipt: Receipt
    receipt_sha256: Sha256
    render_s: float
    speech: tuple[SpokenLine, ...] = ()


class Cancelled(Message):
    kind: Literal["cancelled"] = "cancelled"
    id: str


class Failed(Message):
    """`retryable` is True only for faults of the machinery; a user's error is never retried."""

    kind: Literal["failed"] = "failed"
    id: str
    code: FailureCode
    message: str
    retryable: bool


class Inspected(Message):
    kind: Literal["inspected"] = "inspected"
    id: str
    photos: tuple[PhotoVerdict, ...]


class Enrolled(Message):
    """`template` is None when no photo could be used; then `verdicts` say why."""

    kind: Literal["enrolled"] = "enrolled"
    id: str
    verdicts: tuple[PhotoVerdict, ...]
    photos: tuple[EnrolledPhoto, ...]
    template: Template | None


class Appraised(Message):
    """0 is safe to show, 1 is not."""

    kind: Literal["appraised"] = "appraised"
    id: str
    unsafe_score: float = Field(ge=0, le=1)


class UprightFound(Message):
    """Degrees by which the picture has to be turned, counter-clockwise; 0 too where no face stands better otherwise."""

    kind: Literal["upright_found"] = "upright_found"
    id: str
    turn_deg: Literal[0, 90, 180, 270]


class PromptRead(Message):
    """What a render would note about the words of the prompt, as it would note it.

    understood: how they would direct it; None of a model that is not directed.
    """

    kind: Literal["prompt_read"] = "prompt_read"
    id: str
    notes: tuple[Note, ...]
    understood: UsedDirection | None = None


RenderEnd = Finished | Cancelled | Preempted | Failed
RenderEvent = Started | Stage | Step | Preview | Note | CheckpointReady | CheckpointKept | ArtifactsReady | RenderEnd
Event = Annotated[
    Hello
    | RenderEvent
    | Inspected
    | Enrolled
    | Appraised
    | UprightFound
    | PromptRead
    | Residency
    | SoundReady
    | Spoken
    | Listened
    | SpeechRefused
    | Voices,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
