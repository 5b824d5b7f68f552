"""From OpenAI's words to ours and back: nothing here reads or writes anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from inference.catalogue import MODELS, ModelCard
from inference.protocol import ImagePlate, Line, RenderRequest
from storage.queries.listed_takes import ListedTake
from storage.tables import Take, Video
from studio.billing.schemas import UsageView
from studio.generation.dialogue import ASSET_SCHEME
from studio.generation.line_choice import LineChoice
from studio.generation.schemas import CastEntry, FailureView, KeyframeChoice, RenderOptions, TakeCreate, UploadedPlate
from studio.generation.take_views import read_identity, read_verdicts
from studio.http.errors import InvalidRequest
from studio.http.validation_words import no_such_field, words_of
from studio.videos.request_body import SentFile
from studio.videos.schemas import (
    VideoCharacter,
    VideoCreate,
    VideoStatus,
    VideoSummary,
    VideoView,
)

STATUSES: dict[str, VideoStatus] = {
    "QUEUED": "queued",
    "RENDERING": "in_progress",
    "SUCCEEDED": "completed",
    "FAILED": "failed",
    "QUARANTINED": "failed",
    "CONSENT_BLOCKED": "failed",
    "CANCELLED": "cancelled",
}
Words = TypeVar("Words", bound=BaseModel)


def understand(shape: type[Words], sent: dict[str, Any], within: str = "") -> Words:
    """`sent` in the given shape; `within` names the field that holds it. Raises InvalidRequest, in our words."""
    try:
        return shape.model_validate(sent)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join([*([within] if within else []), *map(str, first["loc"])]) or None
        if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
            raise InvalidRequest(no_such_field(str(first["loc"][0]), shape.model_fields), field=field) from None
        words = words_of(first)
        raise InvalidRequest(f"{field} {words}" if field else words, field=field) from None


def digest_of(operation: str, sent: dict[str, Any]) -> str:
    """SHA-256 of what is asked, whichever way it was encoded."""

    def plain(value: object) -> str:
        return "file:" + hashlib.sha256(value.body).hexdigest() if isinstance(value, SentFile) else str(value)

    return hashlib.sha256(f"{operation}\n{json.dumps(sent, sort_keys=True, default=plain)}".encode()).hexdigest()


def take_of(
    asked: VideoCreate, prompt: str, cast: list[CastEntry], models: Mapping[str, ModelCard] = MODELS
) -> TakeCreate:
    """The take that a video asks for. Raises InvalidRequest."""
    shared = {name: getattr(asked, name) for name in RenderOptions.model_fields}
    changed = {"prompt": prompt, "characters": cast, "seconds": _seconds(asked, models), "size": _size(asked)}
    return TakeCreate.model_validate(shared | changed | {"steps": asked.num_inference_steps})


def _seconds(asked: VideoCreate, models: Mapping[str, ModelCard]) -> float | None:
    """From `num_frames` where it is sent, at the frame rate that is asked for or is the model's."""
    card = models.get(asked.model)
    fps = asked.fps or (card.default_fps if card is not None else None)
    if asked.num_frames is None or fps is None:
        return asked.seconds
    seconds = asked.num_frames / fps
    if asked.seconds is not None and abs(asked.seconds - seconds) > 1e-3:
        words = f"seconds says {asked.seconds:g}, {asked.num_frames} frames at {fps} fps are {seconds:.6g}"
        raise InvalidRequest(words, field="num_frames")
    return seconds


def _size(asked: VideoCreate) -> str | None:
    if asked.width is None and asked.height is None:
        return asked.size
    if asked.width is None or asked.height is None:
        raise InvalidRequest("width and height go together", field="width" if asked.width is None else "height")
    size = f"{asked.width}x{asked.height}"
    if asked.size not in (None, size):
        raise InvalidRequest(f"size says {asked.size}, width and height say {size}", field="size")
    return size


def take_again(stored: RenderRequest, prompt: str, **changed: Any) -> TakeCreate:  # noqa: ANN401 (fields of TakeCreate)
    """The take of a stored request once more: same cast, staging, plate and seed, another prompt."""
    plate = stored.plate
    if isinstance(plate, ImagePlate):
        plate = UploadedPlate(asset_id=plate.source.url.removeprefix(ASSET_SCHEME))  # type: ignore[assignment]
    same = {
        name: getattr(stored, name)
        for name in RenderOptions.model_fields
        # it is a new take, with the usual place; its lines know how their words are said
        if name not in ("size", "control", "keyframes", "priority", "pool", "identity", "dialogue", "pronunciations")
    }
    values = same | {
        "prompt": prompt,
        "characters": [
            CastEntry(character_id=one.id, placement=one.placement, expected=one.expected) for one in stored.characters
        ],
        "size": f"{stored.width}x{stored.height}",
        "steps": stored.steps,
        "plate": plate,
        "dialogue": [_choice(line) for line in stored.dialogue],
        "pronunciations": {word: said for line in stored.dialogue for word, said in line.pronunciations.items()},
        "keyframes": [
            KeyframeChoice(asset_id=one.source.url.removeprefix(ASSET_SCHEME), at=one.at) for one in stored.keyframes
        ],
    }
    return TakeCreate.model_validate(values | changed)


def _choice(line: Line) -> LineChoice:
    recording = line.recording.url.removeprefix(ASSET_SCHEME) if line.recording is not None else None
    same = {name: getattr(line, name) for name in LineChoice.model_fields if name not in ("speaker", "recording")}
    return LineChoice(**same, recording=recording)


def show_video(video: Video, take: Take) -> VideoView:
    """The video object as it stands."""
    receipt = None if take.receipt is None else take.receipt | {"sha256": take.receipt_sha256}
    return VideoView(**_facts(video, take), identity=read_identity(take), receipt=receipt)


def summarise_video(video: Video, listed: ListedTake) -> VideoSummary:
    """The video object as lists show it."""
    return VideoSummary(**_facts(video, listed.take), identity=read_verdicts(listed))


def _facts(video: Video, take: Take) -> dict[str, Any]:
    """Fields of VideoFacts."""
    stored = RenderRequest.model_validate(take.request)
    ended = take.finished_at is not None and take.state == "SUCCEEDED"
    return {
        "id": video.id,
        "model": take.model,
        "status": STATUSES[take.state],
        "progress": 100 if take.state == "SUCCEEDED" else min(99, int(take.progress * 100)),
        "created_at": int(video.created_at.timestamp()),
        "completed_at": int(take.finished_at.timestamp()) if ended and take.finished_at else None,
        "prompt": video.prompt,
        "seconds": f"{take.seconds:g}",
        "size": f"{take.width}x{take.height}",
        "remixed_from_video_id": video.remixed_from_id,
        "error": _failure(take),
        "seed": take.seed,
        "characters": [VideoCharacter(id=one.id, name=one.name, placement=one.placement) for one in stored.characters],
        "notes": take.notes,
        "usage": UsageView.of(take),
        "speech": take.speech,
    }


def _failure(take: Take) -> FailureView | None:
    if take.state == "CONSENT_BLOCKED":
        return FailureView(code="consent_revoked", message="the consent of somebody in this video was revoked")
    if take.failure_code is None:
        return None
    return FailureView(code=take.failure_code, message=take.failure_message or "")


def list_models() -> str:
    """The names of our models, for people."""
    return ", ".join(MODELS)
