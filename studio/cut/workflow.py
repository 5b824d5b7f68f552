"""The durable workflow of a cut: DBOS owns who makes it, and when it is made again.

A cut is enqueued in the transaction that stores it. Cuts have a queue of their own, so that a film is not kept waiting
by renders; each process makes one at a time, at low priority, for it competes with them for the same processor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from dbos import DBOS
from dbos._context import current_owner_xid
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.cuts import list_unfinished_cuts
from storage.queries.durable import is_live
from storage.queries.tenants import each_tenant
from storage.unit import Database
from studio.queue.durable import CUTS, MAKE_CUT, enqueue
from studio.queue.executor import Executor
from studio.queue.running import Running

log = structlog.get_logger(__name__)

Outcome = Literal["settled", "retry", "elsewhere"]
POLL_S = 0.5
PAUSES_S = (1.0, 5.0, 20.0)  # between tries; after the last one the cut has failed


@dataclass(frozen=True)
class Claim:
    """A workflow, and the token of whoever has taken it up."""

    workflow_id: str
    token: str


TryCut = Callable[[str, str, bool, Claim], Awaitable[Outcome]]

# DBOS is one to a process, and so are what its workflows call and the ones that run.
_try_cut: TryCut | None = None
_running = Running()


class CutRunner:
    """Makes cuts in this process while it is launched. Close it before its executor."""

    def __init__(self, executor: Executor, try_cut: TryCut) -> None:
        self._executor = executor
        self._try = try_cut

    async def launch(self) -> None:
        """Begin to make cuts; the executor is launched."""
        global _try_cut
        _try_cut = self._try
        await self._executor.listen(CUTS, at_a_time=1, poll_s=POLL_S)

    async def close(self) -> None:
        """Stop making cuts; what is unfinished is taken up again by the next launch, or elsewhere."""
        global _try_cut
        _try_cut = None
        await _running.cancel()


async def enqueue_cut(session: AsyncSession, *, org_id: str, cut_id: str, attempt: int) -> None:
    """Within the caller's transaction: it commits with the cut or not at all. `attempt`: how many were made."""
    await enqueue(
        session,
        workflow=MAKE_CUT,
        workflow_id=_workflow_id(cut_id, attempt),
        queue=CUTS,
        arguments=(org_id, cut_id),
    )


async def adopt_orphaned_cuts(database: Database) -> None:
    """Give a workflow to every unfinished cut that has none which will run: its own one broke."""
    unfinished: list[tuple[str, str, int]] = []
    async with database.read() as session:
        async for org_id in each_tenant(session):
            cuts = await list_unfinished_cuts(session, org_id=org_id)
            unfinished += [(org_id, cut.id, cut.attempt) for cut in cuts]
    for org_id, cut_id, attempt in unfinished:
        async with database.write(org_id=org_id) as session:
            ids = [_workflow_id(cut_id, each) for each in range(attempt + 1)]
            if not any([await is_live(session, workflow_id=each) for each in ids]):
                log.warning("cut_adopted", cut_id=cut_id)
                await enqueue_cut(session, org_id=org_id, cut_id=cut_id, attempt=attempt + 1)


def _workflow_id(cut_id: str, attempt: int) -> str:
    return f"{cut_id}.{attempt}"


@DBOS.workflow(name=MAKE_CUT, max_recovery_attempts=None)  # type: ignore[untyped-decorator]  # dbos is not followed
async def make_cut(org_id: str, cut_id: str) -> None:
    """Try until the cut has ended, a few times; a try that the studio's own end cut short does not count."""
    with _running.counted():
        for pause_s in PAUSES_S:
            if await attempt_cut(org_id, cut_id, False) == "settled":
                return
            await DBOS.sleep_async(pause_s)
        await attempt_cut(org_id, cut_id, True)


@DBOS.step(name="attempt_cut")  # type: ignore[untyped-decorator]  # dbos is not followed
async def attempt_cut(org_id: str, cut_id: str, is_last: bool) -> Outcome:
    """One try, at least once: a crash in it means another one. The last one ends the cut, one way or the other."""
    workflow_id = str(DBOS.workflow_id)
    token = current_owner_xid(workflow_id)
    if _try_cut is None or token is None:  # this process is closing: the workflow is taken up by the next one
        raise asyncio.CancelledError
    outcome = await _try_cut(org_id, cut_id, is_last, Claim(workflow_id, token))
    if outcome == "elsewhere":  # nothing more may be written for it here
        raise asyncio.CancelledError
    return outcome
