"""Takes and models over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.shown_takes import list_takes
from storage.queries.takes import list_attempts
from storage.tables.takes import TakeState
from storage.unit import taken_back
from studio.auth.caller import Caller, TakesCaller, admit
from studio.auth.unit import ReadUnit, Unit
from studio.billing.spending import UNPAID
from studio.characters.consent import ConsentRequired
from studio.embedded.folder import FolderFull, check_room
from studio.generation.admission import StudioFull
from studio.generation.estimates import estimate_take
from studio.generation.prompt_notes import ReaderFor, read_prompt
from studio.generation.refusals import RequestUnrenderable
from studio.generation.schemas import (
    EstimateView,
    TakeCreate,
    TakeSubmitted,
    TakeSummary,
    TakeView,
    Variant,
)
from studio.generation.settlement import preview_key
from studio.generation.take_queue import TakeQueue
from studio.generation.take_views import summarise_takes, view_shown, view_takes
from studio.generation.takes import (
    TakeEnded,
    cancel_take,
    check_consent,
    find_file,
    find_shown_take,
    find_take,
    name_file,
    submit_take,
)
from studio.generation.together import estimate_together
from studio.generation.together_schemas import EstimatesAsked, EstimatesView
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import NotFound, StudioError, problems
from studio.http.idempotency import IdempotencyKey, KeyReused, StillRunning, find_reply, keep, request_digest
from studio.http.openapi import followed
from studio.http.pagination import AskedPage, Page, cut_page
from studio.organisations.suspension import OrganisationSuspended

router = APIRouter(tags=["takes"])

TakeId = Annotated[str, Path(max_length=40, examples=["take_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
FILENAMES: dict[Variant, str] = {
    "video": "mp4",
    "thumbnail": "webp",
    "sprite": "jpg",
    "motion": "safetensors",
}
NOTHING_KEPT = "What it would be: nothing was kept (`dry_run`)."
CONTENT_TYPES = ("video/mp4", "image/webp", "image/jpeg", "application/octet-stream")


async def get_queue(request: Request) -> TakeQueue:
    """The queue that the application was started with, as the caller sees it."""
    queue: TakeQueue = request.app.state.queue
    return queue if (await admit(request)).livemode else queue.in_test_mode


class NoRoom(StudioError):
    """The studio's disk is nearly full."""

    status = 507
    code = "no_room"


async def check_capacity(request: Request) -> None:
    """Refuse a take while it is still cheap. Raises NoRoom, StudioFull."""
    queue = await get_queue(request)
    if await queue.is_full():
        raise StudioFull("too many takes wait: try again in a minute", headers={"Retry-After": "60"})
    try:
        check_room(request.app.state.settings.data_dir)
    except FolderFull as error:
        raise NoRoom(str(error)) from error


async def get_prompt_reader(request: Request) -> ReaderFor | None:
    """Who can say what a prompt asks in vain: this process's engine, or nodes; None where another server renders."""
    reader: ReaderFor | None = request.app.state.prompt_reader
    return reader


Queue = Annotated[TakeQueue, Depends(get_queue)]
PromptReaderOf = Annotated[ReaderFor | None, Depends(get_prompt_reader)]


@router.post(
    "/v1/takes",
    status_code=201,
    response_model=TakeView,
    dependencies=[Depends(check_capacity)],
    responses={
        200: {"model": TakeView, "description": NOTHING_KEPT},
        **problems(
            NotFound,
            ConsentRequired,
            RequestUnrenderable,
            KeyReused,
            StillRunning,
            NoRoom,
            OrganisationSuspended,
            *UNPAID,
        ),
    },
)
async def create_take(
    asked: TakeSubmitted, caller: TakesCaller, unit: Unit, queue: Queue, key: IdempotencyKey
) -> Response:
    """Shoot a take. It is accepted whole or refused with the nearest legal values; nothing is rounded.

    Follow it at `/v1/events?take={id}`; fetch it at `/v1/takes/{id}/content` once its state is SUCCEEDED. What it may
    cost is held from now on; it is charged if it succeeds, and no more than that. `dry_run` does all of it and takes
    it back: the reply is the take as it would be, or the refusal.
    """
    if asked.dry_run:
        return JSONResponse((await _try_take(unit, queue, caller, asked)).model_dump(mode="json"), 200)
    digest = request_digest("POST /v1/takes", asked)
    before = await find_reply(unit, org_id=caller.org_id, key=key, digest=digest)
    if before is not None:
        return before.replay()
    take = await submit_take(unit, queue, org_id=caller.org_id, asked=asked)
    (view,) = await view_takes(unit, org_id=caller.org_id, takes=[take])
    await keep(unit, org_id=caller.org_id, key=key, digest=digest, status=201, body=view)
    return JSONResponse(view.model_dump(mode="json"), 201)


