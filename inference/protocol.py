"""The wire format between the product and the engine: torch-free, typed, versioned.

One engine process speaks length-prefixed JSON on a file descriptor of its own; a fleet speaks the same messages
over gRPC. Commands go down (`Render`, `Sinks`, `Cancel`, `Inspect`, `Enrol`, `Appraise`), events come up. Objects
travel by reference only: a `Source` to read, a `Sink` to write. Frames never cross the wire, but for small previews.

Directions are the viewer's: left is the left edge of the picture.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PROTOCOL_VERSION = 6

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Tier = Literal["exact", "fast", "draft"]
Placement = Literal["left", "centre", "right"]
Framing = Literal["ecu", "cu", "ms", "ws"]
Expectation = Literal["always", "partly", "none"]
Verdict = Literal["pass", "fail", "unscored"]
ComparedWith = Literal["same_photo", "other_photos"]
ArtifactKind = Literal["clip", "thumbnail", "sprite", "motion"]
StageName = Literal["identity", "prepare", "denoise", "decode", "score", "mux", "upload"]


class Message(BaseModel):
    """Immutable, and strict about unknown fields: a newer peer is refused at the handshake, not half understood."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# Objects ----------------------------------------------------------------------------------------------------------


class Source(Message):
    """Bytes to read. `url` is presigned http(s) or `file://`; the reader checks the hash and refuses a mismatch."""

    url: str
    sha256: Sha256


class Sink(Message):
    """Where to put bytes. `url` is a presigned PUT (signed for the announced hash) or `file://`."""

    url: str


class Box(Message):
    """A rectangle in pixels of the normalised photo; `x`, `y` is its top left corner."""

    x: float
    y: float
    width: float = Field(gt=0)
    height: float = Field(gt=0)


class Reference(Message):
    """One normalised photo of a character; `face` chooses among several faces in it."""

    source: Source
    face: Box | None = None


# What to render ---------------------------------------------------------------------------------------------------


class AdapterInput(Message):
    """A LoRA that was trained on this character: a safetensors file, and how strongly it acts."""

    source: Source
    scale: float = Field(default=1.0, gt=0, le=2)


class LookInput(Message):
    """What a character wears and carries, apart from who it is: words, and a normalised picture of it."""

    id: str
    name: str = Field(min_length=1, max_length=80)
    wardrobe: str = Field(default="", max_length=400)
    hair: str = Field(default="", max_length=400)
    props: str = Field(default="", max_length=400)
    picture: Source | None = None


class CharacterInput(Message):
    """A character in the shot: who, from which references, standing where, and whether the face should be seen."""

    id: str
    name: str = Field(min_length=1, max_length=80)
    references: tuple[Reference, ...] = Field(min_length=1, max_length=10)
    placement: Placement = "centre"
    expected: Expectation = "always"
    adapter: AdapterInput | None = None
    look: LookInput | None = None
    opening: tuple[float, ...] | None = Field(default=None, max_length=64)
    """Motion parameters of the frame that the clip goes on from, in the order of a take's motion file."""

    @property
    def pictures(self) -> int:
        """How many pictures a model that draws them all is shown: references, and the look's."""
        return len(self.references) + (self.look is not None and self.look.picture is not None)


class ReferencePlate(Message):
    """The background of the first character's own photo."""

    kind: Literal["reference"] = "reference"


class ColourPlate(Message):
    """A vertical gradient between two `#rrggbb` colours (equal colours: a flat one)."""

    kind: Literal["colour"] = "colour"
    top: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    bottom: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")


class ImagePlate(Message):
    """A normalised uploaded picture, cropped to cover the frame."""

    kind: Literal["image"] = "image"
    source: Source


class BackdropPlate(Message):
    """One of the backdrops that the engine draws itself; `inference.backdrops` lists them."""

    kind: Literal["backdrop"] = "backdrop"
    name: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)


class PrevisControl(Message):
    """Let the previs of this shot drive the render: its cast, staging, timing and camera.

    `track`: the motion that a take of the previs kept (`motion.safetensors`); without one the previs acts the prompt
    anew, from the request's seed.
    """

    kind: Literal["previs"] = "previs"
    track: Source | None = None


Plate = Annotated[ReferencePlate | ColourPlate | ImagePlate | BackdropPlate, Field(discriminator="kind")]


class RenderRequest(Message):
    """Everything that decides what comes out. What was billed is what is rendered: nothing here is rounded later.

    seconds × fps must be a whole number of frames that the model can render; `check()` says which are legal.
    """

    model: str
    prompt: str = Field(min_length=1, max_length=4000)
    negative_prompt: str = Field(default="", max_length=4000)
    characters: tuple[CharacterInput, ...] = Field(min_length=1, max_length=8)
    plate: Plate = ReferencePlate()
    framing: Framing = "cu"
    control: PrevisControl | None = None
    seconds: float = Field(gt=0)
    fps: int = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    seed: int = Field(ge=0, lt=2**63)
    steps: int = Field(gt=0)
    guidance_scale: float = Field(ge=0)
    tier: Tier

    @property
    def frames(self) -> int:
        """Length in frames (`check()` guarantees that the product is whole)."""
        return round(self.seconds * self.fps)


# Commands: product → engine ---------------------------------------------------------------------------------------


class Hello(Message):
    """First message of both sides; a version that differs ends the connection with `version_mismatch`."""

    kind: Literal["hello"] = "hello"
    version: int
    role: str
    software: str


