"""An organisation's takes beside their durable workflows, which have the takes' ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.durable import LIVE, durable_table

UNFINISHED = "('QUEUED', 'RENDERING')"


@dataclass(frozen=True)
class Released:
    """heads: wait in a queue of nodes. running: a node has taken them up."""

    heads: int
    running: int


class Unreleased(NamedTuple):
    """A take without a workflow that waits or runs."""

    id: str
    model: str


async def count_released(session: AsyncSession, *, org_id: str) -> Released:
    """How many of the organisation's unfinished takes have a workflow that waits or runs."""
    query = text(
        "SELECT count(*) FILTER (WHERE s.status <> 'PENDING'), count(*) FILTER (WHERE s.status = 'PENDING') "  # noqa: S608
        f"FROM takes t JOIN {durable_table(session, 'workflow_status')} s ON s.workflow_uuid = t.id "
        f"WHERE t.org_id = :org_id AND t.state IN {UNFINISHED} AND s.status IN {LIVE}"
    )
    heads, running = (await session.execute(query, {"org_id": org_id})).one()
    return Released(heads, running)


async def list_unreleased(session: AsyncSession, *, org_id: str, limit: int) -> Sequence[Unreleased]:
    """The organisation's queued takes that have none, oldest first."""
    return await _list(session, org_id, "('QUEUED')", limit)


async def list_orphans(session: AsyncSession, *, org_id: str, limit: int) -> Sequence[Unreleased]:
    """The organisation's takes that render, as they say, and have none: it broke."""
    return await _list(session, org_id, "('RENDERING')", limit)


async def _list(session: AsyncSession, org_id: str, states: str, limit: int) -> Sequence[Unreleased]:
    query = text(
        f"SELECT t.id, t.model FROM takes t WHERE t.org_id = :org_id AND t.state IN {states} "  # noqa: S608
        f"AND NOT EXISTS (SELECT 1 FROM {durable_table(session, 'workflow_status')} s "
        f"WHERE s.workflow_uuid = t.id AND s.status IN {LIVE}) ORDER BY t.id LIMIT :limit"
    )
    rows = await session.execute(query, {"org_id": org_id, "limit": limit})
    return [Unreleased(*row) for row in rows]
