"""Pools of nodes: made, given to organisations, removed. For whoever runs the installation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.fair_queue import withdraw_workflow
from storage.queries.standing import forget_standing
from storage.queries.timestamps import read_clock
from storage.tables import Node, Organisation, Pool, Project, Take, database_now

ALIVE_FOR = timedelta(seconds=20)


async def list_pools(session: AsyncSession) -> list[str]:
    """By name."""
    return list(await session.scalars(select(Pool.name).order_by(Pool.name)))


async def find_owner(session: AsyncSession, *, pool: str) -> str | None:
    """The organisation whose pool it is."""
    return await session.scalar(select(Pool.owner).where(Pool.name == pool))


async def list_owned(session: AsyncSession) -> list[tuple[str, str]]:
    """Every pool that is an organisation's, by name, with the organisation."""
    rows = await session.execute(select(Pool.name, Pool.owner).where(Pool.owner.is_not(None)).order_by(Pool.name))
    return [(row.name, str(row.owner)) for row in rows]


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


async def own_pool(session: AsyncSession, *, pool: str, owner: str | None) -> None:
    """Whose it is from now on; None: nobody's."""
    await session.execute(
        update(Pool).where(Pool.name == pool).values(owner=owner).execution_options(synchronize_session=False)
    )


async def set_usual_pool(session: AsyncSession, *, org_id: str, pool: str | None) -> None:
    """None: the shared one."""
    forget_standing(session, org_id=org_id)
    await session.execute(
        update(Organisation)
        .where(Organisation.id == org_id)
        .values(pool=pool)
        .execution_options(synchronize_session=False)
    )


async def unchoose_pools(session: AsyncSession, *, org_id: str, pools: Collection[str]) -> None:
    """Films that chose one of them go where the organisation's takes usually go."""
    await session.execute(
        update(Project)
        .where(Project.org_id == org_id, Project.pool.in_(sorted(pools)))
        .values(pool=None)
        .execution_options(synchronize_session=False)
    )


async def move_waiting_takes(session: AsyncSession, *, org_id: str, pool: str, before: Collection[str]) -> None:
    """Takes that wait in the pools `before` go to another one, with no tag and as no heads: those that a node has taken
    up stay."""
    elsewhere = (Take.org_id == org_id, Take.state == "QUEUED", Take.pool != pool, Take.pool.in_(sorted(before)))
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
