"""Idempotency keys: claimed, answered, given back and forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.tenants import delete_idle
from storage.queries.timestamps import instant_after, read_clock
from storage.tables import IdempotencyKey, database_now


async def claim_key(
    session: AsyncSession,
    *,
    org_id: str,
    key: str,
    request_sha256: str,
    abandoned_after: timedelta,
    forgotten_after: timedelta | None = None,
) -> IdempotencyKey | None:
    """Claim `key` for this request: None when it is ours now, else the row of the request that had it first.

    A second claim waits for the first one's unit to end, as every unit of an organisation does. A claim that has had no
    reply for `abandoned_after` is taken over, and any that is older than `forgotten_after`.
    """
    if await _insert_claim(session, org_id, key, request_sha256):
        return None
    first = await session.scalar(
        select(IdempotencyKey)
        .where(IdempotencyKey.org_id == org_id, IdempotencyKey.key == key)
        .execution_options(populate_existing=True)
    )
    if first is None:  # the sweep forgot it this very moment
        return await claim_key(
            session,
            org_id=org_id,
            key=key,
            request_sha256=request_sha256,
            abandoned_after=abandoned_after,
            forgotten_after=forgotten_after,
        )
    age = await read_clock(session) - first.created_at
    abandoned = first.status is None and age > abandoned_after and first.request_sha256 == request_sha256
    if abandoned or (forgotten_after is not None and age > forgotten_after):
        await _renew_claim(session, org_id, key, request_sha256)
        return None
    return first


async def claim_afresh(session: AsyncSession, *, org_id: str, key: str, request_sha256: str) -> None:
    """Claim `key` for this request, whoever had it before."""
    if not await _insert_claim(session, org_id, key, request_sha256):
        await _renew_claim(session, org_id, key, request_sha256)


async def delete_claim(session: AsyncSession, *, org_id: str, key: str) -> None:
    """Give back a claim that came to no reply."""
    await session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.org_id == org_id, IdempotencyKey.key == key, IdempotencyKey.status.is_(None))
        .execution_options(synchronize_session=False)
    )


async def _insert_claim(session: AsyncSession, org_id: str, key: str, request_sha256: str) -> bool:
    claim = _CLAIMS[session.get_bind().dialect.name]
    claimed = await session.execute(claim, {"of": org_id, "under": key, "asked": request_sha256})
    return claimed.first() is not None


_CLAIM: dict[str, Any] = {"org_id": bindparam("of"), "key": bindparam("under"), "request_sha256": bindparam("asked")}
_CLAIMS = {
    name: insert(IdempotencyKey).values(_CLAIM).on_conflict_do_nothing().returning(IdempotencyKey.key)
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


async def _renew_claim(session: AsyncSession, org_id: str, key: str, request_sha256: str) -> None:
    await session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.org_id == org_id, IdempotencyKey.key == key)
        .values(request_sha256=request_sha256, status=None, body=None, created_at=database_now())
        .execution_options(synchronize_session=False)
    )


async def keep_reply(session: AsyncSession, *, org_id: str, key: str, status: int, body: dict[str, Any]) -> bool:
    """Remember what was answered under the claimed key, once. False when another request has answered meanwhile."""
    answer = {"of": org_id, "under": key, "answered": status, "with_body": body}
    return (await session.execute(_KEEP, answer)).first() is not None


_KEEP = (
    update(IdempotencyKey)
    .where(
        IdempotencyKey.org_id == bindparam("of"),
        IdempotencyKey.key == bindparam("under"),
        IdempotencyKey.status.is_(None),
    )
    .values(status=bindparam("answered"), body=bindparam("with_body"))
    .returning(IdempotencyKey.key)
    .execution_options(synchronize_session=False)
)


async def delete_old_keys(session: AsyncSession, *, org_id: str, older_than: timedelta) -> None:
    """Drop keys that nobody will repeat any more."""
    horizon = await instant_after(session, -older_than)
    old = (IdempotencyKey.org_id == org_id) & (IdempotencyKey.created_at < horizon)
    await delete_idle(session, IdempotencyKey.key, old)
