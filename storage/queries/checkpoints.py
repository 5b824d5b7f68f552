"""A take's checkpoint: announced, kept, found again, and given up."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.takes import get_take
from storage.queries.timestamps import instant_after
from storage.tables import Checkpoint, Take, database_now
from storage.tables.takes import TERMINAL_STATES


async def get_checkpoint(session: AsyncSession, *, org_id: str, take_id: str) -> Checkpoint | None:
    """Announced, whether or not one is kept."""
    return await session.scalar(select(Checkpoint).where(Checkpoint.org_id == org_id, Checkpoint.take_id == take_id))


async def announce_checkpoint(session: AsyncSession, *, org_id: str, take_id: str, attempt: int) -> bool:
    """An object may be put for the take's current attempt; False when it is current no more.

    The unit holds the organisation: nobody else announces meanwhile.
    """
    if not await _is_current(session, org_id, take_id, attempt):
        return False
    if await get_checkpoint(session, org_id=org_id, take_id=take_id) is None:
        session.add(Checkpoint(take_id=take_id, org_id=org_id))
        await session.flush()
    return True


async def keep_checkpoint(
    session: AsyncSession,
    *,
    org_id: str,
    take_id: str,
    attempt: int,
    digest: str,
    sha256: str,
    size_bytes: int,
    done: int,
    total: int,
    object_key: str,
) -> str | None:
    """The object is there, and takes the place of the one before. Returns the key that is of no use any more.

    That is its own where the attempt is current no more: a late one never replaces what a later attempt kept.
    """
    row = await get_checkpoint(session, org_id=org_id, take_id=take_id)
    if row is None or not await _is_current(session, org_id, take_id, attempt):
        return object_key
    replaced = row.object_key
    row.digest, row.sha256, row.size_bytes, row.object_key = digest, sha256, size_bytes, object_key
    row.done, row.total = done, total
    row.kept_at = await session.scalar(select(database_now()))
    await session.flush()
    return None if replaced == object_key else replaced


async def list_spent_checkpoints(
    session: AsyncSession, *, org_id: str, ended_before: timedelta, kept_for: timedelta, limit: int
) -> list[str]:
    """Takes whose checkpoint nobody needs: they ended so long ago, or have not gone on for so long. Oldest first."""
    ended = await instant_after(session, -ended_before)
    old = await instant_after(session, -kept_for)
    over = Take.state.in_(TERMINAL_STATES) & (Take.finished_at < ended)
    query = (
        select(Checkpoint.take_id)
        .join(Take, (Take.org_id == Checkpoint.org_id) & (Take.id == Checkpoint.take_id))
        .where(Checkpoint.org_id == org_id, or_(over, func.coalesce(Checkpoint.kept_at, Checkpoint.created_at) < old))
        .order_by(Checkpoint.created_at)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def delete_checkpoint(session: AsyncSession, *, org_id: str, take_id: str) -> None:
    """Its objects are gone."""
    await session.execute(
        delete(Checkpoint)
        .where(Checkpoint.org_id == org_id, Checkpoint.take_id == take_id)
        .execution_options(synchronize_session=False)
    )


async def _is_current(session: AsyncSession, org_id: str, take_id: str, attempt: int) -> bool:
    take = await get_take(session, org_id=org_id, take_id=take_id)
    return take is not None and take.state == "RENDERING" and take.attempt == attempt
