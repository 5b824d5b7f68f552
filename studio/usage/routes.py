"""Usage over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from storage.queries.timestamps import read_clock
from storage.queries.usage import Grouping, sum_usage
from studio.auth.caller import TakesCaller
from studio.auth.unit import ReadUnit
from studio.http.errors import InvalidRequest
from studio.http.timestamps import Timestamp
from studio.usage.schemas import Usage, UsageLine

router = APIRouter(tags=["usage"])

USUAL_TIME, LONGEST_TIME = timedelta(days=30), timedelta(days=366)
MOST_LINES = 5_000
MICRO = 1e6


@router.get("/v1/usage")
async def list_usage(
    caller: TakesCaller,
    unit: ReadUnit,
    since: Annotated[Timestamp | None, Query(description="Takes that ended from this instant on.")] = None,
    until: Annotated[Timestamp | None, Query(description="And before this one; now where it is left out.")] = None,
    by: Annotated[list[Grouping] | None, Query(description="What is told apart; the day where it is left out.")] = None,
) -> Usage:
    """What takes came to: how many, device-seconds and credits, by day, model, project, key or member."""
    end = until or await read_clock(unit)
    begin = since or end - USUAL_TIME
    if not timedelta(0) < end - begin <= LONGEST_TIME:
        raise InvalidRequest(f"since: lies before `until`, by {LONGEST_TIME.days} days at most", field="since")
    wanted: list[Grouping] = list(dict.fromkeys(by or ["day"]))
    rows = await sum_usage(unit, org_id=caller.org_id, since=begin, until=end, by=wanted, limit=MOST_LINES + 1)
    data = [_line(row) for row in rows[:MOST_LINES]]
    return Usage(since=begin, until=end, data=data, has_more=len(rows) > MOST_LINES)


def _line(row: dict[str, Any]) -> UsageLine:
    return UsageLine(
        day=row.get("day"),
        model=row.get("model"),
        project_id=row.get("project"),
        key_id=row.get("key"),
        member_id=row.get("member"),
        takes=row["takes"],
        succeeded=row["succeeded"],
        device_seconds=round(row["render_ms"] / 1000, 3),
        credits=row["micro_credits"] / MICRO,
    )
