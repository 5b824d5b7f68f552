"""What stands before a pool of nodes, whosesoever it is: how much of it there is, and in which order it goes.

It is the same for everybody who asks within a second, and no more of it leaves this process than places and seconds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Take, database_now
from storage.tenant_scope import figures_scope

KEPT_S = 1.0


@dataclass(frozen=True)
class PoolTake:
    """A take that renders, or that nodes can see. finish: of its tag, 0 where a render makes room
    for it; rendered_s: since an engine took it up."""

    id: str
    org_id: str
    model: str
    rendering: bool
    stage: str | None
    expected_ms: int
    progress: float
    rendered_s: float | None
    finish: float


async def look_at_pool(session: AsyncSession, *, org_id: str, pool: str) -> list[PoolTake]:
    """What other organisations have there, the next one first."""
    kept = _kept.setdefault(session.get_bind().engine, {})
    looked_at, takes = kept.get(pool, (-KEPT_S, []))
    if time.monotonic() - looked_at >= KEPT_S:
        takes = await _look(session, pool)
        kept[pool] = (time.monotonic(), takes)
    return [take for take in takes if take.org_id != org_id]


async def list_waiting_pools(session: AsyncSession, *, org_id: str, take_id: str | None) -> list[str]:
    """Where takes of the organisation wait, or this one of them does."""
    waiting = select(Take.pool).where(Take.org_id == org_id, Take.state == "QUEUED").distinct().order_by(Take.pool)
    return list(await session.scalars(waiting if take_id is None else waiting.where(Take.id == take_id)))


_kept: WeakKeyDictionary[Engine, dict[str, tuple[float, list[PoolTake]]]] = WeakKeyDictionary()


async def _look(session: AsyncSession, pool: str) -> list[PoolTake]:
    async with figures_scope(session):
        rows = (await session.execute(_PICTURE, {"pool": pool})).all()
    return [
        PoolTake(
            row.id,
            row.org_id,
            row.model,
            row.state == "RENDERING",
            row.stage,
            row.expected_ms or 0,
            row.progress,
            (row.now - row.started_at).total_seconds() if row.started_at is not None else None,
            0.0 if row.has_asked else row.tag_finish or 0.0,
        )
        for row in rows
    ]


_PICTURE = (
    select(
        Take.id,
        Take.org_id,
        Take.model,
        Take.state,
        Take.stage,
        Take.expected_ms,
        Take.progress,
        Take.started_at,
        Take.tag_finish,
        Take.has_asked,
        database_now().label("now"),
    )
    .where(Take.pool == bindparam("pool"), or_(Take.state == "RENDERING", (Take.state == "QUEUED") & Take.head))
    .order_by(Take.has_asked.desc(), Take.tag_finish, Take.id)
)
