"""A look into the durable engine's own tables, which know no tenants."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def count_waiting_workflows(session: AsyncSession, *, most: int) -> int:
    """How many workflows wait in queues, of every organisation, counted no further than `most`."""
    table = "dbos.workflow_status" if session.get_bind().dialect.name == "postgresql" else "workflow_status"
    query = (
        f"SELECT count(*) FROM (SELECT 1 FROM {table} "  # noqa: S608 (one of two words of ours)
        "WHERE status IN ('ENQUEUED', 'DELAYED') AND queue_name IS NOT NULL LIMIT :most) AS waiting"
    )
    return int((await session.execute(text(query), {"most": most})).scalar_one())
