"""A long render makes room for a draft that waits: it stops after its step, and goes on later from its checkpoint.

Every node looks to its own renders, while all its slots are taken. Which draft may ask, and which render is asked, says
`queue/schedule.py`; a draft that several nodes would make room for is one's alone, by compare-and-set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.queries.room import RoomTake, list_heads, list_renders
from storage.unit import Database
from studio.queue.release import let_go_first
from studio.queue.schedule import (
    RunningRender,
    choose_to_preempt,
    comes_in_time,
    is_draft,
)

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
BETTER_ONES_FIRST_S = 2.0  # the node whose render is the best choice is given so long


class MakesRoom(Protocol):
    """What renders here."""

    @property
    def can_make_room(self) -> Collection[str]:
        """Ids of takes that can stop after their step."""
        ...

    async def make_room(self, take_id: str) -> None:
        """Let this one stop, and wait again."""
        ...


class RoomWatch:
    """`is_full`: whether this node has no slot left; `queues`: the (model, pool) that it takes up."""

    def __init__(
        self,
        database: Database,
        renders: MakesRoom,
        is_full: Callable[[], bool],
        queues: Collection[tuple[str, str]],
    ) -> None:
        self._database = database
        self._renders = renders
        self._is_full = is_full
        self._queues = queues

    async def watch(self) -> None:
        """Never ends."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._renders.can_make_room or not self._is_full():
                continue
            try:
                await self.look()
            except SQLAlchemyError:
                log.exception("room_not_looked_for")

    async def look(self) -> None:
        """Make room for one draft, if one wants it."""
        for pool in sorted({pool for _, pool in self._queues}):
            models = [model for model, its in self._queues if its == pool]
            async with self._database.read() as session:
                heads = await list_heads(session, pool=pool, models=models)
                renders = await list_renders(session, pool=pool) if any(map(_asks, heads)) else []
            await self._choose(heads, renders)

    async def _choose(self, heads: Sequence[RoomTake], renders: Sequence[RoomTake]) -> None:
        free_in_s = sorted(render.left_s for render in renders)
        mine = set(self._renders.can_make_room)
        for draft, free_s in zip(heads, free_in_s, strict=False):
            if not _asks(draft) or comes_in_time(draft.left_s, draft.waited_s + free_s):
                continue
            asked = choose_to_preempt([_running(one) for one in renders if one.denoises], start=draft.start)
            if asked is not None and asked.id not in mine and draft.waited_s > BETTER_ONES_FIRST_S:
                asked = choose_to_preempt([_running(one) for one in renders if one.id in mine], start=draft.start)
            if asked is None or asked.id not in mine:
                continue
            async with self._database.write(org_id=draft.org_id) as session:
                claimed = await let_go_first(session, org_id=draft.org_id, take_id=draft.id)
            if claimed:
                log.info("take_makes_room", take_id=asked.id, left_s=round(asked.left_s, 1))
                await self._renders.make_room(asked.id)
                return


def _asks(head: RoomTake) -> bool:
    return not head.has_asked and is_draft(head.left_s, head.priority)


def _running(render: RoomTake) -> RunningRender:
    return RunningRender(render.id, render.start, render.left_s, render.step_s, render.preempted)
