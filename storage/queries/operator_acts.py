"""The log of what operators did. Its callers are in the operators' scope (`storage.tenant_scope.operator_scope`)."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import OperatorAct, Person


async def insert_act(session: AsyncSession, act: OperatorAct) -> OperatorAct:
    """Raises IntegrityError where the person has done something under this key."""
    session.add(act)
    await session.flush()
    return act


async def find_act(session: AsyncSession, *, person_id: str, key: str) -> OperatorAct | None:
    query = select(OperatorAct).where(OperatorAct.person_id == person_id, OperatorAct.key == key)
    return await session.scalar(query)


async def list_acts(
    session: AsyncSession, *, organisation_id: str | None, after: str | None, limit: int
) -> list[OperatorAct]:
    """Newest first; of one organisation, or all."""
    query = select(OperatorAct).order_by(OperatorAct.id.desc()).limit(limit)
    if organisation_id is not None:
        query = query.where(OperatorAct.organisation_id == organisation_id)
    return list(await session.scalars(query if after is None else query.where(OperatorAct.id < after)))


async def set_operator(session: AsyncSession, *, person_id: str, is_operator: bool) -> None:
    await session.execute(update(Person).where(Person.id == person_id).values(is_operator=is_operator))


async def list_operators(session: AsyncSession) -> list[Person]:
    return list(await session.scalars(select(Person).where(Person.is_operator).order_by(Person.id)))
