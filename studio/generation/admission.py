"""Whether a take may join the queue: its organisation's plan, and the studio as a whole."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.standing import count_queued
from studio.http.errors import StudioError
from studio.organisations.plans import MOST_QUEUED, plan_of
from studio.organisations.storage_limit import check_storage
from studio.organisations.suspension import refuse_suspended


class QueueLimitReached(StudioError):
    """The organisation has as many takes waiting as its plan allows."""

    status = 429
    code = "queue_limit_reached"
    waiting_helps = True


class StudioFull(StudioError):
    """The studio has as many takes waiting as it accepts."""

    status = 503
    code = "studio_full"
    waiting_helps = True


async def admit_take(session: AsyncSession, *, org_id: str) -> None:
    """Raises OrganisationSuspended, QueueLimitReached, StorageFull. The unit holds the organisation: two never count
    the same."""
    queued = await count_queued(session, org_id=org_id, at_most=MOST_QUEUED)  # first: it brings what the others ask
    await refuse_suspended(session, org_id=org_id)
    plan = await plan_of(session, org_id=org_id)
    if queued >= plan.queued_jobs:
        words = f"{plan.queued_jobs} takes wait already (plan {plan.name}): wait for one to begin, or cancel some"
        raise QueueLimitReached(words, headers={"Retry-After": "15"}, limit=plan.queued_jobs)
    await check_storage(session, org_id=org_id)
