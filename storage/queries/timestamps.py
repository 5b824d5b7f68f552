"""Instants by the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import database_now


async def read_clock(session: AsyncSession) -> datetime:
    """Now, as the database sees it."""
    return (await session.execute(select(database_now()))).scalar_one()


async def instant_after(session: AsyncSession, span: timedelta) -> datetime:
    """`span` from now, as the database sees it."""
    return await read_clock(session) + span
