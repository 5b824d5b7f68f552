"""Prices: rows that are added, the newest that has begun is the one that holds."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Price, database_now


async def insert_price(session: AsyncSession, price: Price) -> Price:
    session.add(price)
    await session.flush()
    return price


async def list_prices(session: AsyncSession) -> list[Price]:
    """Every price that ever held or is to hold, by item and currency, newest first."""
    return list(await session.scalars(select(Price).order_by(Price.item, Price.currency, Price.since.desc())))


async def list_current_prices(session: AsyncSession) -> list[Price]:
    """Those that hold now, one of each item and currency."""
    begun = select(Price).where(Price.since <= database_now()).order_by(Price.since)
    return list({(price.item, price.currency): price for price in await session.scalars(begun)}.values())
