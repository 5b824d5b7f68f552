"""Requests a minute, by organisation: a bucket in this process's memory that fills evenly.

Counting in the database would cost a write for every read. What memory forgets at a restart is one minute's worth;
jobs and storage, where more is at stake, are counted from their rows.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from storage.unit import Database
from studio.http.errors import StudioError
from studio.organisations.plans import Plan, plan_of

WINDOW_S = 60
PLAN_KNOWN_FOR_S = 10.0  # a changed plan holds after at most this long
MOST_REMEMBERED = 50_000


class TooManyRequests(StudioError):
    """The organisation's plan allows no more requests just now."""

    status = 429
    code = "rate_limit_exceeded"


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


class RequestLimits:
    """The buckets of this process. Times are of `time.monotonic`."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    async def count(self, database: Database, org_id: str) -> Standing:
        """Count one request of the organisation."""
        now = time.monotonic()
        bucket = self._buckets.get(org_id)
        if bucket is None or now - bucket.plan_read_at > PLAN_KNOWN_FOR_S:
            async with database.read(org_id=org_id) as session:
                plan = await plan_of(session, org_id=org_id)
            bucket = self._adopt(org_id, plan, now)
        return _take_one(bucket, now)

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
