"""Attempts that came to nothing, of every organisation: what they wrote is removed. For the sweeper alone."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Attempt, database_now


async def list_uncollected_attempts(session: AsyncSession, *, limit: int) -> list[Attempt]:
    """Failed and abandoned attempts whose objects may still lie in the store, oldest first."""
    lost = Attempt.state.in_(("FAILED", "ABANDONED")) & Attempt.collected_at.is_(None)
    return list(await session.scalars(select(Attempt).where(lost).order_by(Attempt.created_at).limit(limit)))


async def mark_collected(session: AsyncSession, *, org_id: str, take_id: str, number: int) -> None:
    """The attempt's objects are gone."""
    await session.execute(
        update(Attempt)
        .where(Attempt.org_id == org_id, Attempt.take_id == take_id, Attempt.number == number)
        .values(collected_at=database_now())
        .execution_options(synchronize_session=False)
    )
