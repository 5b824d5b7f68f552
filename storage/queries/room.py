"""Drafts that wait and renders that could make room for them, whosesoever they are: nodes render anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Take, database_now
from storage.tenant_scope import set_figures_scope

DENOISING = "denoise"
MOST = 64
TELLING_PROGRESS = 0.1  # from here on a render's own speed says more than what was expected


@dataclass(frozen=True)
class RoomTake:
    """left_s and step_s: predicted; start: of its tag; waited_s: since it was submitted."""

    id: str
    org_id: str
    start: float
    left_s: float
    step_s: float
    waited_s: float
    preempted: int
    priority: str
    has_asked: bool
    denoises: bool


async def list_heads(session: AsyncSession, *, pool: str, models: Sequence[str]) -> list[RoomTake]:
    """What nodes can see in these queues, the next one first."""
    await set_figures_scope(session)
    rows = await session.execute(
        select(*_COLUMNS)
        .where(
            Take.pool == pool,
            Take.model.in_(models),
            Take.state == "QUEUED",
            Take.head,
        )
        .order_by(Take.has_asked.desc(), Take.tag_finish, Take.id)
        .limit(MOST)
    )
    return [_take(row) for row in rows]


async def list_renders(session: AsyncSession, *, pool: str) -> list[RoomTake]:
    """What renders in a pool."""
    await set_figures_scope(session)
    rows = await session.execute(select(*_COLUMNS).where(Take.pool == pool, Take.state == "RENDERING"))
    return [_take(row) for row in rows]


async def ask_for_room(session: AsyncSession, *, org_id: str, take_id: str) -> bool:
    """A draft asks one render at most: False where it has asked, or waits no longer."""
    asked = await session.execute(
        update(Take)
        .where(Take.org_id == org_id, Take.id == take_id, Take.state == "QUEUED", Take.has_asked.is_(False))
        .values(has_asked=True)
        .returning(Take.id)
        .execution_options(synchronize_session=False)
    )
    return asked.first() is not None


def _take(row: Any) -> RoomTake:  # noqa: ANN401 (a row of `_COLUMNS`)
    whole_s = max(row.expected_ms or 0, 1) / 1000
    if row.state == "RENDERING" and row.started_at is not None and row.progress >= TELLING_PROGRESS:
        whole_s = _since(row.started_at, row.now) / row.progress
    return RoomTake(
        row.id,
        row.org_id,
        row.tag_start or 0.0,
        whole_s * (1 - row.progress),
        whole_s / max(1, int(row.request.get("steps") or 1)),
        _since(row.created_at, row.now),
        row.preempted,
        row.priority,
        row.has_asked,
        row.stage == DENOISING,
    )


def _since(then: datetime, now: datetime) -> float:
    return max(0.0, (now - then).total_seconds())


_COLUMNS = (
    Take.id,
    Take.org_id,
    Take.state,
    Take.stage,
    Take.request,
    Take.expected_ms,
    Take.progress,
    Take.tag_start,
    Take.created_at,
    Take.started_at,
    Take.preempted,
    Take.priority,
    Take.has_asked,
    database_now().label("now"),
)
