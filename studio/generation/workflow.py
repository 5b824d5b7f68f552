"""The durable workflow of a take, on the product's own database: DBOS owns who runs what, and when it runs again.

A take is enqueued in the transaction that stores it, under the take's id. The queue is partitioned by organisation and
visits them in random order, so one that floods it delays itself. The workflow's arguments and results are two ids and
a word: no link, no request, nothing that could go stale in a checkpoint.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import ModelCard, known_models
from storage.queries.durable import count_waiting_workflows
from storage.queries.takes import list_unfinished_takes
from storage.queries.tenants import each_tenant
from storage.unit import Database
from studio.generation.attempt import Outcome
from studio.generation.queue_polling import at_work, launch_dbos, look_after_commit, register_queue
from studio.http.ids import new_id
from studio.organisations.plans import PLANS, plan_of

log = structlog.get_logger(__name__)

Drain = Callable[[], Awaitable[None]]
TryTake = Callable[[str, str, Callable[[], None]], Awaitable[Outcome]]

APPLICATION = "dramatis"
# Raise it when a change to `render_take` cannot continue workflows that an older one began.
WORKFLOW_VERSION = "1"
EXECUTOR = "studio"
QUEUE = "takes"
WORKFLOW = "render_take"
WAITING = ("ENQUEUED", "DELAYED")
POLL_S = 0.1  # while there is something to do
LOOK_EVERY_S = 1.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0

# DBOS is one to a process, and so are what its workflows call and the ones that run.
_try_take: TryTake | None = None
_slots = asyncio.Semaphore(1)
_running: set[asyncio.Task[None]] = set()


class TakeQueue:
    """The queue of takes: enqueues within a caller's transaction, runs workflows while launched.

    `concurrency`: takes that are tried at a time; as many again may have made room already, and come to their end.
    `models_dir`: where pulled models lie, which takes may ask for beside what is built in.
    `most_waiting`: with so many takes in it, of all organisations, it is full. `as_here`: the models' cards with the
    seconds of this machine.
    """

    def __init__(
        self,
        database: Database,
        concurrency: int,
        models_dir: Path | None = None,
        most_waiting: int = 50_000,
        as_here: Callable[[dict[str, ModelCard]], dict[str, ModelCard]] = lambda cards: cards,
    ) -> None:
        self._models_dir = models_dir
        self._database = database
        self._concurrency, self._at_work = concurrency, 2 * concurrency
        self.remote: dict[str, ModelCard] = {}  # models that another server renders
        self._as_here = as_here
        self._most_waiting = most_waiting
        self._looked_at, self._full = -math.inf, False
        self._client: DBOSClient | None = None
        self._drain: Drain | None = None

    @property
    def models(self) -> dict[str, ModelCard]:
        """What can be rendered here, by name: looked up anew, for a model may be pulled or removed meanwhile."""
        return self._as_here(known_models(self._models_dir)) | self.remote

    async def launch(self, try_take: TryTake, drain: Drain | None = None) -> None:
        """Begin to run takes, those first that a former process left unfinished. Call inside the running loop.

        `drain`: what lets those that run stop where they can go on from, before they are cancelled.
        """
        global _try_take, _slots
        if _try_take is not None:
            raise RuntimeError("one process runs one queue of takes")
        _try_take, _slots = try_take, asyncio.Semaphore(self._concurrency)
        self._drain = drain
        config = DBOSConfig(
            name=APPLICATION,
            system_database_url=self._database.sync_url,
            application_version=WORKFLOW_VERSION,
            executor_id=EXECUTOR,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
        )
        launch_dbos(config)
        for name, running in self._queues().items():
            await register_queue(
                name,
                worker_concurrency=self._at_work,
                partition_worker_concurrency=running,
                polling_interval_sec=POLL_S,
            )
        self._client = DBOSClient(
            system_database_url=self._database.sync_url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )

    def _queues(self) -> dict[str, int]:
        """By name, how many takes of one organisation each runs at a time: a queue for every plan that has fewer
        than the studio as a whole, so that one organisation cannot hold every slot."""
        fewer = {plan.running_jobs for plan in PLANS.values() if plan.running_jobs < self._at_work}
        return {QUEUE: self._at_work} | {f"{QUEUE}-{running}": running for running in sorted(fewer)}

    async def _queue_of(self, session: AsyncSession, org_id: str) -> str:
        name = f"{QUEUE}-{(await plan_of(session, org_id=org_id)).running_jobs}"
        return name if name in self._queues() else QUEUE

    async def is_full(self) -> bool:
        """Whether as many takes wait as are accepted; looked up at most once a second."""
        if self._client is not None and time.monotonic() - self._looked_at > LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            async with self._database.read() as session:
                self._full = await count_waiting_workflows(session, most=self._most_waiting) >= self._most_waiting
        return self._full

    async def adopt_orphans(self) -> int:
        """Give a workflow to every unfinished take that has none which will run; returns how many there were.

        There are none unless a workflow broke, or was begun under another WORKFLOW_VERSION.
        """
        unfinished: list[tuple[str, str]] = []
        async with self._database.read() as session:
            async for org_id in each_tenant(session):
                unfinished += [(org_id, take.id) for take in await list_unfinished_takes(session, org_id=org_id)]
        orphans = [ids for ids in unfinished if not await _will_run(ids[1], self._queues())]
        for org_id, take_id in orphans:
            log.warning("take_adopted", take_id=take_id)
            async with self._database.write(org_id=org_id) as session:
                await self.enqueue(session, org_id=org_id, take_id=take_id, workflow_id=new_id("wf"))
        return len(orphans)

    async def enqueue(
        self, session: AsyncSession, *, org_id: str, take_id: str, workflow_id: str | None = None
    ) -> None:
        """Within the caller's transaction: it commits with the take or not at all."""
        client = self._client
        if client is None:
            raise RuntimeError("the queue is not launched")
        queue_name = await self._queue_of(session, org_id)
        await look_after_commit(session, queue_name)
        connection = await session.connection()
        await connection.run_sync(
            lambda sync: client.enqueue_in_transaction(
                sync,
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": queue_name,
                    "workflow_id": workflow_id or take_id,
                    "queue_partition_key": org_id,
                },
                org_id,
                take_id,
            )
        )

    async def close(self) -> None:
        """Stop running takes; what is unfinished is taken up again by the next launch."""
        global _try_take
        _try_take = None
        if self._drain is not None:
            await self._drain()
        while _running:
            for task in _running:
                task.cancel()
            await asyncio.wait(_running)
        if self._client is not None:
            await asyncio.to_thread(self._client.destroy)
        with ThreadPoolExecutor(1) as thread:
            await asyncio.get_running_loop().run_in_executor(thread, DBOS.destroy)
        # DBOS made its own pool the loop's default and has just shut it down.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


