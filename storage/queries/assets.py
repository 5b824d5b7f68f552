"""Assets: announced, made ready, marked for erasure, removed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after
from storage.tables import Asset, CharacterReference, Consent, Cut, Look, Take
from storage.tables.assets import AssetKind
from storage.tables.columns import database_now


async def announce_asset(
    session: AsyncSession,
    *,
    org_id: str,
    asset_id: str,
    kind: AssetKind,
    content_type: str,
    size_bytes: int,
    declared_sha256: str | None,
    upload_key: str,
    valid_for: timedelta,
) -> Asset:
    """A pending asset, to be uploaded within `valid_for`."""
    asset = Asset(
        id=asset_id,
        org_id=org_id,
        kind=kind,
        state="pending",
        content_type=content_type,
        size_bytes=size_bytes,
        declared_sha256=declared_sha256,
        upload_key=upload_key,
        expires_at=await instant_after(session, valid_for),
    )
    session.add(asset)
    await session.flush()
    return asset


async def insert_ready_asset(
    session: AsyncSession,
    *,
    org_id: str,
    asset_id: str,
    kind: AssetKind,
    content_type: str,
    size_bytes: int,
    object_key: str,
    sha256: str,
    width: int | None = None,
    height: int | None = None,
    declared_sha256: str | None = None,
    unsafe_score: float | None = None,
) -> Asset:
    """An asset whose object already lies in the store (what a render made, or a photo that came in a request).

    declared_sha256 is of a photo as it came.
    """
    asset = Asset(
        id=asset_id,
        org_id=org_id,
        kind=kind,
        state="ready",
        content_type=content_type,
        size_bytes=size_bytes,
        object_key=object_key,
        sha256=sha256,
        width=width,
        height=height,
        declared_sha256=declared_sha256,
        unsafe_score=unsafe_score,
    )
    session.add(asset)
    await session.flush()
    return asset


async def get_asset(session: AsyncSession, *, org_id: str, asset_id: str) -> Asset | None:
    """The asset unless it is on its way out."""
    return await session.scalar(
        select(Asset).where(Asset.org_id == org_id, Asset.id == asset_id, Asset.state != "deleted")
    )


async def get_ready_assets(session: AsyncSession, *, org_id: str, asset_ids: Collection[str]) -> dict[str, Asset]:
    """The ready ones among `asset_ids`, by id."""
    if not asset_ids:
        return {}
    found = await session.scalars(
        select(Asset).where(Asset.org_id == org_id, Asset.id.in_(asset_ids), Asset.state == "ready")
    )
    return {asset.id: asset for asset in found}


async def make_asset_ready(
    session: AsyncSession,
    *,
    org_id: str,
    asset_id: str,
    content_type: str,
    size_bytes: int,
    object_key: str,
    sha256: str,
    width: int | None,
    height: int | None,
    unsafe_score: float | None,
    length_ms: int | None = None,
) -> bool:
    """Pending → ready, once. False when another request was first or the asset has gone."""
    moved = await session.execute(
        update(Asset)
        .where(Asset.org_id == org_id, Asset.id == asset_id, Asset.state == "pending")
        .values(
            state="ready",
            content_type=content_type,
            size_bytes=size_bytes,
            object_key=object_key,
            sha256=sha256,
            width=width,
            height=height,
            unsafe_score=unsafe_score,
            length_ms=length_ms,
            expires_at=None,
        )
        .returning(Asset.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None


async def mark_assets_deleted(session: AsyncSession, *, org_id: str, asset_ids: Collection[str]) -> list[Asset]:
    """Mark for erasure; returns those that were not marked before. Their objects go first, their rows after."""
    assets = await session.scalars(
        select(Asset).where(Asset.org_id == org_id, Asset.id.in_(asset_ids), Asset.state != "deleted")
    )
    marked = list(assets)
    for asset in marked:
        asset.state = "deleted"
    await session.flush()
    return marked


async def find_assets_in_use(session: AsyncSession, *, org_id: str, asset_ids: Collection[str]) -> set[str]:
    """Those that a character, a consent, a look, a take or a cut refers to: they cannot be erased by themselves."""
    references = await session.scalars(
        select(CharacterReference.asset_id).where(
            CharacterReference.org_id == org_id, CharacterReference.asset_id.in_(asset_ids)
        )
    )
    used = set(references)
    evidence = await session.scalars(
        select(Consent.evidence_asset_id).where(Consent.org_id == org_id, Consent.evidence_asset_id.in_(asset_ids))
    )
    used.update(asset_id for asset_id in evidence if asset_id is not None)
    looks = await session.scalars(
        select(Look.picture_asset_id).where(Look.org_id == org_id, Look.picture_asset_id.in_(asset_ids))
    )
    used.update(asset_id for asset_id in looks if asset_id is not None)
    for column in (Take.clip_asset_id, Take.thumbnail_asset_id, Take.sprite_asset_id, Take.motion_asset_id):
        found = await session.scalars(select(column).where(Take.org_id == org_id, column.in_(asset_ids)))
        used.update(asset_id for asset_id in found if asset_id is not None)
    cuts = await session.scalars(select(Cut.asset_id).where(Cut.org_id == org_id, Cut.asset_id.in_(asset_ids)))
    used.update(asset_id for asset_id in cuts if asset_id is not None)
    return used


async def list_erasable_assets(session: AsyncSession, *, org_id: str, limit: int) -> list[Asset]:
    """Marked for erasure, or announced and never uploaded in time."""
    expired = and_(Asset.state == "pending", Asset.expires_at < database_now())
    query = select(Asset).where(Asset.org_id == org_id, or_(Asset.state == "deleted", expired))
    return list(await session.scalars(query.order_by(Asset.id).limit(limit)))


async def list_left_uploads(session: AsyncSession, *, org_id: str, limit: int) -> list[Asset]:
    """Taken in, but what was uploaded still lies there."""
    query = select(Asset).where(Asset.org_id == org_id, Asset.state == "ready", Asset.upload_key.is_not(None))
    return list(await session.scalars(query.order_by(Asset.id).limit(limit)))


async def delete_upload_row(session: AsyncSession, *, org_id: str, asset_id: str) -> None:
    """What was uploaded has been erased."""
    await session.execute(
        update(Asset)
        .where(Asset.org_id == org_id, Asset.id == asset_id, Asset.state == "ready")
        .values(upload_key=None)
        .execution_options(synchronize_session=False)
    )


async def remove_asset_row(session: AsyncSession, *, org_id: str, asset_id: str) -> None:
    """Remove the row after its objects have gone."""
    await session.execute(
        delete(Asset)
        .where(Asset.org_id == org_id, Asset.id == asset_id, Asset.state != "ready")
        .execution_options(synchronize_session=False)
    )
