"""Idempotency keys: claimed, answered and forgotten within the unit that does the work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.instants import instant_after
from storage.tables import IdempotencyKey


async def claim_key(session: AsyncSession, *, org_id: str, key: str, request_sha256: str) -> IdempotencyKey | None:
    """Claim `key` for this request: None when it is ours now, else the row of the request that had it first.

    A second claim waits for the first one's unit to end (by the unique index, or by SQLite's single writer).
    """
    claim = IdempotencyKey(org_id=org_id, key=key, request_sha256=request_sha256)
    try:
        async with session.begin_nested():
            session.add(claim)
    except IntegrityError:
        return await session.scalar(
            select(IdempotencyKey)
            .where(IdempotencyKey.org_id == org_id, IdempotencyKey.key == key)
            .execution_options(populate_existing=True)
        )
    return None


async def keep_reply(session: AsyncSession, *, org_id: str, key: str, status: int, body: dict[str, Any]) -> None:
    """Remember what was answered under the claimed key."""
    await session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.org_id == org_id, IdempotencyKey.key == key)
        .values(status=status, body=body)
        .execution_options(synchronize_session=False)
    )


async def forget_old_keys(session: AsyncSession, *, org_id: str, older_than: timedelta) -> None:
    """Drop keys that nobody will repeat any more."""
    horizon = await instant_after(session, -older_than)
    await session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.org_id == org_id, IdempotencyKey.created_at < horizon)
        .execution_options(synchronize_session=False)
    )
