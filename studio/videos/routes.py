"""`/v1` over HTTP, as the stock OpenAI client speaks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from inference.protocol import RenderRequest
from storage.queries.characters import get_character
from storage.queries.videos import list_videos
from storage.retry import retried
from storage.unit import Database
from studio.assets.content_policy import PicturePolicyOf, UnsafeImage
from studio.assets.uploads import PhotoTooLarge, PhotoUndecodable
from studio.auth.caller import Caller, CharactersCaller, TakesCaller
from studio.auth.unit import ReadUnit
from studio.characters.consent import ConsentInsufficient, ConsentRequired
from studio.characters.enrolment import PhotosRefused
from studio.characters.routes import IdentityEngineOf
from studio.characters.standing_consent import find_standing_consent
from studio.generation.plan import RequestUnrenderable
from studio.generation.request import NONE, Opening
from studio.generation.routes import FILENAMES, NoRoom, Queue, check_capacity
from studio.generation.schemas import TakeCreate, Variant
from studio.generation.takes import find_file
from studio.generation.workflow import TakeQueue
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import (
    EngineUnavailable,
    InvalidRequest,
    NotFound,
    StoreUnavailable,
)
from studio.http.idempotency import IdempotencyKey, KeyReused, Repetition, StillRunning, claimed, find_reply, keep
from studio.videos.casting import (
    Stores,
    cast_video,
    dismiss,
    make_character,
    read_consent,
    read_frames,
    read_references,
    require_consent,
)
from studio.videos.errors import BodyTooLarge, ModelCannot, ReferenceRequired, wire_problems
from studio.videos.request_body import SentFile, read_body
from studio.videos.schemas import (
    CharacterMade,
    Sent,
    VideoCreate,
    VideoDeleted,
    VideoEdit,
    VideoExtend,
    VideoPage,
    VideoRemix,
    VideoView,
    WireCharacter,
    WireVariant,
)
from studio.videos.translate import digest_of, show_video, take_again, take_of, understand
from studio.videos.videos import delete_video, find_video, make_video, read_openings, read_video_id

POLL_AFTER_MS = "500"
VARIANTS: dict[WireVariant, Variant] = {"video": "video", "thumbnail": "thumbnail", "spritesheet": "sprite"}
router = APIRouter(prefix="/v1", tags=["openai-videos"])

VideoId = Annotated[str, Path(max_length=40, examples=["video_01J9ZK7M2A8M4N6P7R9S0V2W3X"])]
_SUBMITTING = (
    InvalidRequest,
    RequestUnrenderable,
    ConsentRequired,
    NotFound,
    StillRunning,
    KeyReused,
    BodyTooLarge,
    NoRoom,
    StoreUnavailable,
)
_ENROLLING = (
    ReferenceRequired,
    ConsentInsufficient,
    PhotosRefused,
    PhotoUndecodable,
    PhotoTooLarge,
    UnsafeImage,
    EngineUnavailable,
)


def _body(shape: type[Sent]) -> dict[str, Any]:
    """The OpenAPI words for a body that may come in three encodings."""
    schema = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)  # the document holds them: the takes API names the same ones
    example = {"prompt": "She smiles, then slowly turns to the left", "seconds": "4", "size": "768x432"}
    kinds = ("multipart/form-data", "application/x-www-form-urlencoded", "application/json")
    content = {kind: {"schema": schema, "example": example} for kind in kinds}
    return {"requestBody": {"required": True, "content": content}}


def _stores(database: DatabaseOf, objects: ObjectsOf, engine: IdentityEngineOf, policy: PicturePolicyOf) -> Stores:
    return Stores(database, objects, engine, policy)


StoresOf = Annotated[Stores, Depends(_stores)]


@router.post(
    "/videos",
    response_model=VideoView,
    dependencies=[Depends(check_capacity)],
    responses=wire_problems(*_SUBMITTING, *_ENROLLING),
    openapi_extra=_body(VideoCreate),
)
async def create_video(
    request: Request, caller: TakesCaller, stores: StoresOf, queue: Queue, key: IdempotencyKey
) -> Response:
    """Make a video of real people: a photo with consent, characters by id, or `@name` in the prompt."""
    sent = await read_body(request)
    asked = understand(VideoCreate, sent)
    digest = digest_of("POST /v1/videos", sent)
    async with claimed(stores.database, org_id=caller.org_id, key=key, digest=digest) as before:
        if before is not None:
            return JSONResponse(before.body, before.status)
        cast = await cast_video(stores, org_id=caller.org_id, asked=asked)
        try:
            take = take_of(asked, cast.prompt, cast.entries, queue.models)
            view = await _submit(stores.database, queue, caller.org_id, take, asked.prompt, key, digest)
        except BaseException:  # nothing of a refused request stays
            await dismiss(stores, org_id=caller.org_id, cast=cast)
            raise
    return JSONResponse(view.model_dump(mode="json"))


@retried
async def _submit(
    database: Database, queue: TakeQueue, org_id: str, take: TakeCreate, prompt: str, key: Repetition, digest: str
) -> VideoView:
    async with database.write(org_id=org_id) as session:
        view = show_video(*await make_video(session, queue, org_id=org_id, take=take, prompt=prompt))
        await keep(session, org_id=org_id, key=key, digest=digest, status=200, body=view)
    return view


@router.get("/videos", name="list_videos", responses=wire_problems(InvalidRequest))
async def get_videos(
    caller: TakesCaller,
    unit: ReadUnit,
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Literal["asc", "desc"] = "desc",
) -> VideoPage:
    """Videos that were made by this API, newest first unless asked otherwise."""
    rows = await list_videos(unit, org_id=caller.org_id, after=after, limit=limit + 1, order=order)
    data = [show_video(*row) for row in rows[:limit]]
    ids = [video.id for video in data]
    return VideoPage(
        data=data,
        first_id=ids[0] if ids else None,
        last_id=ids[-1] if ids else None,
        has_more=len(rows) > limit,
    )


@router.post(
    "/videos/edits",
    response_model=VideoView,
    dependencies=[Depends(check_capacity)],
    responses=wire_problems(*_SUBMITTING, ModelCannot),
    openapi_extra=_body(VideoEdit),
)
async def edit_video(
    request: Request, caller: TakesCaller, database: DatabaseOf, queue: Queue, key: IdempotencyKey
) -> Response:
    """Play one of our videos again by another prompt: same cast, staging and seed."""
    sent = await read_body(request)
    asked = understand(VideoEdit, sent)
    source = read_video_id(asked.video)
    digest = digest_of("POST /v1/videos/edits", sent)
    return await _remake(database, queue, caller, source, asked.prompt, key, digest)


@router.post(
    "/videos/extensions",
    response_model=VideoView,
    dependencies=[Depends(check_capacity)],
    responses=wire_problems(*_SUBMITTING, ModelCannot),
    openapi_extra=_body(VideoExtend),
)
async def extend_video(
    request: Request,
    caller: TakesCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    queue: Queue,
    key: IdempotencyKey,
) -> Response:
    """Go on where a video ended: same cast, staging and seed, beginning from the motion of its last frame."""
    sent = await read_body(request)
    asked = understand(VideoExtend, sent)
    source = read_video_id(asked.video)
    openings = await read_openings(database, objects, org_id=caller.org_id, video_id=source)
    digest = digest_of("POST /v1/videos/extensions", sent)
    return await _remake(
        database, queue, caller, source, asked.prompt, key, digest, openings=openings, seconds=asked.seconds
    )


@router.post(
    "/videos/characters",
    response_model=WireCharacter,
    responses=wire_problems(
        InvalidRequest, ConsentRequired, NotFound, BodyTooLarge, StillRunning, KeyReused, StoreUnavailable, *_ENROLLING
    ),
    openapi_extra=_body(CharacterMade),
)
async def create_video_character(
    request: Request, caller: CharactersCaller, stores: StoresOf, key: IdempotencyKey
) -> Response:
    """Enrol a character that later videos cast by `characters` or by `@name`."""
    sent = await read_body(request)
    asked = understand(CharacterMade, sent)
    digest = digest_of("POST /v1/videos/characters", sent)
    async with claimed(stores.database, org_id=caller.org_id, key=key, digest=digest) as before:
        if before is not None:
            return JSONResponse(before.body, before.status)
        character_id = await _enrol(stores, caller.org_id, asked)
        view = await _show_character(stores.database, caller.org_id, character_id)
        async with stores.database.write(org_id=caller.org_id) as session:
            await keep(session, org_id=caller.org_id, key=key, digest=digest, status=200, body=view)
    return JSONResponse(view.model_dump(mode="json"))


async def _enrol(stores: Stores, org_id: str, asked: CharacterMade) -> str:
    """The new character's id."""
    consent = read_consent(asked.consent) or await find_standing_consent(stores.database, org_id=org_id)
    require_consent(consent)  # before anything is decoded
    references = read_references(asked.references)
    filmed = isinstance(asked.video, SentFile)
    if isinstance(asked.video, SentFile):
        references += await read_frames(asked.video)
    if not references:
        raise ReferenceRequired("send a `video` file, or photos as `references`", field="video")
    return await make_character(
        stores,
        org_id=org_id,
        name=asked.name,
        references=references,
        consent=consent,
        hidden=False,
        filmed=filmed,
    )


