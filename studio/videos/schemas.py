"""The words of OpenAI's video API, and those that ours adds."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from inference.protocol import CharacterIdentity, Expectation, Placement, SpokenLine
from studio.billing.schemas import UsageView
from studio.characters.schemas import ConsentGiven
from studio.generation.bodies import Text
from studio.generation.schemas import FailureView, IdentitySummary, RenderOptions, Steps
from studio.generation.take_examples import summary_of
from studio.http.examples import with_examples
from studio.videos.video_examples import CHARACTER, COMPLETED, DELETED, FAILED, RENDERING

VideoStatus = Literal["queued", "in_progress", "completed", "failed", "cancelled"]
WireVariant = Literal["video", "thumbnail", "spritesheet"]
_DRY_RUN = "Do all of it, answer the video as it would be (priced in `usage.held`), and keep nothing."


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


class VideoCreate(RenderOptions):
    """A video to make. Left out fields take the model's default; what is given is never rounded."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    input_reference: Any = Field(default=None, description="A photo: a file, a data URL, or an uploaded asset's id.")
    references: Any = Field(default=None, description="More photos of the same person, as `input_reference`.")
    consent: Any = Field(default=None, description="For a one-off reference: a kind, or {kind, by, evidence}.")
    characters: Any = Field(default=None, description="A list of {id} or {references, name, consent}, with placement.")
    num_inference_steps: Steps | None = None
    num_frames: int | None = Field(default=None, gt=0, le=100_000, description="Instead of `seconds`.")
    width: int | None = Field(default=None, gt=0, le=16384)
    height: int | None = Field(default=None, gt=0, le=16384)
    dry_run: bool = Field(default=False, description=_DRY_RUN)


class VideoCreateSent(VideoCreate):
    """The same as clients of other servers may say it; `foreign_fields` tells it in our words."""

    image_reference: Any = Field(default=None, description="`input_reference`, as vLLM-Omni calls it.")
    reference_url: Any = Field(default=None, description="`input_reference`, as SGLang calls it.")
    video_params: Any = Field(default=None, description="{width, height, num_frames, fps}, as vLLM-Omni has it.")
    extra_params: Any = Field(default=None, description="More of these fields: an object, or its JSON text.")
    user: str | None = Field(default=None, description="Whom the video is for: changes nothing.")


class VideoRemix(Sent):
    """The same staging and seed, played by another prompt."""

    prompt: Text = Field(min_length=1, max_length=4000)
    dry_run: bool = Field(default=False, description=_DRY_RUN)


class VideoEdit(VideoRemix):
    """The same for a video that is named in the body; it must be one of ours."""

    video: Any = Field(description="{id} of a video made here.")


class VideoExtend(VideoEdit):
    """Goes on where a video ended."""

    seconds: float = Field(gt=0, le=3600)


class CharacterMade(Sent):
    """A character to keep, from a video or from photos."""

    name: Text = Field(min_length=1, max_length=80)
    allow_duplicate_name: bool = Field(default=False, description="Though another character has this name.")
    video: Any = Field(default=None, description="A video file in which the face is seen.")
    references: Any = Field(default=None, description="Photos instead: files, data URLs or uploaded assets' ids.")
    consent: Any = Field(default=None, description="A kind, or {kind, by, evidence}.")


class VideoCharacter(BaseModel):
    """Someone in the video."""

    id: str
    name: str
    placement: Placement


class VideoFacts(BaseModel):
    """What every view of a video tells."""

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
    error: FailureView | None
    seed: int
    characters: list[VideoCharacter]
    notes: list[dict[str, JsonValue]]
    usage: UsageView
    speech: list[SpokenLine] | None = Field(description="Each line as it was heard in the finished clip.")


class VideoSummary(VideoFacts):
    """A video in a list: all of it but its receipt and the cosines of its frames, which the video by itself has."""

    model_config = with_examples(*map(summary_of, (RENDERING, COMPLETED, FAILED)))

    identity: list[IdentitySummary] | None = Field(description="How well each character kept the face.")


class VideoView(VideoFacts):
    """OpenAI's video object; `characters`, `seed`, `identity`, `speech`, `receipt`, `notes`, `usage` are ours and ride
    along."""

    model_config = with_examples(RENDERING, COMPLETED, FAILED)

    identity: list[CharacterIdentity] | None = Field(description="How well each character kept the face.")
    receipt: dict[str, JsonValue] | None = Field(description="What was really used, and `sha256` of that.")


class VideoPage(BaseModel):
    """One page; the next one begins `after=last_id`."""

    object: Literal["list"] = "list"
    data: list[VideoSummary]
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
