"""When a delivery is tried again, and when an endpoint is given up. docs/webhooks.md publishes these numbers."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MINUTE, _HOUR = 60, 3600
# Before each try, seconds since the one before.
PAUSES_S = (0, 5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
JITTER = 0.1  # up to so much longer, so that what failed together does not come back together
THROTTLING = frozenset({429, 502, 504})
THROTTLED_S = 60
LONGEST_S = 24 * _HOUR
GONE = 410
DISABLED_AFTER = timedelta(days=5)


def next_pause(attempts: int, *, status: int | None, retry_after_s: float | None) -> timedelta | None:
    """How long to wait when `attempts` tries have failed, the last one so; None: it was the last one."""
    if attempts >= len(PAUSES_S):
        return None
    pause_s = PAUSES_S[attempts] * random.uniform(1, 1 + JITTER)  # noqa: S311 (no secret)
    asked_s = retry_after_s or 0.0
    if status in THROTTLING:
        asked_s = max(asked_s, THROTTLED_S)
    return timedelta(seconds=max(pause_s, min(asked_s, LONGEST_S)))


def read_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds, of a header that says seconds or a date; None where it says neither."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(0.0, (at - now).total_seconds())


def is_given_up(failing_since: datetime | None, *, now: datetime) -> bool:
    """Whether an endpoint has failed for so long that nothing more is sent."""
    return failing_since is not None and now - failing_since >= DISABLED_AFTER
