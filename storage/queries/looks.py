"""Looks of characters."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Look


async def insert_look(session: AsyncSession, look: Look) -> None:
    session.add(look)
    await session.flush()


async def list_looks(session: AsyncSession, *, org_id: str, character_id: str) -> list[Look]:
    """In the order in which they were made."""
    query = select(Look).where(Look.org_id == org_id, Look.character_id == character_id).order_by(Look.id)
    return list(await session.scalars(query))


async def get_look(session: AsyncSession, *, org_id: str, character_id: str, look_id: str) -> Look | None:
    return await session.scalar(
        select(Look).where(Look.org_id == org_id, Look.character_id == character_id, Look.id == look_id)
    )


async def get_looks(session: AsyncSession, *, org_id: str, look_ids: Collection[str]) -> dict[str, Look]:
    if not look_ids:
        return {}
    found = await session.scalars(select(Look).where(Look.org_id == org_id, Look.id.in_(look_ids)))
    return {look.id: look for look in found}


async def delete_look(session: AsyncSession, *, org_id: str, look_id: str) -> None:
    await session.execute(
        delete(Look).where(Look.org_id == org_id, Look.id == look_id).execution_options(synchronize_session=False)
    )


async def list_look_pictures(session: AsyncSession, *, org_id: str, character_id: str) -> set[str]:
    """Uploads that a look of the character shows."""
    found = await session.scalars(
        select(Look.picture_asset_id).where(Look.org_id == org_id, Look.character_id == character_id)
    )
    return {asset_id for asset_id in found if asset_id is not None}
