"""The buckets of requests that all replicas take from. PostgreSQL only: on SQLite there is one process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.tenants import delete_idle
from storage.queries.timestamps import instant_after
from storage.tables import RequestBucket

# In the order of their keys, so that no two replicas wait for each other. A row that is there has filled up meanwhile.
_TAKE = text(
    """
    INSERT INTO request_buckets AS bucket (key, level, filled_at)
    SELECT key, 1 - taken, clock_timestamp()
    FROM unnest(CAST(:keys AS text[]), CAST(:shares AS float8[])) AS mine (key, taken) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        level = LEAST(
            1, bucket.level + GREATEST(0, EXTRACT(epoch FROM clock_timestamp() - bucket.filled_at)) / :window_s
        ) - (1 - excluded.level),
        filled_at = clock_timestamp()
    RETURNING key, level
    """
)


async def take_from_buckets(
    session: AsyncSession, taken: Mapping[str, float], *, window: timedelta
) -> dict[str, float]:
    """Take a share of the whole from each bucket, 1 being all that fills within `window`; returns what each holds
    then, and below 0 by how much too much was taken."""
    keys = sorted(taken)
    given = {"keys": keys, "shares": [taken[key] for key in keys], "window_s": window.total_seconds()}
    return {row.key: row.level for row in await session.execute(_TAKE, given)}


async def delete_full_buckets(session: AsyncSession, *, window: timedelta) -> None:
    """Drop those that have had time to fill from a whole one's debt: a row that is not there is full."""
    horizon = await instant_after(session, -2 * window)
    await delete_idle(session, RequestBucket.key, RequestBucket.filled_at < horizon)
