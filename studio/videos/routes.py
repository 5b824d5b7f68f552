"""`/v1` over HTTP, as the stock OpenAI client speaks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import RenderRequest
from storage.queries.listed_takes import list_videos
from storage.queries.videos import is_cursor
from storage.retry import retried
from storage.unit import Database, taken_back
from studio.auth.caller import Caller, TakesCaller
from studio.auth.unit import ReadUnit, Unit
from studio.billing.spending import UNPAID
from studio.characters.consent import ConsentRequired
from studio.characters.enrolment import keep_character
from studio.generation.refusals import RequestUnrenderable
from studio.generation.request import NONE, Opening
from studio.generation.routes import NoRoom, Queue, check_capacity
from studio.generation.schemas import TakeCreate
from studio.generation.take_queue import TakeQueue
from studio.generation.takes import TakeEnded, cancel_take
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import InvalidRequest, NotFound, StoreUnavailable
from studio.http.idempotency import IdempotencyKey, KeyReused, Repetition, StillRunning, claimed, find_reply, keep
from studio.organisations.suspension import OrganisationSuspended
from studio.videos.body_document import document_body
from studio.videos.casting import Cast, Stores, cast_video, dismiss
from studio.videos.dependencies import ENROLLING, StoresOf, VideoId, make_router
from studio.videos.errors import BodyTooLarge, ModelCannot, wire_problems
from studio.videos.foreign_fields import adopt
from studio.videos.request_body import read_body
from studio.videos.schemas import (
    VideoCreate,
    VideoDeleted,
    VideoEdit,
    VideoExtend,
    VideoPage,
    VideoRemix,
    VideoView,
)
from studio.videos.translate import digest_of, show_video, summarise_video, take_again, take_of, understand
from studio.videos.videos import delete_video, find_video, make_video, read_openings, read_video_id

POLLING = {"openai-poll-after-ms": "500"}  # when the stock client is to ask again
router = make_router()
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
    OrganisationSuspended,
    *UNPAID,
)


@router.post(
    "/videos",
    response_model=VideoView,
    dependencies=[Depends(check_capacity)],
    responses=wire_problems(*_SUBMITTING, *ENROLLING),
    openapi_extra=document_body(VideoCreate),
)
async def create_video(
    request: Request, caller: TakesCaller, stores: StoresOf, queue: Queue, key: IdempotencyKey
) -> Response:
    """Make a video of real people: a photo with consent, characters by id, or `@name` in the prompt."""
    sent = await read_body(request)
    asked = understand(VideoCreate, adopt(sent))
    if asked.dry_run:
        return _reply(await _try_video(stores, queue, caller.org_id, asked))
    digest = digest_of("POST /v1/videos", sent)
    async with claimed(stores.database, org_id=caller.org_id, key=key, digest=digest) as before:
        if before is not None:
            return before.replay(POLLING)
        cast = await cast_video(stores, org_id=caller.org_id, asked=asked)
        try:
            view = await _submit(stores.database, queue, caller.org_id, asked, cast, key, digest)
        except BaseException:  # nothing of a refused request stays
            await dismiss(stores, org_id=caller.org_id, characters=cast.one_offs)
            raise
    return _reply(view)


async def _try_video(stores: Stores, queue: TakeQueue, org_id: str, asked: VideoCreate) -> VideoView:
    """Cast and submitted, looked at, and taken back; photos that came with it are erased."""
    cast = await cast_video(stores, org_id=org_id, asked=asked)
    try:
        async with stores.database.write(org_id=org_id) as session, taken_back(session):
            return await _make(session, queue, org_id, asked, cast)
    finally:
        await dismiss(stores, org_id=org_id, characters=cast.one_offs)


@retried
async def _submit(
    database: Database, queue: TakeQueue, org_id: str, asked: VideoCreate, cast: Cast, key: Repetition, digest: str
) -> VideoView:
    """The one-off characters, the video that shows them and the reply that tells of it: all or none."""
    async with database.write(org_id=org_id) as session:
        view = await _make(session, queue, org_id, asked, cast)
        await keep(session, org_id=org_id, key=key, digest=digest, status=200, body=view)
    return view


async def _make(session: AsyncSession, queue: TakeQueue, org_id: str, asked: VideoCreate, cast: Cast) -> VideoView:
    asked = asked.model_copy(update={"dialogue": cast.dialogue})
    take = take_of(asked, cast.prompt, cast.entries, await queue.models(org_id))
    for one in cast.one_offs:
        await keep_character(session, one.prepared)
    return show_video(*await make_video(session, queue, org_id=org_id, take=take, prompt=asked.prompt))


@router.get("/videos", name="list_videos", responses=wire_problems(InvalidRequest))
async def get_videos(
    caller: TakesCaller,
    unit: ReadUnit,
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Literal["asc", "desc"] = "desc",
) -> VideoPage:
    """Videos that were made by this API, newest first unless asked otherwise; a video by itself has its receipt too."""
    if after is not None and not await is_cursor(unit, org_id=caller.org_id, video_id=after):
        raise InvalidRequest(f"there is no video {after!r} to go on after: send the `last_id` of a page", field="after")
    rows = await list_videos(unit, org_id=caller.org_id, after=after, limit=limit + 1, order=order)
    data = [summarise_video(*row) for row in rows[:limit]]
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
    openapi_extra=document_body(VideoEdit),
)
async def edit_video(
    request: Request, caller: TakesCaller, database: DatabaseOf, queue: Queue, key: IdempotencyKey
) -> Response:
    """Play one of our videos again by another prompt: same cast, staging and seed."""
    sent = await read_body(request)
    asked = understand(VideoEdit, sent)
    source = read_video_id(asked.video)
    digest = digest_of("POST /v1/videos/edits", sent)
    return await _remake(database, queue, caller, source, asked, key, digest)


@router.post(
    "/videos/extensions",
    response_model=VideoView,
    dependencies=[Depends(check_capacity)],
    responses=wire_problems(*_SUBMITTING, ModelCannot),
    openapi_extra=document_body(VideoExtend),
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
        database,
        queue,
        caller,
        source,
        asked,
        key,
        digest,
        openings=openings,
        seconds=asked.seconds,
        dialogue=[],
    )


@router.get("/videos/{video_id}", responses=wire_problems(NotFound, InvalidRequest))
async def get_video(video_id: VideoId, caller: TakesCaller, unit: ReadUnit, response: Response) -> VideoView:
    """A video as it stands; once completed with its identity report and its receipt."""
    response.headers.update(POLLING)
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


@router.post(
    "/videos/{video_id}/remix",
    response_model=VideoView,
    dependencies=[Depends(check_capacity)],
    responses=wire_problems(*_SUBMITTING),
    openapi_extra=document_body(VideoRemix),
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
    return await _remake(database, queue, caller, video_id, asked, key, digest)


@router.post("/videos/{video_id}/cancel", responses=wire_problems(NotFound, TakeEnded, InvalidRequest))
async def cancel_video(video_id: VideoId, caller: TakesCaller, unit: Unit) -> VideoView:
    """Cancel a video: one that waits ends at once, one that renders within a step. Cancelling twice is fine."""
    video, take = await find_video(unit, org_id=caller.org_id, video_id=video_id)
    return show_video(video, await cancel_take(unit, org_id=caller.org_id, take_id=take.id))


def _reply(view: VideoView) -> JSONResponse:
    return JSONResponse(view.model_dump(mode="json"), headers=POLLING)


async def _remake(
    database: Database,
    queue: TakeQueue,
    caller: Caller,
    source_id: str,
    asked: VideoRemix,
    key: Repetition,
    digest: str,
    **changed: Any,  # noqa: ANN401 (of `_make_again`)
) -> Response:
    async with database.write(org_id=caller.org_id) as session:
        if asked.dry_run:
            async with taken_back(session):
                return _reply(await _make_again(session, queue, caller.org_id, source_id, asked.prompt, **changed))
        before = await find_reply(session, org_id=caller.org_id, key=key, digest=digest)
        if before is not None:
            return before.replay(POLLING)
        view = await _make_again(session, queue, caller.org_id, source_id, asked.prompt, **changed)
        await keep(session, org_id=caller.org_id, key=key, digest=digest, status=200, body=view)
    return _reply(view)


async def _make_again(
    session: AsyncSession,
    queue: TakeQueue,
    org_id: str,
    source_id: str,
    prompt: str,
    openings: Mapping[str, Opening] = NONE,
    **changed: Any,  # noqa: ANN401 (fields of TakeCreate)
) -> VideoView:
    source, take = await find_video(session, org_id=org_id, video_id=source_id)
    again: TakeCreate = take_again(RenderRequest.model_validate(take.request), prompt, **changed)
    made = await make_video(
        session, queue, org_id=org_id, take=again, prompt=prompt, remixed_from_id=source.id, openings=openings
    )
    return show_video(*made)
