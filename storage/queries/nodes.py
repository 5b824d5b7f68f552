"""Nodes: announced, seen, lost. All instants are the database's, so that no machine's clock decides who lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.metrics import count_lost_nodes
from storage.tables import Node, database_now


@dataclass(frozen=True)
class NodeFigure:
    """A node as metrics count it. idle: there are models whose takes it cannot begin now."""

    pool: str
    draining: bool
    idle: bool
    models: tuple[str, ...]


async def insert_node(session: AsyncSession, node: Node) -> None:
    """A node begins. Former lives of its name are over: whoever has the name now has their place."""
    await session.execute(
        update(Node)
        .where(Node.name == node.name, Node.lost_at.is_(None))
        .values(lost_at=database_now())
        .execution_options(synchronize_session=False)
    )
    session.add(node)
    await session.flush()


async def see_node(session: AsyncSession, *, node_id: str) -> bool:
    """The node lives. False: it was found dead, for good."""
    seen = await session.execute(
        update(Node)
        .where(Node.id == node_id, Node.lost_at.is_(None))
        .values(seen_at=database_now())
        .returning(Node.id)
        .execution_options(synchronize_session=False)
    )
    return seen.first() is not None


@dataclass(frozen=True)
class NodeStatus:
    """What a node says of itself with its heartbeat: its cards by model, how many takes it denoises at a time, whether
    it takes up anything, and what keeps it from some of it."""

    models: dict[str, Any]
    slots: int
    draining: bool
    why_idle: str | None


async def describe_node(session: AsyncSession, *, node_id: str, status: NodeStatus) -> None:
    """Keep what the node says of itself."""
    await session.execute(
        update(Node)
        .where(Node.id == node_id)
        .values(models=status.models, slots=status.slots, draining=status.draining, why_idle=status.why_idle)
        .execution_options(synchronize_session=False)
    )


async def end_node(session: AsyncSession, *, node_id: str) -> None:
    """The node ends by itself."""
    await session.execute(
        update(Node)
        .where(Node.id == node_id, Node.lost_at.is_(None))
        .values(lost_at=database_now())
        .execution_options(synchronize_session=False)
    )


async def list_silent(session: AsyncSession, *, silent_for: timedelta) -> list[str]:
    """Ids of nodes that count as alive, and were not seen for so long."""
    now: Any = await session.scalar(select(database_now()))
    return list(await session.scalars(select(Node.id).where(Node.lost_at.is_(None), Node.seen_at < now - silent_for)))


async def lose_silent(session: AsyncSession, *, silent_for: timedelta) -> list[str]:
    """Nodes that were not seen for so long are dead from now on, whether they know it or not; returns their names."""
    now: Any = await session.scalar(select(database_now()))
    lost = await session.scalars(
        update(Node)
        .where(Node.lost_at.is_(None), Node.seen_at < now - silent_for)
        .values(lost_at=database_now())
        .returning(Node.name)
        .execution_options(synchronize_session=False)
    )
    names = sorted(lost)
    count_lost_nodes(session, len(names))
    return names


async def measure_nodes(session: AsyncSession) -> list[NodeFigure]:
    """Of each node that nobody found dead: what it serves, for which pool, and whether it takes up work."""
    alive = select(Node.pool, Node.draining, Node.why_idle, Node.models).where(Node.lost_at.is_(None))
    rows = await session.execute(alive)
    return [NodeFigure(pool, draining, idle is not None, tuple(models)) for pool, draining, idle, models in rows]


async def list_alive(session: AsyncSession) -> list[Node]:
    """Nodes that nobody found dead, those first that began first."""
    return list(await session.scalars(select(Node).where(Node.lost_at.is_(None)).order_by(Node.started_at, Node.id)))


async def list_announced(session: AsyncSession, *, within: timedelta) -> list[tuple[str, dict[str, Any]]]:
    """What nodes that were seen within this time announced, each with its pool, oldest announcement first."""
    now: Any = await session.scalar(select(database_now()))
    found = select(Node.pool, Node.models).where(Node.seen_at >= now - within).order_by(Node.seen_at)
    return [(row.pool, row.models) for row in await session.execute(found)]


async def forget_nodes(session: AsyncSession, *, lost_for: timedelta) -> None:
    """Remove what is known of nodes that are long gone."""
    now: Any = await session.scalar(select(database_now()))
    await session.execute(
        delete(Node).where(Node.lost_at < now - lost_for).execution_options(synchronize_session=False)
    )
