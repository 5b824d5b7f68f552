"""The durable workflow of a cut: DBOS owns who makes it, and when it is made again.

A cut is enqueued in the transaction that stores it. Cuts have a queue of their own, so that a film is not kept waiting
by renders; one is made at a time, at low priority, for it competes with them for the same processor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import structlog
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.cuts import list_unfinished_cuts
from storage.queries.tenants import each_tenant
from storage.unit import Database
from studio.generation.queue_polling import at_work, look_after_commit, register_queue
from studio.generation.workflow import APPLICATION, WAITING, WORKFLOW_VERSION

log = structlog.get_logger(__name__)

Outcome = Literal["settled", "retry"]
TryCut = Callable[[str, str, bool], Awaitable[Outcome]]
QUEUE = "cuts"
WORKFLOW = "make_cut"
POLL_S = 0.5
PAUSES_S = (1.0, 5.0, 20.0)  # between tries; after the last one the cut has failed

# DBOS is one to a process, and so are what its workflows call and the ones that run.
_try_cut: TryCut | None = None
_running: set[asyncio.Task[None]] = set()


class CutQueue:
    """The queue of cuts. Launch it after the queue of takes, which starts DBOS, and close it before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._client: DBOSClient | None = None

    async def launch(self, try_cut: TryCut) -> None:
        """Begin to make cuts, those first that a former process left unfinished."""
        global _try_cut
        _try_cut = try_cut
        await register_queue(QUEUE, worker_concurrency=1, partition_worker_concurrency=1, polling_interval_sec=POLL_S)
        self._client = DBOSClient(
            system_database_url=self._database.sync_url,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
        )
        await self._adopt_orphans()

    async def enqueue(self, session: AsyncSession, *, org_id: str, cut_id: str, attempt: int) -> None:
        """Within the caller's transaction: it commits with the cut or not at all. `attempt`: how many were made."""
        client = self._client
        if client is None:
            raise RuntimeError("the queue is not launched")
        await look_after_commit(session, QUEUE)
        connection = await session.connection()
        await connection.run_sync(
            lambda sync: client.enqueue_in_transaction(
                sync,
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": QUEUE,
                    "workflow_id": _workflow_id(cut_id, attempt),
                    "queue_partition_key": org_id,
                },
                org_id,
                cut_id,
            )
        )

    async def close(self) -> None:
        """Stop making cuts; what is unfinished is taken up again by the next launch."""
        global _try_cut
        _try_cut = None
        while _running:
            for task in _running:
                task.cancel()
            await asyncio.wait(_running)
        if self._client is not None:
            await asyncio.to_thread(self._client.destroy)

    async def _adopt_orphans(self) -> None:
        """Give a workflow to every unfinished cut that has none which will run: its own one broke."""
        unfinished: list[tuple[str, str, int]] = []
        async with self._database.read() as session:
            async for org_id in each_tenant(session):
                cuts = await list_unfinished_cuts(session, org_id=org_id)
                unfinished += [(org_id, cut.id, cut.attempt) for cut in cuts]
        for org_id, cut_id, attempt in unfinished:
            if not any([await _will_run(_workflow_id(cut_id, each)) for each in range(attempt + 1)]):
                log.warning("cut_adopted", cut_id=cut_id)
                async with self._database.write(org_id=org_id) as session:
                    await self.enqueue(session, org_id=org_id, cut_id=cut_id, attempt=attempt + 1)


def _workflow_id(cut_id: str, attempt: int) -> str:
    return f"{cut_id}.{attempt}"


async def _will_run(workflow_id: str) -> bool:
    status = await DBOS.get_workflow_status_async(workflow_id)
    if status is None:
        return False
    waits = status.status in WAITING
    return waits or bool(status.status == "PENDING" and status.app_version == WORKFLOW_VERSION)


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)  # type: ignore[untyped-decorator]  # dbos is not followed
async def make_cut(org_id: str, cut_id: str) -> None:
    """Try until the cut has ended, a few times; a try that the studio's own end cut short does not count."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a workflow runs in a task")
    _running.add(task)
    try:
        with at_work():
            for pause_s in PAUSES_S:
                if await attempt_cut(org_id, cut_id, False) == "settled":
                    return
                await DBOS.sleep_async(pause_s)
            await attempt_cut(org_id, cut_id, True)
    finally:
        _running.discard(task)


@DBOS.step(name="attempt_cut")  # type: ignore[untyped-decorator]  # dbos is not followed
async def attempt_cut(org_id: str, cut_id: str, is_last: bool) -> Outcome:
    """One try, at least once: a crash in it means another one. The last one ends the cut, one way or the other."""
    if _try_cut is None:  # this process is closing: left as it is, the workflow is taken up by the next one
        raise asyncio.CancelledError
    return await _try_cut(org_id, cut_id, is_last)
