"""Instants by the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.tables import database_now


async def read_clock(session: AsyncSession) -> datetime:
    """Now, as the database sees it."""
    return (await session.execute(select(database_now()))).scalar_one()


async def instant_after(session: AsyncSession, span: timedelta) -> datetime:
    """`span` from now, as the database sees it."""
    return await read_clock(session) + span


def utc_day(session: AsyncSession, instant: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """The day of UTC that a column's instant is on, as `2026-11-29`."""
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d", instant)
    return func.to_char(func.timezone("UTC", instant), "YYYY-MM-DD")


def milliseconds_between(
    session: AsyncSession, begin: InstrumentedAttribute[Any], end: InstrumentedAttribute[Any]
) -> ColumnElement[Any]:
    """Of two columns' instants."""
    if session.get_bind().dialect.name == "sqlite":
        return (func.julianday(end) - func.julianday(begin)) * 86_400_000.0
    return func.extract("epoch", end - begin) * 1000.0
