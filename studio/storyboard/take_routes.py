"""Takes of shots over HTTP: rendered, listed, circled, remarked on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.shot_takes import circle_take, is_take_of_shot
from storage.unit import taken_back
from studio.auth.caller import ProjectsCaller, TakesCaller
from studio.auth.unit import ReadUnit, Unit
from studio.billing.spending import UNPAID
from studio.characters.consent import ConsentRequired
from studio.generation.prompt_notes import read_prompt
from studio.generation.refusals import RequestUnrenderable
from studio.generation.routes import NOTHING_KEPT, NoRoom, PromptReaderOf, Queue, TakeId, check_capacity
from studio.generation.schemas import EstimateView
from studio.generation.take_queue import TakeQueue
from studio.generation.together_schemas import EstimatesView
from studio.http.dependencies import DatabaseOf
from studio.http.errors import NotFound, problems
from studio.http.idempotency import IdempotencyKey, KeyReused, StillRunning, find_reply, keep, request_digest
from studio.organisations.suspension import OrganisationSuspended
from studio.storyboard.board import open_board_of_scene, open_board_of_shot
from studio.storyboard.board_view import view_shot, view_takes_of_shot
from studio.storyboard.editing import tell_change
from studio.storyboard.notes import add_note, erase_note, view_notes
from studio.storyboard.rendering import estimate_scene, estimate_shot, take_scene, take_shot
from studio.storyboard.routes import SceneId, ShotId
from studio.storyboard.schemas import (
    CircleAsked,
    NoteCreate,
    NoteList,
    NoteView,
    SceneTakesAsked,
    SceneTakesView,
    ShotChange,
    ShotTakeList,
    ShotView,
    TakesAsked,
    TakesSubmitted,
)

router = APIRouter(tags=["storyboard"])
NoteId = Annotated[str, Path(max_length=40, examples=["not_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
_SUBMITTING = problems(
    NotFound, ConsentRequired, RequestUnrenderable, KeyReused, StillRunning, NoRoom, OrganisationSuspended, *UNPAID
)


@router.get("/v1/shots/{shot_id}/takes", responses=problems(NotFound))
async def list_shot_takes(shot_id: ShotId, caller: ProjectsCaller, unit: ReadUnit) -> ShotTakeList:
    """Every take of a shot, newest first; the best by score is suggested, never chosen."""
    board = await open_board_of_shot(unit, org_id=caller.org_id, shot_id=shot_id)
    return ShotTakeList(data=await view_takes_of_shot(unit, board, board.shot(shot_id)))


@router.post("/v1/shots/{shot_id}/estimate", name="estimate_shot", responses=problems(NotFound))
async def estimate_one_shot(
    shot_id: ShotId, asked: ShotChange, caller: TakesCaller, database: DatabaseOf, queue: Queue, reader: PromptReaderOf
) -> EstimateView:
    """Check the shot, changed so, as if it were rendered: what would be refused, how long it takes, what of the prompt
    is left aside. Nothing is kept."""
    async with database.read(org_id=caller.org_id) as session:
        board = await open_board_of_shot(session, org_id=caller.org_id, shot_id=shot_id)
        shot = board.shot(shot_id)
        estimated = await estimate_shot(
            session, await queue.models(caller.org_id), board=board, shot=shot, change=asked
        )
    return estimated.view.model_copy(update=await read_prompt(reader, estimated, org_id=caller.org_id))


@router.post(
    "/v1/shots/{shot_id}/takes",
    status_code=201,
    response_model=TakesSubmitted,
    dependencies=[Depends(check_capacity)],
    responses={200: {"model": TakesSubmitted, "description": NOTHING_KEPT}, **_SUBMITTING},
)
async def create_shot_takes(
    shot_id: ShotId,
    asked: TakesAsked,
    caller: TakesCaller,
    unit: Unit,
    queue: Queue,
    key: IdempotencyKey,
) -> Response:
    """Render a shot: one take, or up to four variations. All are accepted, or none. `dry_run`: none is kept."""
    if asked.dry_run:
        async with taken_back(unit):
            tried = await _take_shot(unit, queue, caller.org_id, shot_id, asked)
        return JSONResponse(tried.model_dump(mode="json"), 200)
    digest = request_digest(f"POST /v1/shots/{shot_id}/takes", asked)
    before = await find_reply(unit, org_id=caller.org_id, key=key, digest=digest)
    if before is not None:
        return before.replay()
    view = await _take_shot(unit, queue, caller.org_id, shot_id, asked)
    await keep(unit, org_id=caller.org_id, key=key, digest=digest, status=201, body=view)
    return JSONResponse(view.model_dump(mode="json"), 201)


async def _take_shot(
    unit: AsyncSession, queue: TakeQueue, org_id: str, shot_id: str, asked: TakesAsked
) -> TakesSubmitted:
    board = await open_board_of_shot(unit, org_id=org_id, shot_id=shot_id)
    shot = board.shot(shot_id)
    take_ids = await take_shot(unit, queue, board=board, shot=shot, count=asked.count, pool=asked.pool)
    return TakesSubmitted(data=await view_takes_of_shot(unit, board, shot, take_ids=take_ids))


@router.post("/v1/scenes/{scene_id}/estimate", name="estimate_scene", responses=problems(NotFound))
async def estimate_one_scene(
    scene_id: SceneId, caller: TakesCaller, database: DatabaseOf, queue: Queue
) -> EstimatesView:
    """What rendering the scene would bring: one take of each shot, priced together. Nothing is kept."""
    async with database.read(org_id=caller.org_id) as session:
        board = await open_board_of_scene(session, org_id=caller.org_id, scene_id=scene_id)
        board.scene(scene_id)
        return await estimate_scene(session, await queue.models(caller.org_id), board=board, scene_id=scene_id)


@router.post(
    "/v1/scenes/{scene_id}/takes",
    status_code=201,
    response_model=SceneTakesView,
    dependencies=[Depends(check_capacity)],
    responses={
        200: {"model": SceneTakesView, "description": NOTHING_KEPT},
        **problems(NotFound, KeyReused, StillRunning, NoRoom),
    },
)
async def create_scene_takes(
    scene_id: SceneId,
    caller: TakesCaller,
    unit: Unit,
    queue: Queue,
    key: IdempotencyKey,
    asked: SceneTakesAsked | None = None,
) -> Response:
    """Render a scene: one take of each shot that can be rendered, and why the others cannot. `dry_run`: none stays."""
    if asked is not None and asked.dry_run:
        async with taken_back(unit):
            tried = await _take_scene(unit, queue, caller.org_id, scene_id)
        return JSONResponse(tried.model_dump(mode="json"), 200)
    digest = request_digest(f"POST /v1/scenes/{scene_id}/takes", TakesAsked())
    before = await find_reply(unit, org_id=caller.org_id, key=key, digest=digest)
    if before is not None:
        return before.replay()
    view = await _take_scene(unit, queue, caller.org_id, scene_id)
    await keep(unit, org_id=caller.org_id, key=key, digest=digest, status=201, body=view)
    return JSONResponse(view.model_dump(mode="json"), 201)


async def _take_scene(unit: AsyncSession, queue: TakeQueue, org_id: str, scene_id: str) -> SceneTakesView:
    board = await open_board_of_scene(unit, org_id=org_id, scene_id=scene_id)
    board.scene(scene_id)
    taken, refusals = await take_scene(unit, queue, board=board, scene_id=scene_id)
    views = [
        view
        for shot_id, take_ids in taken.items()
        for view in await view_takes_of_shot(unit, board, board.shot(shot_id), take_ids=take_ids)
    ]
    return SceneTakesView(data=views, refusals=refusals)


@router.put("/v1/shots/{shot_id}/circled", name="circle_take", responses=problems(NotFound))
async def put_circled(shot_id: ShotId, asked: CircleAsked, caller: ProjectsCaller, unit: Unit) -> ShotView:
    """Choose a take of the shot, or none. It is no edit of the board: an undo does not touch it."""
    board = await open_board_of_shot(unit, org_id=caller.org_id, shot_id=shot_id)
    shot = board.shot(shot_id)
    if asked.take_id is not None and not await is_take_of_shot(
        unit, org_id=caller.org_id, shot_id=shot_id, take_id=asked.take_id
    ):
        raise NotFound(f"the shot has no take {asked.take_id}")
    await circle_take(unit, shot=shot, take_id=asked.take_id)
    view = await view_shot(unit, board, shot_id)
    await tell_change(unit, board.project)
    return view


@router.get("/v1/takes/{take_id}/notes", responses=problems(NotFound))
async def list_notes(take_id: TakeId, caller: ProjectsCaller, unit: ReadUnit) -> NoteList:
    """Remarks about frames of a take."""
    return NoteList(data=await view_notes(unit, org_id=caller.org_id, take_id=take_id))


@router.post("/v1/takes/{take_id}/notes", status_code=201, responses=problems(NotFound))
async def create_note(take_id: TakeId, asked: NoteCreate, caller: ProjectsCaller, unit: Unit) -> NoteView:
    """Remark on one frame of a take."""
    return await add_note(unit, caller=caller, take_id=take_id, asked=asked)


@router.delete("/v1/takes/{take_id}/notes/{note_id}", status_code=204, responses=problems(NotFound))
async def delete_note(take_id: TakeId, note_id: NoteId, caller: ProjectsCaller, unit: Unit) -> None:
    """Delete a remark."""
    await erase_note(unit, org_id=caller.org_id, take_id=take_id, note_id=note_id)
