"""Caps on spending."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import ApiKey, Membership, Project, SpendCap
from storage.tables.billing import CapScope


async def insert_cap(session: AsyncSession, cap: SpendCap) -> SpendCap:
    session.add(cap)
    await session.flush()
    return cap


async def get_cap(session: AsyncSession, *, org_id: str, cap_id: str) -> SpendCap | None:
    return await session.scalar(select(SpendCap).where(SpendCap.org_id == org_id, SpendCap.id == cap_id))


async def list_caps(session: AsyncSession, *, org_id: str) -> list[SpendCap]:
    """Oldest first."""
    return list(await session.scalars(select(SpendCap).where(SpendCap.org_id == org_id).order_by(SpendCap.id)))


async def list_caps_on(session: AsyncSession, *, org_id: str, spenders: Mapping[CapScope, str]) -> list[SpendCap]:
    """Those that what these spend is counted against."""
    theirs = [and_(SpendCap.scope == scope, SpendCap.subject_id == one) for scope, one in spenders.items()]
    query = select(SpendCap).where(SpendCap.org_id == org_id, or_(*theirs)).order_by(SpendCap.id)
    return list(await session.scalars(query))


async def set_cap(session: AsyncSession, *, org_id: str, cap_id: str, micro_credits: int) -> SpendCap | None:
    """Another limit, of which nothing was told yet."""
    return await session.scalar(
        update(SpendCap)
        .where(SpendCap.org_id == org_id, SpendCap.id == cap_id)
        .values(micro_credits=micro_credits, told_percent=0, told_since=None)
        .returning(SpendCap)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


async def note_told(session: AsyncSession, *, org_id: str, cap_id: str, percent: int, since: datetime | None) -> None:
    await session.execute(
        update(SpendCap)
        .where(SpendCap.org_id == org_id, SpendCap.id == cap_id)
        .values(told_percent=percent, told_since=since)
        .execution_options(synchronize_session=False)
    )


async def delete_cap(session: AsyncSession, *, org_id: str, cap_id: str) -> bool:
    """False when there is no such one."""
    gone = await session.execute(
        delete(SpendCap).where(SpendCap.org_id == org_id, SpendCap.id == cap_id).returning(SpendCap.id)
    )
    return gone.first() is not None


async def has_spender(session: AsyncSession, *, org_id: str, scope: CapScope, subject_id: str) -> bool:
    """Whether the organisation has such a key, member or film."""
    match scope:
        case "key":
            query = select(ApiKey.id).where(ApiKey.org_id == org_id, ApiKey.id == subject_id)
        case "member":
            query = select(Membership.person_id).where(Membership.org_id == org_id, Membership.person_id == subject_id)
        case "project":
            query = select(Project.id).where(Project.org_id == org_id, Project.id == subject_id)
        case _:
            return subject_id == org_id
    return await session.scalar(query) is not None
