"""An organisation's takes beside their durable workflows, which have the takes' ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.durable import LIVE, durable_table


class Orphan(NamedTuple):
    """A take without a workflow that waits or runs."""

    id: str
    model: str
    pool: str


async def list_orphans(session: AsyncSession, *, org_id: str, limit: int) -> Sequence[Orphan]:
    """The organisation's takes that render, as they say, and have none: it broke."""
    query = text(
        f"SELECT t.id, t.model, t.pool FROM takes t WHERE t.org_id = :org_id AND t.state = 'RENDERING' "  # noqa: S608
        f"AND NOT EXISTS (SELECT 1 FROM {durable_table(session, 'workflow_status')} s "
        f"WHERE s.workflow_uuid = t.id AND s.status IN {LIVE}) ORDER BY t.id LIMIT :limit"
    )
    rows = await session.execute(query, {"org_id": org_id, "limit": limit})
    return [Orphan(*row) for row in rows]
