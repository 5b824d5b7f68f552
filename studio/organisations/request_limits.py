"""Requests a minute, by organisation: a bucket that fills evenly.

Each process takes from a bucket in its own memory; counting in the database would cost a write for every read. Where
there may be several processes, on PostgreSQL, they settle: about once a second, and before anything else when a
twentieth of a minute's requests has not been settled yet, a process takes from the organisation's row what it has
allowed, and goes on with what it finds there. So N processes together allow at most N - 1 twentieths more than one
would, once, and that is paid back before more is allowed. While the database fails, each goes by its own memory.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from storage.queries.request_buckets import delete_full_buckets, take_from_buckets
from storage.unit import Database
from studio.http.errors import StudioError
from studio.organisations.plans import Plan, plan_of

log = structlog.get_logger(__name__)

WINDOW_S = 60
WINDOW = timedelta(seconds=WINDOW_S)
PLAN_KNOWN_FOR_S = 10.0  # a changed plan holds after at most this long
MOST_REMEMBERED = 50_000
SETTLED_AFTER_S = 1.0
UNSETTLED_SHARE = 20  # one in so many of a minute's requests may be unsettled, and always one


class TooManyRequests(StudioError):
    """The organisation's plan allows no more requests just now."""

    status = 429
    code = "rate_limit_exceeded"
    waiting_helps = True


@dataclass(frozen=True)
class Standing:
    """How an organisation stands after a request. full_s: until nothing counts any more."""

    limit: int
    remaining: int
    full_s: int
    retry_after_s: int | None

    def headers(self) -> dict[str, str]:
        """`RateLimit` and its policy as the IETF's draft has them, and the names that OpenAI's clients know."""
        return {
            "RateLimit-Policy": f'"requests";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"requests";r={self.remaining};t={self.full_s}',
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(self.remaining),
            "x-ratelimit-reset-requests": f"{self.full_s}s",
        }


@dataclass
class _Bucket:
    plan: Plan
    plan_read_at: float
    left: float
    filled_at: float
    unsettled: int = 0

    @property
    def must_settle(self) -> bool:
        return self.unsettled >= max(1, self.plan.requests_a_minute // UNSETTLED_SHARE)


class RequestLimits:
    """The buckets of this process. Times are of `time.monotonic`."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._settling = asyncio.Lock()
        self._settles_soon: asyncio.Task[None] | None = None
        self._failed = False  # a database that is away for an hour is one line of the log

    async def count(self, database: Database, org_id: str) -> Standing:
        """Count one request of the organisation."""
        now = time.monotonic()
        bucket = self._buckets.get(org_id)
        if bucket is None or now - bucket.plan_read_at > PLAN_KNOWN_FOR_S:
            async with database.read(org_id=org_id) as session:
                plan = await plan_of(session, org_id=org_id)
            bucket = self._adopt(org_id, plan, now)
        if database.is_sqlite:
            return _take_one(bucket, time.monotonic())
        if bucket.must_settle:
            async with self._settling:
                if bucket.must_settle:  # nobody else has meanwhile
                    await self._settle(database)
        standing = _take_one(bucket, time.monotonic())
        if standing.retry_after_s is None:
            bucket.unsettled += 1
            self._settle_soon(database)
        return standing

    def _settle_soon(self, database: Database) -> None:
        if self._settles_soon is None or self._settles_soon.done():
            self._settles_soon = asyncio.create_task(self._settle_later(database), name="request-limits")

    async def _settle_later(self, database: Database) -> None:
        while any(bucket.unsettled for bucket in self._buckets.values()):
            await asyncio.sleep(SETTLED_AFTER_S)
            async with self._settling:
                await self._settle(database)

    async def _settle(self, database: Database) -> None:
        """Take from the rows what was allowed here, and learn what the others left. One at a time."""
        buckets = {org_id: bucket for org_id, bucket in self._buckets.items() if bucket.unsettled}
        taken = {org_id: bucket.unsettled for org_id, bucket in buckets.items()}
        shares = {org_id: count / buckets[org_id].plan.requests_a_minute for org_id, count in taken.items()}
        try:
            async with database.jot() as session:
                levels = await take_from_buckets(session, shares, window=WINDOW)
        except (SQLAlchemyError, OSError) as error:
            if not self._failed:
                log.warning("request_limits_not_settled", error=str(error)[:200])
            self._failed = True
            return
        self._failed = False
        for org_id, level in levels.items():
            bucket = buckets[org_id]
            bucket.unsettled -= taken[org_id]
            bucket.left = level * bucket.plan.requests_a_minute - bucket.unsettled
            bucket.filled_at = time.monotonic()

    async def close(self) -> None:
        """Settle no more: what the last second allowed is forgotten."""
        if self._settles_soon is not None:
            self._settles_soon.cancel()
            await asyncio.wait([self._settles_soon])

    def _adopt(self, org_id: str, plan: Plan, now: float) -> _Bucket:
        if len(self._buckets) >= MOST_REMEMBERED:
            self._forget_full(now)
        bucket = self._buckets.get(org_id)
        if bucket is None:
            bucket = self._buckets[org_id] = _Bucket(plan, now, float(plan.requests_a_minute), now)
        elif bucket.plan != plan:
            bucket.left *= plan.requests_a_minute / bucket.plan.requests_a_minute
        bucket.plan, bucket.plan_read_at = plan, now
        return bucket

    def _forget_full(self, now: float) -> None:
        kept = {org: one for org, one in self._buckets.items() if now - one.filled_at < WINDOW_S}
        self._buckets = kept


def _take_one(bucket: _Bucket, now: float) -> Standing:
    limit = bucket.plan.requests_a_minute
    a_second = limit / WINDOW_S
    bucket.left = min(float(limit), bucket.left + (now - bucket.filled_at) * a_second)
    bucket.filled_at = now
    allowed = bucket.left >= 1
    if allowed:
        bucket.left -= 1
    full_s = math.ceil((limit - bucket.left) / a_second)
    retry_after_s = None if allowed else max(1, math.ceil((1 - bucket.left) / a_second))
    return Standing(limit, int(bucket.left), full_s, retry_after_s)


async def sweep_request_buckets(database: Database) -> None:
    """Forget buckets that are full again."""
    async with database.write() as session:
        await delete_full_buckets(session, window=WINDOW)
