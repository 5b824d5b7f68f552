"""Which of an organisation's waiting takes are let into the durable queues.

Takes wait in `takes`, in their organisation's own order. Only their heads are *released* into the queues of nodes: so
few that one organisation cannot fill those queues, and never more, with those that render, than its plan may have
running, on all nodes together: they are counted in units that hold the organisation.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.releases import count_released, list_unreleased
from studio.organisations.plans import plan_of
from studio.queue.durable import RENDER_TAKE, enqueue, queue_of

MOST_HEADS = 4  # released ones that no node has taken up


async def release_takes(session: AsyncSession, *, org_id: str) -> None:
    """Release what may be released now. Call it in every unit that submits, begins, ends or cancels a take."""
    plan = await plan_of(session, org_id=org_id)
    released = await count_released(session, org_id=org_id)
    room = min(plan.running_jobs - released.running - released.heads, MOST_HEADS - released.heads)
    if room <= 0:
        return
    for take in await list_unreleased(session, org_id=org_id, limit=room):
        await release_take(session, org_id=org_id, take_id=take.id, model=take.model)


async def release_take(session: AsyncSession, *, org_id: str, take_id: str, model: str) -> None:
    """Its workflow has the take's own id."""
    await enqueue(
        session, workflow=RENDER_TAKE, workflow_id=take_id, queue=queue_of(model), arguments=(org_id, take_id)
    )
