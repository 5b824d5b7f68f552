"""Pools of nodes: made, given to organisations, removed. For whoever runs the installation."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.fair_queue import forget_queue_choice, withdraw_workflow
from storage.queries.timestamps import read_clock
from storage.tables import Node, Organisation, Pool, Take, database_now
from storage.tenant_scope import set_sweep_scope

ALIVE_FOR = timedelta(seconds=20)


async def list_pools(session: AsyncSession) -> list[str]:
    """By name."""
    return list(await session.scalars(select(Pool.name).order_by(Pool.name)))


async def find_owner(session: AsyncSession, *, pool: str) -> str | None:
    """The organisation whose pool it is."""
    await set_sweep_scope(session)
    return await session.scalar(select(Organisation.id).where(Organisation.pool == pool))


async def count_nodes(session: AsyncSession, *, pool: str) -> int:
    """How many are there now."""
    seen = Node.seen_at > await read_clock(session) - ALIVE_FOR
    alive = select(func.count()).where(Node.pool == pool, Node.lost_at.is_(None), seen)
    return int((await session.execute(alive)).scalar_one())


async def insert_pool(session: AsyncSession, *, name: str) -> bool:
    """False where there is one of that name."""
    if name in await list_pools(session):
        return False
    await session.execute(insert(Pool).values(name=name, virtual=0.0, base=0.0, created_at=database_now()))
    return True


async def assign_pool(session: AsyncSession, *, org_id: str, pool: str | None) -> None:
    """None: the shared one."""
    forget_queue_choice(session, org_id=org_id)
    await session.execute(
        update(Organisation)
        .where(Organisation.id == org_id)
        .values(pool=pool)
        .execution_options(synchronize_session=False)
    )


async def move_waiting_takes(session: AsyncSession, *, org_id: str, pool: str) -> None:
    """Takes that wait go to another pool, with no tag and as no heads: those that a node has taken up stay."""
    elsewhere = (Take.org_id == org_id, Take.state == "QUEUED", Take.pool != pool)
    heads = list(await session.scalars(select(Take.id).where(*elsewhere, Take.head)))
    taken = [take_id for take_id in heads if not await withdraw_workflow(session, workflow_id=take_id)]
    await session.execute(
        update(Take)
        .where(*elsewhere, Take.id.not_in(taken))
        .values(pool=pool, head=False, tag_start=None, tag_finish=None)
        .execution_options(synchronize_session=False)
    )


async def delete_pool(session: AsyncSession, *, name: str) -> bool:
    """False where there is none."""
    gone = await session.execute(
        delete(Pool).where(Pool.name == name).returning(Pool.name).execution_options(synchronize_session=False)
    )
    return gone.first() is not None
