"""The twin organisations of test mode: found, made, and what is old in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.queries.timestamps import instant_after
from storage.tables import Character, Event, Organisation, Project, Take, Video
from storage.tenant_scope import enter_tenant, set_sweep_scope, set_tenant_scope


@dataclass(frozen=True)
class OldThings:
    """Ids of what a test organisation has kept for long enough."""

    projects: Sequence[str]
    videos: Sequence[str]
    takes: Sequence[str]
    characters: Sequence[str]


async def find_twin(session: AsyncSession, *, org_id: str) -> str | None:
    """The test organisation of a live one; None where no test key was ever made."""
    return await session.scalar(select(Organisation.id).where(Organisation.test_of == org_id))


async def insert_twin(session: AsyncSession, *, twin_id: str, of: Organisation) -> None:
    """A test organisation, whose the unit is from then on."""
    await set_tenant_scope(session, twin_id)
    name = f"{of.name[:190]} (test)"
    twin = Organisation(id=twin_id, name=name, plan=of.plan, livemode=False, test_of=of.id, example_due=False)
    twin.suspended_at, twin.suspended_contact = of.suspended_at, of.suspended_contact
    session.add(twin)
    await session.flush()


async def enter_twin(session: AsyncSession, *, twin_id: str) -> None:
    """The unit of the live organisation, whose lock it keeps, goes on as its twin's; never the other way round."""
    await enter_tenant(session, twin_id)


async def list_twins(session: AsyncSession) -> list[str]:
    """Every test organisation that is not going."""
    await set_sweep_scope(session)
    query = select(Organisation.id).where(Organisation.livemode.is_(False), Organisation.deleted.is_(False))
    return list(await session.scalars(query.order_by(Organisation.id)))


async def list_orphaned_twins(session: AsyncSession) -> list[str]:
    """Test organisations whose live one is going, or gone."""
    await set_sweep_scope(session)
    alive = select(Organisation.id).where(Organisation.livemode.is_(True), Organisation.deleted.is_(False))
    query = select(Organisation.id).where(
        Organisation.livemode.is_(False), Organisation.deleted.is_(False), Organisation.test_of.not_in(alive)
    )
    return list(await session.scalars(query.order_by(Organisation.id)))


async def list_old_things(session: AsyncSession, *, org_id: str, older_than: timedelta, limit: int) -> OldThings:
    """What was made before that, some of each."""
    horizon = await instant_after(session, -older_than)

    async def old(table: type[Character | Project | Take | Video]) -> list[str]:
        key: InstrumentedAttribute[str] = table.id
        query = select(key).where(table.org_id == org_id, table.created_at < horizon).order_by(key).limit(limit)
        return list(await session.scalars(query))

    return OldThings(await old(Project), await old(Video), await old(Take), await old(Character))


async def delete_old_events(session: AsyncSession, *, org_id: str, older_than: timedelta) -> None:
    horizon = await instant_after(session, -older_than)
    await session.execute(
        delete(Event)
        .where(Event.org_id == org_id, Event.created_at < horizon)
        .execution_options(synchronize_session=False)
    )
