"""How much waits, of all organisations together: counts and ages, for whoever runs the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Organisation, Take, database_now
from storage.tenant_scope import set_figures_scope, set_sweep_scope


@dataclass(frozen=True)
class QueueFigure:
    """Of one model, pool and plan: how many takes wait and render, and for how long the oldest has waited."""

    model: str
    pool: str
    plan: str
    waiting: int
    rendering: int
    oldest_s: float


async def measure_queues(session: AsyncSession) -> list[QueueFigure]:
    """One look at the unfinished takes, whosoever they are; no ids leave it."""
    await set_sweep_scope(session)
    await set_figures_scope(session)
    rows = await session.execute(_QUEUES)
    return [
        QueueFigure(model, pool, plan, waiting, rendering, _age_s(oldest, now))
        for model, pool, plan, waiting, rendering, oldest, now in rows
    ]


async def count_waiting_takes(session: AsyncSession, *, most: int) -> int:
    """How many takes of all organisations wait, counted no further than `most`."""
    await set_figures_scope(session)
    waiting = select(literal_column("1", Integer)).where(Take.state == "QUEUED").limit(most).subquery()
    return int((await session.execute(select(func.count()).select_from(waiting))).scalar_one())


def _age_s(oldest: datetime | None, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0


_waits = Take.state == "QUEUED"
_QUEUES = (
    select(
        Take.model,
        Take.pool,
        Organisation.plan,
        func.count().filter(_waits),
        func.count().filter(~_waits),
        func.min(case((_waits, Take.created_at))),
        database_now(),
    )
    .join(Organisation, Organisation.id == Take.org_id)
    .where(Take.state.in_(("QUEUED", "RENDERING")))
    .group_by(Take.model, Take.pool, Organisation.plan)
)
