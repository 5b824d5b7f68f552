"""An organisation's queue over HTTP: its order is its own business, what it waits for is everybody's."""

from __future__ import annotations

from fastapi import APIRouter

from studio.auth.caller import TakesCaller
from studio.auth.unit import Unit
from studio.generation.queue_order import (
    TakeNotWaiting,
    move_take_after,
    pause_queue,
    prioritise_take,
    view_queue,
)
from studio.generation.queue_schemas import QueueView, TakeChange, TakeMove
from studio.generation.routes import TakeId
from studio.generation.schemas import TakeView
from studio.generation.take_views import view_takes
from studio.http.dependencies import DatabaseOf
from studio.http.errors import NotFound, problems

router = APIRouter(tags=["takes"])


@router.get("/v1/queue", name="list_queue")
async def get_queue(caller: TakesCaller, database: DatabaseOf) -> QueueView:
    """What waits, in the order in which it is begun, with places and ETAs."""
    async with database.look(org_id=caller.org_id) as session:
        return await view_queue(session, org_id=caller.org_id)


@router.post("/v1/queue/pause", name="pause_queue")
async def pause(caller: TakesCaller, unit: Unit) -> QueueView:
    """Begin no more takes until the queue is resumed. What renders goes on; takes can be submitted all the same."""
    await pause_queue(unit, org_id=caller.org_id, paused=True)
    return await view_queue(unit, org_id=caller.org_id)


@router.post("/v1/queue/resume", name="resume_queue")
async def resume(caller: TakesCaller, unit: Unit) -> QueueView:
    """Begin takes again, from the place that the organisation had among others."""
    await pause_queue(unit, org_id=caller.org_id, paused=False)
    return await view_queue(unit, org_id=caller.org_id)


@router.post("/v1/takes/{take_id}/move", name="move_take", responses=problems(NotFound, TakeNotWaiting))
async def move(take_id: TakeId, asked: TakeMove, caller: TakesCaller, unit: Unit) -> TakeView:
    """Put a waiting take right after another one, or first of all, within the organisation's queue."""
    take = await move_take_after(unit, org_id=caller.org_id, take_id=take_id, after=asked.after)
    (view,) = await view_takes(unit, org_id=caller.org_id, takes=[take])
    return view


@router.patch("/v1/takes/{take_id}", name="change_take", responses=problems(NotFound, TakeNotWaiting))
async def change(take_id: TakeId, asked: TakeChange, caller: TakesCaller, unit: Unit) -> TakeView:
    """Change a waiting take's priority."""
    take = await prioritise_take(unit, org_id=caller.org_id, take_id=take_id, priority=asked.priority)
    (view,) = await view_takes(unit, org_id=caller.org_id, takes=[take])
    return view
