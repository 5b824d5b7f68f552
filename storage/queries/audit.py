"""The audit log: appended and read, never changed."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import AuditEntry, Organisation


async def next_in_audit_log(session: AsyncSession, *, org_id: str) -> tuple[int, str | None]:
    """The next sequence, and the hash of the entry before it. The unit holds the organisation, so none is skipped."""
    sequence = (
        await session.execute(
            update(Organisation)
            .where(Organisation.id == org_id)
            .values(last_audit=Organisation.last_audit + 1)
            .returning(Organisation.last_audit)
            .execution_options(synchronize_session=False)
        )
    ).scalar_one()
    before = await session.scalar(
        select(AuditEntry.entry_sha256).where(AuditEntry.org_id == org_id, AuditEntry.sequence == sequence - 1)
    )
    return sequence, before


async def append_to_audit_log(session: AsyncSession, entry: AuditEntry) -> None:
    session.add(entry)
    await session.flush()


async def list_audit_log(session: AsyncSession, *, org_id: str, before: int | None, limit: int) -> list[AuditEntry]:
    """Newest first; `before`: only older entries than this one."""
    query = select(AuditEntry).where(AuditEntry.org_id == org_id).order_by(AuditEntry.sequence.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    return list(await session.scalars(query))


async def read_audit_log(session: AsyncSession, *, org_id: str, after: int, limit: int) -> list[AuditEntry]:
    """Oldest first, from the entry that follows `after`."""
    query = select(AuditEntry).where(AuditEntry.org_id == org_id, AuditEntry.sequence > after)
    return list(await session.scalars(query.order_by(AuditEntry.sequence).limit(limit)))


async def count_audit_log(session: AsyncSession, *, org_id: str) -> int:
    """How many entries were ever written."""
    query = select(Organisation.last_audit).where(Organisation.id == org_id)
    return (await session.execute(query)).scalar_one()
