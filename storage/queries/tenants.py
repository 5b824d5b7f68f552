"""The organisations one after the other, for what runs in the background and belongs to nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from storage.tables import Organisation
from storage.tenant_scope import set_sweep_scope, set_tenant_scope


async def each_tenant(session: AsyncSession) -> AsyncIterator[str]:
    """The id of every organisation, oldest first; while the caller looks at one, the unit is that tenant's."""
    await set_sweep_scope(session)
    for org_id in list(await session.scalars(select(Organisation.id).order_by(Organisation.id))):
        await set_tenant_scope(session, org_id)
        yield org_id


async def delete_idle(session: AsyncSession, key: InstrumentedAttribute[str], condition: ColumnElement[bool]) -> None:
    """Delete the rows that fit, but for those that another unit holds: a sweep waits for nobody. `key` is unique among
    them."""
    idle = select(key).where(condition).with_for_update(skip_locked=True)
    await session.execute(
        delete(key.class_).where(condition, key.in_(idle)).execution_options(synchronize_session=False)
    )


async def passes_row_security(session: AsyncSession) -> bool:
    """Whether PostgreSQL exempts this connection's role from row level security (a superuser, or BYPASSRLS)."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    exempt = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    return bool((await session.execute(exempt)).scalar_one())