class Render(Message):
    kind: Literal["render"] = "render"
    id: str
    request: RenderRequest


class Sinks(Message):
    """Answer to `ArtifactsReady`: one sink an artifact, each signed for the hash that was announced."""

    kind: Literal["sinks"] = "sinks"
    id: str
    sinks: dict[ArtifactKind, Sink]


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


class Shutdown(Message):
    kind: Literal["shutdown"] = "shutdown"


Command = Annotated[
    Hello | Render | Sinks | Cancel | Inspect | Enrol | Appraise | Shutdown, Field(discriminator="kind")
]

# Faces ------------------------------------------------------------------------------------------------------------

PhotoRefusal = Literal[
    "no_face", "several_faces", "too_small", "too_blurred", "extreme_pose", "undecodable", "too_large"
]


class FaceQuality(Message):
    """One detected face. Angles in degrees: yaw + to the viewer's right, pitch + up, roll + clockwise."""

    box: Box
    confidence: float = Field(ge=0, le=1)
    size_px: float
    sharpness: float
    exposure: float = Field(ge=0, le=1)
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    occlusion: float = Field(ge=0, le=1)
    quality: float = Field(ge=0, le=1)


class PhotoVerdict(Message):
    """What one photo is good for. `refusal` is None when its (chosen) face can be enrolled; `words` tells people."""

    sha256: Sha256
    width: int
    height: int
    faces: tuple[FaceQuality, ...]
    chosen: int | None
    refusal: PhotoRefusal | None
    words: str


class EnrolledPhoto(Message):
    """A photo within its set: cosine to the others' template, and what that says."""

    sha256: Sha256
    weight: float = Field(ge=0, le=1)
    cosine_to_others: float | None
    stranger: bool
    duplicate_of: Sha256 | None


class Template(Message):
    """Quality-weighted mean of unit embeddings, itself of unit length, valid only with its pack."""

    pack: str
    embedding_unit: tuple[float, ...]
    strength: float = Field(ge=0, le=1)


# Events: engine → product -----------------------------------------------------------------------------------------

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
    """`next_may_begin`: from here on this engine can prepare and denoise another render beside this one."""

    kind: Literal["stage"] = "stage"
    id: str
    name: StageName
    next_may_begin: bool = False


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
    code: Literal["prompt_partially_followed", "pose_clamped", "look_left_aside", "plate_left_aside", "silent_clip"]
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


class CharacterIdentity(Message):
    """How well one character kept the face. `series` is cosine per frame, None where the face is not visible."""

    character_id: str
    character_name: str
    score: float | None
    worst_decile: float | None
    presence: float = Field(ge=0, le=1)
    drift: float | None
    yaw_range_deg: tuple[float, float] | None
    threshold: float
    compared_with: ComparedWith
    expected: Expectation
    verdict: Verdict
    series: tuple[float | None, ...]


class UsedReference(Message):
    """A reference and what it was used for: drawn in the picture, compared with, or both."""

    character_id: str
    sha256: Sha256
    used_for: tuple[Literal["picture", "identity"], ...]


class UsedLook(Message):
    """The look that a character was asked to wear, and what of it went into the render: nothing, where it is empty.

    words: as they were added to the prompt.
    """

    character_id: str
    look_id: str
    name: str
    words: str
    picture_sha256: Sha256 | None
    used_for: tuple[Literal["prompt", "picture"], ...]


class UsedAdapter(Message):
    """A character's LoRA that acted in the render."""

    character_id: str
    sha256: Sha256
    scale: float


class UsedControl(Message):
    """What drove a render. `form`: what the model was shown of the previs; `track_sha256` is of its motion.

    frames_sha256: of every picture that the model was shown, in order, as it went in.
    """

    form: Literal["gray", "pose_and_face"]
    track_sha256: Sha256
    frames_sha256: Sha256


class Receipt(Message):
    """What was really used. `media_sha256` is of the unsigned MP4: byte-identical for one seed on one machine."""

    model: str
    model_sha256: Sha256
    weights: dict[str, Sha256]
    revision: str | None = None
    tier: Tier
    switched_on: tuple[str, ...] = ()
    seed: int
    steps: int
    guidance_scale: float
    prompt_sha256: Sha256
    width: int
    height: int
    fps: int
    frames: int
    device: str
    threads: int
    versions: dict[str, str]
    references: tuple[UsedReference, ...]
    control: UsedControl | None = None
    adapters: tuple[UsedAdapter, ...] = ()
    looks: tuple[UsedLook, ...] = ()
    notes: tuple[str, ...]
    latents_sha256: Sha256
    media_sha256: Sha256
    protocol: int = PROTOCOL_VERSION


class Finished(Message):
    """The artifacts are in their sinks. `render_s` is wall time inside the engine."""

    kind: Literal["finished"] = "finished"
    id: str
    artifacts: tuple[Artifact, ...]
    identity: tuple[CharacterIdentity, ...]
    receipt: Receipt
    receipt_sha256: Sha256
    render_s: float


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


RenderEvent = Started | Stage | Step | Preview | Note | ArtifactsReady | Finished | Cancelled | Failed
Event = Annotated[Hello | RenderEvent | Inspected | Enrolled | Appraised, Field(discriminator="kind")]

COMMAND: TypeAdapter[Command] = TypeAdapter(Command)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
