"""What is no longer kept: objects go first, rows after, so that a crash leaves a row to try again by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import groupby

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects, StoreError
from storage.queries.assets import (
    delete_upload_row,
    find_assets_in_use,
    get_asset,
    list_erasable_assets,
    list_left_uploads,
    mark_assets_deleted,
    remove_asset_row,
)
from storage.queries.idempotency import delete_old_keys
from storage.queries.tenants import each_tenant
from storage.queries.unused_uploads import list_unused_uploads, mark_unused_uploads
from storage.queries.videos import forget_deleted_videos
from storage.retry import retried
from storage.tables import Asset
from storage.unit import Database
from studio.http.errors import NotFound, StudioError

log = structlog.get_logger(__name__)

KEYS_KEPT_FOR = timedelta(days=2)
UNUSED_KEPT_FOR = timedelta(days=1)
_AT_ONCE = 200  # of an organisation


class AssetInUse(StudioError):
    """A character or a take needs this asset."""

    status = 409
    code = "asset_in_use"


async def schedule_asset_erasure(session: AsyncSession, *, org_id: str, asset_id: str) -> list[Asset]:
    """Mark one asset for erasure. Raises NotFound, AssetInUse."""
    if await get_asset(session, org_id=org_id, asset_id=asset_id) is None:
        raise NotFound(f"there is no asset {asset_id}")
    if await find_assets_in_use(session, org_id=org_id, asset_ids=[asset_id]):
        raise AssetInUse("delete the character that refers to it instead")
    return await mark_assets_deleted(session, org_id=org_id, asset_ids=[asset_id])


async def erase_assets(database: Database, objects: Objects, assets: Sequence[Asset]) -> None:
    """Erase the objects of marked assets, then their rows. Raises StoreError: the sweeper will try again."""
    await objects.delete([key for asset in assets for key in (asset.upload_key, asset.object_key) if key is not None])
    for org_id, theirs in _by_tenant(assets):
        await _remove_rows(database, org_id, theirs)


async def erase_soon(database: Database, objects: Objects, assets: Sequence[Asset]) -> None:
    """The same for somebody who waits: marked assets are out of reach, and what the store keeps is the sweeper's."""
    try:
        await erase_assets(database, objects, assets)
    except StoreError as error:
        log.warning("erasure_postponed", assets=[asset.id for asset in assets], words=str(error))


@retried
async def _remove_rows(database: Database, org_id: str, assets: Sequence[Asset]) -> None:
    async with database.write(org_id=org_id) as session:
        for asset in assets:
            await remove_asset_row(session, org_id=org_id, asset_id=asset.id)


@retried
async def schedule_assets_erasure(database: Database, *, org_id: str, asset_ids: Collection[str]) -> list[Asset]:
    """Mark for erasure those that nothing refers to, in a unit of its own; returns them."""
    async with database.write(org_id=org_id) as session:
        used = await find_assets_in_use(session, org_id=org_id, asset_ids=asset_ids)
        return await mark_assets_deleted(session, org_id=org_id, asset_ids=set(asset_ids) - used)


async def sweep(database: Database, objects: Objects) -> int:
    """Erase what was marked, what was announced and never came, and uploads that were taken in.

    Call it at start and now and then; returns how many assets were erased. Raises StoreError.
    """
    erasable: list[Asset] = []
    left: list[Asset] = []
    async with database.read() as session:
        async for org_id in each_tenant(session):
            erasable += await list_erasable_assets(session, org_id=org_id, limit=_AT_ONCE)
            left += await list_left_uploads(session, org_id=org_id, limit=_AT_ONCE)
    if erasable:
        await erase_assets(database, objects, erasable)
    await objects.delete([asset.upload_key for asset in left if asset.upload_key is not None])
    for org_id, theirs in _by_tenant(left):
        async with database.write(org_id=org_id) as session:
            for asset in theirs:
                await delete_upload_row(session, org_id=org_id, asset_id=asset.id)
    return len(erasable)


async def forget_old_requests(database: Database) -> None:
    """Forget what nobody repeats or goes on from any more: keys of requests, places of deleted videos."""
    async with database.write() as session:
        async for org_id in each_tenant(session):
            await delete_old_keys(session, org_id=org_id, older_than=KEYS_KEPT_FOR)
            await forget_deleted_videos(session, org_id=org_id, older_than=KEYS_KEPT_FOR)


async def schedule_unused_uploads_erasure(database: Database) -> None:
    """Mark for erasure what came and was not used within a day. Reads every document of a tenant: call it seldom."""
    unused: list[Asset] = []
    async with database.read() as session:
        async for org_id in each_tenant(session):
            unused += await list_unused_uploads(session, org_id=org_id, older_than=UNUSED_KEPT_FOR, limit=_AT_ONCE)
    for org_id, _ in _by_tenant(unused):
        async with database.write(org_id=org_id) as session:
            await mark_unused_uploads(session, org_id=org_id, older_than=UNUSED_KEPT_FOR, limit=_AT_ONCE)


def _by_tenant(assets: Sequence[Asset]) -> Iterator[tuple[str, list[Asset]]]:
    for org_id, theirs in groupby(sorted(assets, key=lambda asset: asset.org_id), key=lambda asset: asset.org_id):
        yield org_id, list(theirs)
