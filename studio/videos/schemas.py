"""The words of OpenAI's video API, and those that ours adds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from inference.catalogue import DEFAULT_MODEL
from inference.protocol import Expectation, Framing, Placement, Tier
from studio.characters.schemas import ConsentGiven
from studio.generation.schemas import ControlChoice
from studio.http.examples import with_examples
from studio.videos.video_examples import CHARACTER, COMPLETED, DELETED, FAILED, RENDERING


def _printable(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text cannot hold a zero byte")
    return text


Text = Annotated[str, AfterValidator(_printable)]
VideoStatus = Literal["queued", "in_progress", "completed", "failed", "cancelled"]
WireVariant = Literal["video", "thumbnail", "spritesheet"]


class Sent(BaseModel):
    """A request: unknown fields are refused, not ignored. Words that mean numbers are read as numbers."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class CharacterSent(Sent):
    """Someone in the shot: a character by `id`, or a one-off by `references` with a consent."""

    id: str | None = Field(default=None, max_length=40)
    name: Text | None = Field(default=None, min_length=1, max_length=80)
    references: list[Any] | None = Field(default=None, min_length=1, max_length=10)
    consent: ConsentGiven | None = None
    placement: Placement | None = None
    expected: Expectation = "always"


class VideoCreate(Sent):
    """A video to make. Left out fields take the model's default; what is given is never rounded."""

    prompt: Text = Field(min_length=1, max_length=4000, description="`@name` casts a character of that name.")
    model: Text = Field(default=DEFAULT_MODEL, max_length=40)
    seconds: float | None = Field(default=None, gt=0, le=3600, description="May be sent as a word.")
    size: str | None = Field(default=None, pattern=r"^[1-9]\d{1,4}x[1-9]\d{1,4}$", description="WIDTHxHEIGHT.")
    input_reference: Any = Field(default=None, description="A photo: a file, a data URL, or an uploaded asset's id.")
    references: Any = Field(default=None, description="More photos of the same person, as `input_reference`.")
    consent: Any = Field(default=None, description="For a one-off reference: a kind, or {kind, by, evidence}.")
    characters: Any = Field(default=None, description="A list of {id} or {references, name, consent}, with placement.")
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    negative_prompt: Text = Field(default="", max_length=4000)
    num_inference_steps: int | None = Field(default=None, gt=0, le=10_000)
    guidance_scale: float | None = Field(default=None, ge=0, le=1000)
    fps: int | None = Field(default=None, gt=0, le=240)
    num_frames: int | None = Field(default=None, gt=0, le=100_000, description="Instead of `seconds`.")
    control: ControlChoice | None = Field(default=None, description="For models that a previs drives.")
    width: int | None = Field(default=None, gt=0, le=16384)
    height: int | None = Field(default=None, gt=0, le=16384)
    tier: Tier | None = None
    framing: Framing = "cu"


class VideoRemix(Sent):
    """The same staging and seed, played by another prompt."""

    prompt: Text = Field(min_length=1, max_length=4000)


class VideoEdit(VideoRemix):
    """The same for a video that is named in the body; it must be one of ours."""

    video: Any = Field(description="{id} of a video made here.")


class VideoExtend(VideoEdit):
    """Goes on where a video ended."""

    seconds: float = Field(gt=0, le=3600)


class CharacterMade(Sent):
    """A character to keep, from a video or from photos."""

    name: Text = Field(min_length=1, max_length=80)
    video: Any = Field(default=None, description="A video file in which the face is seen.")
    references: Any = Field(default=None, description="Photos instead: files, data URLs or uploaded assets' ids.")
    consent: Any = Field(default=None, description="A kind, or {kind, by, evidence}.")


class VideoFailure(BaseModel):
    """Why a video failed."""

    code: str
    message: str


class VideoCharacter(BaseModel):
    """Someone in the video."""

    id: str
    name: str
    placement: Placement


class VideoView(BaseModel):
    """OpenAI's video object; `characters`, `seed`, `identity`, `receipt` and `notes` are ours and ride along."""

    model_config = with_examples(RENDERING, COMPLETED, FAILED)

    id: str = Field(examples=["video_01J9ZK7M2A8M4N6P7R9S0V2W3X"])
    object: Literal["video"] = "video"
    model: str
    status: VideoStatus
    progress: int = Field(ge=0, le=100)
    created_at: int
    completed_at: int | None
    expires_at: int | None = None
    prompt: str
    seconds: str
    size: str
    remixed_from_video_id: str | None
    error: VideoFailure | None
    seed: int
    characters: list[VideoCharacter]
    identity: list[dict[str, JsonValue]] | None = Field(description="How well each character kept the face.")
    receipt: dict[str, JsonValue] | None = Field(description="What was really used, and `sha256` of that.")
    notes: list[dict[str, JsonValue]]


class VideoPage(BaseModel):
    """One page; the next one begins `after=last_id`."""

    object: Literal["list"] = "list"
    data: list[VideoView]
    first_id: str | None
    last_id: str | None
    has_more: bool


class VideoDeleted(BaseModel):
    """The video has gone, with its files and its one-off characters."""

    model_config = with_examples(DELETED)

    id: str
    object: Literal["video.deleted"] = "video.deleted"
    deleted: Literal[True] = True


class WireCharacter(BaseModel):
    """A character in this dialect."""

    model_config = with_examples(CHARACTER)

    id: str
    object: Literal["video.character"] = "video.character"
    name: str
    created_at: int
