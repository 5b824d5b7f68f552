"""Ended attempts that may have left objects behind."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Attempt, database_now


async def list_uncollected_attempts(session: AsyncSession, *, org_id: str, limit: int) -> list[Attempt]:
    """Attempts that have ended and were not cleaned up after, oldest first."""
    ended = (Attempt.org_id == org_id) & (Attempt.state != "RENDERING") & Attempt.collected_at.is_(None)
    return list(await session.scalars(select(Attempt).where(ended).order_by(Attempt.created_at).limit(limit)))


async def mark_collected(session: AsyncSession, *, org_id: str, take_id: str, number: int) -> None:
    """What the attempt left behind is gone."""
    await session.execute(
        update(Attempt)
        .where(Attempt.org_id == org_id, Attempt.take_id == take_id, Attempt.number == number)
        .values(collected_at=database_now())
        .execution_options(synchronize_session=False)
    )
