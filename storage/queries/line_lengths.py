"""How long lines last that were said once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import LineLength


async def get_line_lengths(session: AsyncSession, *, org_id: str, digests: Collection[str]) -> dict[str, float]:
    """Seconds by digest, of those that are known."""
    rows = await session.execute(
        select(LineLength.digest, LineLength.length_ms).where(
            LineLength.org_id == org_id, LineLength.digest.in_(digests)
        )
    )
    return {digest: length_ms / 1000 for digest, length_ms in rows}


async def keep_line_lengths(session: AsyncSession, *, org_id: str, lengths_s: Mapping[str, float]) -> None:
    """Keep how long these last; what is known already stays."""
    known = await get_line_lengths(session, org_id=org_id, digests=lengths_s.keys())
    session.add_all(
        LineLength(org_id=org_id, digest=digest, length_ms=max(1, round(1000 * seconds)))
        for digest, seconds in lengths_s.items()
        if digest not in known
    )
    await session.flush()