async def _try_take(unit: AsyncSession, queue: TakeQueue, caller: Caller, asked: TakeSubmitted) -> TakeView:
    """Submitted, looked at, and taken back."""
    async with taken_back(unit):
        take = await submit_take(unit, queue, org_id=caller.org_id, asked=asked)
        (view,) = await view_takes(unit, org_id=caller.org_id, takes=[take])
    return view


@router.post("/v1/takes/estimate", name="estimate_take")
async def estimate(
    asked: TakeCreate, caller: TakesCaller, database: DatabaseOf, queue: Queue, reader: PromptReaderOf
) -> EstimateView:
    """Check a take just as if it were submitted, and say how long it would wait and render. Nothing is kept."""
    async with database.read(org_id=caller.org_id) as session:
        estimated = await estimate_take(session, await queue.models(caller.org_id), org_id=caller.org_id, asked=asked)
    return estimated.view.model_copy(update=await read_prompt(reader, estimated, org_id=caller.org_id))


@router.post("/v1/estimates", name="estimate_takes")
async def estimate_several(
    asked: EstimatesAsked, caller: TakesCaller, database: DatabaseOf, queue: Queue
) -> EstimatesView:
    """Check and price takes as if they were submitted, and pieces, and say whether there are credits for them all."""
    async with database.read(org_id=caller.org_id) as session:
        return await estimate_together(session, await queue.models(caller.org_id), org_id=caller.org_id, asked=asked)


@router.get("/v1/takes", name="list_takes")
async def get_takes(
    caller: TakesCaller, database: DatabaseOf, page: AskedPage, state: Annotated[TakeState | None, Query()] = None
) -> Page[TakeSummary]:
    """Takes, newest first, without their receipts and the cosines of their frames: a take by itself has them."""
    async with database.look(org_id=caller.org_id) as session:
        rows = await list_takes(session, org_id=caller.org_id, after=page.after, limit=page.fetch, state=state)
        shown, more = cut_page(rows, page)
        views = await summarise_takes(session, org_id=caller.org_id, shown=shown)
    return Page[TakeSummary](data=views, has_more=more, last_id=views[-1].id if views else None)


@router.get("/v1/takes/{take_id}", responses=problems(NotFound))
async def get_take(take_id: TakeId, caller: TakesCaller, database: DatabaseOf) -> TakeView:
    """A take as it stands: state, progress, and in the end identity report, receipt and files."""
    async with database.look(org_id=caller.org_id) as session:
        shown = await find_shown_take(session, org_id=caller.org_id, take_id=take_id)
        (view,) = await view_shown(session, org_id=caller.org_id, shown=[shown])
    return view


@router.post("/v1/takes/{take_id}/cancel", name="cancel_take", responses=problems(NotFound, TakeEnded))
async def cancel_one_take(take_id: TakeId, caller: TakesCaller, unit: Unit) -> TakeView:
    """Cancel a take: one that waits ends at once, one that renders within a step. Cancelling twice is fine."""
    take = await cancel_take(unit, org_id=caller.org_id, take_id=take_id)
    (view,) = await view_takes(unit, org_id=caller.org_id, takes=[take])
    return view


@router.get(
    "/v1/takes/{take_id}/content",
    status_code=302,
    response_class=RedirectResponse,
    responses=followed("the file", *CONTENT_TYPES) | problems(NotFound, ConsentRequired),
)
async def get_take_content(
    take_id: TakeId,
    caller: TakesCaller,
    unit: ReadUnit,
    objects: ObjectsOf,
    variant: Annotated[Variant, Query(description="Which file of the take.")] = "video",
) -> str:
    """A short-lived link to one of the take's files."""
    object_key, content_type = await find_file(unit, org_id=caller.org_id, take_id=take_id, variant=variant)
    filename = await name_file(unit, org_id=caller.org_id, take_id=take_id, suffix=FILENAMES[variant])
    return objects.link_to_download(object_key, content_type=content_type, filename=filename)


@router.get(
    "/v1/takes/{take_id}/preview",
    status_code=302,
    response_class=RedirectResponse,
    responses=followed("the frame", "image/jpeg", "application/octet-stream") | problems(NotFound, ConsentRequired),
)
async def get_take_preview(
    take_id: TakeId,
    caller: TakesCaller,
    unit: ReadUnit,
    objects: ObjectsOf,
    frame: Annotated[int, Query(ge=0, lt=2**31)],
) -> str:
    """A short-lived link to one frame of a take that renders, as a `take.preview` event names it."""
    take = await find_take(unit, org_id=caller.org_id, take_id=take_id)
    await check_consent(unit, org_id=caller.org_id, take=take)
    attempts = await list_attempts(unit, org_id=caller.org_id, take_id=take_id)
    if not attempts or attempts[-1].state != "RENDERING":
        raise NotFound(f"take {take_id} does not render now")
    return objects.link_to_download(preview_key(attempts[-1].key_prefix, frame), content_type="image/jpeg")
