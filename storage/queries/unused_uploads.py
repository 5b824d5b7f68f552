"""Uploads that were taken in and are used by no character, consent, look, take, scene, shot, or edit that can be
undone."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, String, cast, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.assets import mark_assets_deleted
from storage.queries.timestamps import instant_after
from storage.tables import Asset, BoardEdit, CharacterReference, Consent, Look, Scene, Shot, Take

_UPLOADED = ("photo", "plate", "evidence", "recording")
_REFERRING = (CharacterReference.asset_id, Consent.evidence_asset_id, Look.picture_asset_id)
_NAMING = (Scene.setting, Shot.content, Take.request, BoardEdit.changes)  # documents: an id stands somewhere in them


async def list_unused_uploads(session: AsyncSession, *, org_id: str, older_than: timedelta, limit: int) -> list[Asset]:
    """Those that were announced longer ago than that."""
    return list(await session.scalars(await _unused(session, org_id, older_than, limit)))


async def mark_unused_uploads(session: AsyncSession, *, org_id: str, older_than: timedelta, limit: int) -> list[Asset]:
    """Mark them for erasure; returns them. The unit holds the organisation: nobody begins to use one meanwhile."""
    unused = await list_unused_uploads(session, org_id=org_id, older_than=older_than, limit=limit)
    return await mark_assets_deleted(session, org_id=org_id, asset_ids=[asset.id for asset in unused])


async def _unused(session: AsyncSession, org_id: str, older_than: timedelta, limit: int) -> Select[Asset]:
    query = select(Asset).where(
        Asset.org_id == org_id,
        Asset.state == "ready",
        Asset.kind.in_(_UPLOADED),
        Asset.created_at < await instant_after(session, -older_than),
    )
    for column in _REFERRING:
        query = query.where(~exists().where(column.class_.org_id == org_id, column == Asset.id))
    for document in _NAMING:
        named = cast(document, String).contains(Asset.id)
        query = query.where(~exists().where(document.class_.org_id == org_id, named))
    return query.order_by(Asset.id).limit(limit)
