"""Which models somebody takes up, by pool: those that its nodes announce which live and are not draining.

Where no node was heard of for a day there are none to ask: one process is alone, on SQLite, and renders what it has.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, exists, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Node, Take
from storage.tenant_scope import set_figures_scope

KEPT_S = 1.0
Served = frozenset[str] | None  # names of models; None: there are no nodes to ask


async def get_served(session: AsyncSession, *, pool: str, anew: bool = False) -> Served:
    """The same for everybody who asks within a second, unless `anew`."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    kept = _kept.setdefault(session.get_bind().engine, {})
    looked_at, served = kept.get(pool, (-KEPT_S, None))
    if anew or time.monotonic() - looked_at >= KEPT_S:
        served = await _look(session, pool)
        kept[pool] = (time.monotonic(), served)
    return served


async def _look(session: AsyncSession, pool: str) -> Served:
    served = frozenset(await session.scalars(_SERVED, {"pool": pool}))
    if served or await session.scalar(_HAS_NODES, {"pool": pool}):
        return served
    return None


async def list_held_back(session: AsyncSession, *, pool: str, models: Collection[str]) -> Sequence[str]:
    """Organisations that have takes of these models waiting which nodes cannot see."""
    await set_figures_scope(session)
    held_back = (Take.state == "QUEUED", Take.head.is_(False), Take.pool == pool, Take.model.in_(sorted(models)))
    return list(await session.scalars(select(Take.org_id).where(*held_back).distinct()))


_kept: WeakKeyDictionary[Engine, dict[str, tuple[float, Served]]] = WeakKeyDictionary()
_SERVED = (
    select(func.jsonb_object_keys(Node.models))
    .where(Node.pool == bindparam("pool"), Node.lost_at.is_(None), Node.draining == false())
    .distinct()
)
_HAS_NODES = select(exists().where(Node.pool == bindparam("pool")))
