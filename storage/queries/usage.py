"""Sums over takes that have ended, by what whoever asks wants them told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.queries.timestamps import utc_day
from storage.tables import Shot, Take

Grouping = Literal["day", "model", "project", "key", "member"]
_KEY, _PERSON = "key_%", "per_%"


async def sum_usage(
    session: AsyncSession, *, org_id: str, since: datetime, until: datetime, by: Sequence[Grouping], limit: int
) -> list[dict[str, Any]]:
    """Takes that ended in the time, newest day first; a column for each of `by`, named like it, then the sums."""
    groups = [_group(session, each).label(each) for each in by]
    succeeded = case((Take.state == "SUCCEEDED", 1), else_=0)
    sums = (
        func.count().label("takes"),
        func.sum(succeeded).label("succeeded"),
        func.coalesce(func.sum(Take.render_ms), 0).label("render_ms"),
        func.coalesce(func.sum(Take.usage["micro_credits"].as_integer()), 0).label("micro_credits"),
    )
    query = (
        select(*groups, *sums)
        .select_from(Take)
        .outerjoin(Shot, (Shot.org_id == Take.org_id) & (Shot.id == Take.shot_id))
        .where(Take.org_id == org_id, Take.finished_at >= since, Take.finished_at < until)
        .group_by(*groups)
        .order_by(*(group.desc() if each == "day" else group for each, group in zip(by, groups, strict=True)))
        .limit(limit)
    )
    return [row._asdict() for row in await session.execute(query)]


def _group(session: AsyncSession, by: Grouping) -> ColumnElement[Any] | InstrumentedAttribute[Any]:
    if by == "day":
        return utc_day(session, Take.finished_at)
    if by == "model":
        return Take.model
    if by == "project":
        return Shot.project_id
    return case((Take.asked_by.like(_KEY if by == "key" else _PERSON), Take.asked_by), else_=None)
