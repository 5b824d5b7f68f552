"""The durable workflow of a take, where it is run: on a machine with an engine.

It tries until the take has ended. A take's workflow has the take's id, and is enqueued when the take is released
(`queue/release.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog
from dbos import DBOS
from dbos._context import current_owner_xid

from storage.queries.durable import forget_waiting, forget_workflow
from storage.queries.releases import list_orphans
from storage.queries.tenants import each_tenant
from storage.unit import Database
from studio.generation.attempt import Outcome
from studio.queue.durable import RENDER_TAKE, SHARED, TAKES, queue_of
from studio.queue.executor import Executor
from studio.queue.release import release_take, repair_heads
from studio.queue.running import Running

log = structlog.get_logger(__name__)

Drain = Callable[[], Awaitable[None]]
TryTake = Callable[[str, str, str, Callable[[], None]], Awaitable[Outcome]]

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
MANY = 100_000

# DBOS is one to a process, and so are what its workflows call and the ones that run.
_runner: TakeRunner | None = None
_running = Running()


class TakeRunner:
    """Runs takes in this process while it is launched, as many as the executor has slots for.

    `try_take`: given organisation, take, the token of whoever owns its workflow, and what makes room for another one.
    `drain`: lets those that run stop where they can go on from.
    """

    def __init__(self, executor: Executor, try_take: TryTake, drain: Drain) -> None:
        self.executor = executor
        self.try_take = try_take
        self._drain = drain
        self.queues: set[tuple[str, str]] = set()  # model and pool of those that are listened to

    def launch(self) -> None:
        """Begin to run takes; `executor.launch` comes after it."""
        global _runner
        if _runner is not None:
            raise RuntimeError("one process runs one queue of takes")
        _runner = self

    async def listen(self, models: Iterable[str], pool: str = SHARED) -> None:
        """Take up what waits for these models, too."""
        wanted = {(model, pool) for model in models}
        self.queues |= wanted
        await self.executor.listen(*(queue_of(*each) for each in sorted(wanted)))

    async def close(self) -> None:
        """Stop running takes; what is unfinished is taken up again by the next launch, or elsewhere."""
        global _runner
        _runner = None
        self.executor.stop_claiming("it is stopping")
        await self._drain()
        await _running.cancel()


async def leave_former_queues(database: Database) -> None:
    """What an older version put into queues that are no more waits for its release anew.

    Not only at a start: a replica of that version may accept takes until it is replaced, too.
    """
    async with database.write() as session:
        await forget_waiting(session, workflow=RENDER_TAKE, outside=f"{TAKES}/")


async def adopt_orphans(database: Database) -> int:
    """Give a workflow to every take that renders, as it says, and has none which will run: its own one broke.

    Releases what waits, too; returns how many orphans there were.
    """
    await leave_former_queues(database)
    async with database.read() as session:
        tenants = [org_id async for org_id in each_tenant(session)]
    adopted = 0
    for org_id in tenants:
        async with database.write(org_id=org_id) as session:
            for take in await list_orphans(session, org_id=org_id, limit=MANY):
                log.warning("take_adopted", take_id=take.id)
                await forget_workflow(session, workflow_id=take.id)
                await release_take(session, org_id=org_id, take_id=take.id, model=take.model, pool=take.pool)
                adopted += 1
            await repair_heads(session, org_id=org_id)
    return adopted


@DBOS.workflow(name=RENDER_TAKE, max_recovery_attempts=None)  # type: ignore[untyped-decorator]  # dbos is not followed
async def render_take(org_id: str, take_id: str) -> None:
    """Try until the take has ended; how often it may be tried is the attempts' business."""
    runner = _runner
    if runner is None:  # this process is closing: left as it is, the workflow is taken up again
        raise asyncio.CancelledError
    slots = runner.executor.slots
    slots.begin(take_id)
    try:
        with _running.counted():
            pause_s = FIRST_PAUSE_S
            while (outcome := await attempt_take(org_id, take_id)) != "settled":
                if outcome == "retry":
                    await DBOS.sleep_async(pause_s)
                    pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
    finally:
        slots.end(take_id)


@DBOS.step(name="attempt_take")  # type: ignore[untyped-decorator]  # dbos is not followed
async def attempt_take(org_id: str, take_id: str) -> Outcome:
    """One attempt, at least once: a crash in it means another attempt, under another number."""
    runner, token = _runner, current_owner_xid(take_id)
    if runner is None or token is None:
        raise asyncio.CancelledError
    slots = runner.executor.slots
    await slots.hold(take_id)
    try:
        outcome = await runner.try_take(org_id, take_id, token, lambda: slots.leave(take_id))
    finally:
        slots.leave(take_id)
    if outcome == "elsewhere":  # nothing more may be written for it here
        raise asyncio.CancelledError
    return outcome
