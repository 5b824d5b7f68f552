"""What was running on machines that are no more goes on elsewhere: once, and from its checkpoint where it has one.

Its attempt is fenced and its workflow put back into its queue in one unit, by compare-and-set, while the tenant is
held. A machine that was thought to be dead and comes back changes nothing: it can begin no attempt, for the workflow
has another owner; it cannot settle, for its attempt is over; and the durable engine refuses what else it writes.
"""

from __future__ import annotations

from collections.abc import Collection

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.durable import Abandoned, hand_on, list_abandoned
from storage.queries.takes import fence_attempt, get_take
from storage.retry import retried
from storage.unit import Database
from studio.queue.durable import (
    CUTS,
    DELIVER_WEBHOOK,
    MAILS,
    MAKE_CUT,
    READ_PROMPT,
    RENDER_TAKE,
    SEND_MAIL,
    WEBHOOKS,
    queue_of,
)
from studio.queue.polling import look_after_commit

log = structlog.get_logger(__name__)

_QUEUES = {MAKE_CUT: CUTS, DELIVER_WEBHOOK: WEBHOOKS, SEND_MAIL: MAILS}


async def take_over(database: Database, *, alive: Collection[str]) -> int:
    """Hand on what runs in executors other than `alive`; returns how many workflows that were."""
    async with database.read() as session:
        abandoned = await list_abandoned(session, alive=alive)
    return sum([await _hand_on(database, one) for one in abandoned])


@retried
async def _hand_on(database: Database, one: Abandoned) -> bool:
    async with database.write(org_id=one.arguments[0] or None) as session:
        queue = await _queue_of(session, one)
        if not await hand_on(session, workflow_id=one.workflow_id, executor=one.executor, queue=queue):
            return False
        if one.name == RENDER_TAKE:
            await fence_attempt(session, org_id=one.arguments[0], take_id=one.arguments[1])
        await look_after_commit(session, queue)
    log.warning("work_taken_over", workflow=one.workflow_id, executor=one.executor, queue=queue)
    return True


async def _queue_of(session: AsyncSession, one: Abandoned) -> str:
    if one.name == READ_PROMPT:
        return one.arguments[2]
    if one.name != RENDER_TAKE:
        return _QUEUES[one.name]
    org_id, take_id = one.arguments
    take = await get_take(session, org_id=org_id, take_id=take_id)
    return queue_of(take.model, take.pool) if take is not None else queue_of("none")
