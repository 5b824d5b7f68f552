"""That each try of a delivery is made: a durable workflow a try, in a queue of their own.

A try is enqueued in the transaction that asks for it: with the delivery itself, with the record of the try that
failed, or with a replay. A process that dies amid one leaves it to the next, which sends the same message once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from dbos import DBOS
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.webhook_deliveries import schedule_delivery
from studio.http.ids import new_id
from studio.queue.durable import DELIVER_WEBHOOK, WEBHOOKS, enqueue
from studio.queue.executor import Executor
from studio.queue.running import Running

AT_A_TIME = 128
POLL_S = 0.1
TryDelivery = Callable[[str, str, str], Awaitable[None]]

# DBOS is one to a process, and so are what its workflows call and the ones that run.
_try_delivery: TryDelivery | None = None
_running = Running()


class DeliveryRunner:
    """Makes tries in this process while it is launched. Close it before its executor."""

    def __init__(self, executor: Executor, try_delivery: TryDelivery) -> None:
        self._executor = executor
        self._try = try_delivery

    async def launch(self) -> None:
        """Begin; the executor is launched."""
        global _try_delivery
        _try_delivery = self._try
        await self._executor.listen(WEBHOOKS, at_a_time=AT_A_TIME, poll_s=POLL_S)

    async def close(self) -> None:
        """Stop: a request under way is cut off, and made again by whoever is next."""
        global _try_delivery
        _try_delivery = None
        await _running.cancel()


async def schedule_try(
    session: AsyncSession, *, org_id: str, delivery_id: str, attempts: int, pause: timedelta = timedelta(0)
) -> None:
    """Within the caller's transaction: this delivery is tried once more after `pause`, and by nothing else."""
    job_id = new_id("job")
    await schedule_delivery(
        session, org_id=org_id, delivery_id=delivery_id, job_id=job_id, attempts=attempts, pause=pause
    )
    await enqueue_try(session, org_id=org_id, delivery_id=delivery_id, job_id=job_id, pause=pause)


async def enqueue_try(
    session: AsyncSession, *, org_id: str, delivery_id: str, job_id: str, pause: timedelta = timedelta(0)
) -> None:
    """The workflow of a try that the delivery's row names already."""
    await enqueue(
        session,
        workflow=DELIVER_WEBHOOK,
        workflow_id=job_id,
        queue=WEBHOOKS,
        arguments=(org_id, delivery_id),
        delay_s=pause.total_seconds(),
    )


@DBOS.workflow(name=DELIVER_WEBHOOK, max_recovery_attempts=None)  # type: ignore[untyped-decorator]  # dbos is not followed
async def deliver_webhook(org_id: str, delivery_id: str) -> None:
    """One try."""
    with _running.counted():
        await try_delivery(org_id, delivery_id)


@DBOS.step(name="try_delivery")  # type: ignore[untyped-decorator]  # dbos is not followed
async def try_delivery(org_id: str, delivery_id: str) -> None:
    """Made at least once: a crash in it means another one."""
    if _try_delivery is None:  # this process is closing: the workflow is taken up by the next one
        raise asyncio.CancelledError
    await _try_delivery(org_id, delivery_id, str(DBOS.workflow_id))
