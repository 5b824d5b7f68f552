"""How an organisation stands: its plan, whether it is suspended, where its takes go. Whatever submits, begins or ends
work goes by it, so a unit asks once, in one statement, and again after it has changed any of it (`forget_standing`)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, func, literal_column, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Organisation, Pool, Take, database_now


@dataclass(frozen=True)
class Suspension:
    """contact: an e-mail address, or other words."""

    since: datetime
    contact: str


@dataclass(frozen=True)
class QueueChoice:
    """paused: none of the organisation's takes is released; pool: its usual one, and pools: all of its own, where it
    has nodes of its own."""

    paused: bool
    pool: str | None
    pools: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """plan: its name, empty for an organisation that is gone. read_at: of `time.monotonic`, when the database's clock
    said `asked_at`."""

    plan: str
    suspension: Suspension | None
    choice: QueueChoice
    asked_at: datetime
    read_at: float

    @property
    def now(self) -> datetime:
        """By the database's clock; later each time."""
        return self.asked_at + timedelta(seconds=time.monotonic() - self.read_at)


async def get_standing(session: AsyncSession, *, org_id: str) -> Standing:
    found: dict[str, Standing] = session.info.setdefault(_STANDINGS, {})
    if org_id not in found:
        found[org_id] = _standing((await session.execute(_ASKED, {"org_id": org_id})).all())
    return found[org_id]


async def count_queued(session: AsyncSession, *, org_id: str, at_most: int) -> int:
    """How many of the organisation's takes wait, counted no further than `at_most`. Whoever asks this first has the
    standing by the same statement."""
    found: dict[str, Standing] = session.info.setdefault(_STANDINGS, {})
    asked = {"org_id": org_id, "at_most": at_most}
    if org_id in found:
        return int((await session.execute(_COUNT, asked)).scalar_one())
    rows = (await session.execute(_ASKED_AND_COUNTED, asked)).all()
    found[org_id] = _standing(rows)
    return int(rows[0].queued)


def forget_standing(session: AsyncSession, *, org_id: str) -> None:
    """Call it where any of it is changed."""
    session.info.get(_STANDINGS, {}).pop(org_id, None)


def _standing(rows: Sequence[Row[Any]]) -> Standing:
    first, pools = rows[0], tuple(row.name for row in rows if row.name is not None)
    read_at = time.monotonic()
    if first.plan is None:
        return Standing("", None, QueueChoice(True, None), first.now, read_at)
    suspension = None
    if first.suspended_at is not None and first.suspended_contact is not None:
        suspension = Suspension(first.suspended_at, first.suspended_contact)
    choice = QueueChoice(bool(first.queue_paused), first.pool, pools)
    return Standing(first.plan, suspension, choice, first.now, read_at)


_STANDINGS = "standings"  # in a session's `info`
_QUEUED = select(literal_column("1", Integer)).where(Take.org_id == bindparam("org_id"), Take.state == "QUEUED")
_COUNT = select(func.count()).select_from(_QUEUED.limit(bindparam("at_most")).subquery())
_CLOCK = select(database_now().label("now")).subquery()  # a row of its own, for an organisation that is gone
_ASKED = (
    select(
        _CLOCK.c.now,
        Organisation.plan,
        Organisation.suspended_at,
        Organisation.suspended_contact,
        Organisation.queue_paused,
        Organisation.pool,
        Pool.name,
    )
    .select_from(_CLOCK)
    .outerjoin(Organisation, Organisation.id == bindparam("org_id"))
    .outerjoin(Pool, Pool.owner == Organisation.id)
    .order_by(Pool.name)
)
_ASKED_AND_COUNTED = _ASKED.add_columns(_COUNT.scalar_subquery().label("queued"))
