"""Whether an organisation is suspended, and whom it is to write to."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.standing import Suspension, forget_standing
from storage.tables import Organisation, database_now


async def get_suspension(session: AsyncSession, *, org_id: str) -> Suspension | None:
    """None: it is at work, or not there."""
    row = (await session.execute(_SUSPENSION, {"org_id": org_id})).first()
    if row is None or row.suspended_at is None or row.suspended_contact is None:
        return None
    return Suspension(row.suspended_at, row.suspended_contact)


async def set_suspension(session: AsyncSession, *, org_id: str, contact: str | None) -> None:
    """From now on; contact None: it is at work again."""
    forget_standing(session, org_id=org_id)
    since = None if contact is None else database_now()
    await session.execute(
        update(Organisation)
        .where(Organisation.id == org_id)
        .values(suspended_at=since, suspended_contact=contact)
        .execution_options(synchronize_session=False)
    )


_SUSPENSION = select(Organisation.suspended_at, Organisation.suspended_contact).where(
    Organisation.id == bindparam("org_id"), Organisation.suspended_at.is_not(None)
)