async def _will_run(take_id: str, queues: Collection[str]) -> bool:
    """Whether the take's own workflow waits in one of the queues, runs, or is taken up again by this version."""
    status = await DBOS.get_workflow_status_async(take_id)
    if status is None:
        return False
    if status.status in WAITING:
        return status.queue_name in queues
    return bool(status.status == "PENDING" and status.app_version == WORKFLOW_VERSION)


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)  # type: ignore[untyped-decorator]  # dbos is not followed
async def render_take(org_id: str, take_id: str) -> None:
    """Try until the take has ended; how often it may be tried is the attempts' business."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a workflow runs in a task")
    _running.add(task)
    try:
        with at_work():
            pause_s = FIRST_PAUSE_S
            while (outcome := await attempt_take(org_id, take_id)) != "settled":
                if outcome == "retry":
                    await DBOS.sleep_async(pause_s)
                    pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
    finally:
        _running.discard(task)


class _Slot:
    """One of `slots`, left at the end of the block or before."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots, self._held = slots, False

    async def __aenter__(self) -> _Slot:
        await self._slots.acquire()
        self._held = True
        return self

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._slots.release()

    async def __aexit__(self, *_: object) -> None:
        self.leave()


@DBOS.step(name="attempt_take")  # type: ignore[untyped-decorator]  # dbos is not followed
async def attempt_take(org_id: str, take_id: str) -> Outcome:
    """One attempt, at least once: a crash in it means another attempt, under another number."""
    if _try_take is None:  # this process is closing: left as it is, the workflow is taken up by the next one
        raise asyncio.CancelledError
    async with _Slot(_slots) as slot:  # shared by the queues; a take that waits here still counts as queued
        return await _try_take(org_id, take_id, slot.leave)