@router.get("/videos/characters/{character_id}", responses=wire_problems(NotFound, InvalidRequest))
async def get_video_character(
    character_id: Annotated[str, Path(max_length=40)], caller: CharactersCaller, database: DatabaseOf
) -> WireCharacter:
    """A character."""
    return await _show_character(database, caller.org_id, character_id)


@router.get("/videos/{video_id}", responses=wire_problems(NotFound, InvalidRequest))
async def get_video(video_id: VideoId, caller: TakesCaller, unit: ReadUnit, response: Response) -> VideoView:
    """A video as it stands; once completed with its identity report and its receipt."""
    response.headers["openai-poll-after-ms"] = POLL_AFTER_MS
    return show_video(*await find_video(unit, org_id=caller.org_id, video_id=video_id))


@router.delete(
    "/videos/{video_id}", name="delete_video", responses=wire_problems(NotFound, InvalidRequest, StoreUnavailable)
)
async def delete_one_video(
    video_id: VideoId, caller: TakesCaller, database: DatabaseOf, objects: ObjectsOf
) -> VideoDeleted:
    """Delete a video with its files; one that still renders is cancelled first."""
    await delete_video(database, objects, org_id=caller.org_id, video_id=video_id)
    return VideoDeleted(id=video_id)


@router.get(
    "/videos/{video_id}/content",
    status_code=302,
    response_class=RedirectResponse,
    responses=wire_problems(NotFound, ConsentRequired, InvalidRequest),
)
async def get_video_content(
    video_id: VideoId, caller: TakesCaller, unit: ReadUnit, objects: ObjectsOf, variant: WireVariant = "video"
) -> str:
    """A short-lived link to the MP4, its thumbnail (WebP) or its sprite sheet (JPEG)."""
    _, take = await find_video(unit, org_id=caller.org_id, video_id=video_id)
    ours = VARIANTS[variant]
    object_key, content_type = await find_file(unit, org_id=caller.org_id, take_id=take.id, variant=ours)
    filename = f"{video_id}.{FILENAMES[ours]}"
    return objects.link_to_download(object_key, content_type=content_type, filename=filename)


@router.post(
    "/videos/{video_id}/remix",
    response_model=VideoView,
    dependencies=[Depends(check_capacity)],
    responses=wire_problems(*_SUBMITTING),
    openapi_extra=_body(VideoRemix),
)
async def remix_video(
    video_id: VideoId,
    request: Request,
    caller: TakesCaller,
    database: DatabaseOf,
    queue: Queue,
    key: IdempotencyKey,
) -> Response:
    """Play a video again by another prompt: same cast, staging and seed."""
    sent = await read_body(request)
    asked = understand(VideoRemix, sent)
    digest = digest_of(f"POST /v1/videos/{video_id}/remix", sent)
    return await _remake(database, queue, caller, video_id, asked.prompt, key, digest)


async def _remake(
    database: Database,
    queue: TakeQueue,
    caller: Caller,
    source_id: str,
    prompt: str,
    key: Repetition,
    digest: str,
    openings: Mapping[str, Opening] = NONE,
    **changed: float,
) -> Response:
    async with database.write(org_id=caller.org_id) as session:
        before = await find_reply(session, org_id=caller.org_id, key=key, digest=digest)
        if before is not None:
            return JSONResponse(before.body, before.status)
        source, take = await find_video(session, org_id=caller.org_id, video_id=source_id)
        again: TakeCreate = take_again(RenderRequest.model_validate(take.request), prompt, **changed)
        made = await make_video(
            session,
            queue,
            org_id=caller.org_id,
            take=again,
            prompt=prompt,
            remixed_from_id=source.id,
            openings=openings,
        )
        view = show_video(*made)
        await keep(session, org_id=caller.org_id, key=key, digest=digest, status=200, body=view)
    return JSONResponse(view.model_dump(mode="json"))


async def _show_character(database: Database, org_id: str, character_id: str) -> WireCharacter:
    async with database.read(org_id=org_id) as session:
        character = await get_character(session, org_id=org_id, character_id=character_id)
    if character is None:
        raise NotFound(f"there is no character {character_id}")
    return WireCharacter(id=character.id, name=character.name, created_at=int(character.created_at.timestamp()))
