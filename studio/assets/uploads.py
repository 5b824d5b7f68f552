"""An upload's way: announced, put straight into the object store, taken in, made an asset."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import Source
from storage.objects import ObjectMissing, Objects, ObjectTooLarge, UploadForm
from storage.queries.assets import (
    announce_asset,
    delete_upload_row,
    get_asset,
    get_ready_assets,
    insert_ready_asset,
    make_asset_ready,
    mark_assets_deleted,
)
from storage.retry import retried
from storage.tables import Asset
from storage.unit import Database
from studio.assets.content_policy import Judged, PicturePolicy, UnsafeImage, allow_every_picture
from studio.assets.intake import MOST_BYTES, NormalisedPhoto, PhotoRefused, take_in_photo
from studio.assets.retention import erase_soon
from studio.assets.schemas import UploadCreate
from studio.assets.upright import FindTurn, leave_as_it_is
from studio.http.errors import NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.organisations.storage_limit import check_storage

log = structlog.get_logger(__name__)

UPLOAD_WITHIN = timedelta(hours=1)
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}


class UploadMissing(StudioError):
    """Nothing has been uploaded yet."""

    status = 409
    code = "upload_missing"


class UploadDiffers(StudioError):
    """What was uploaded is not what was announced."""

    status = 422
    code = "upload_differs"


class PhotoUndecodable(StudioError):
    """The picture cannot be read."""

    status = 422
    code = "undecodable"


class PhotoTooLarge(StudioError):
    """The picture is larger than a photo may be."""

    status = 422
    code = "too_large"


@dataclass(frozen=True)
class Announced:
    """A pending asset and the form by which its bytes may come."""

    asset: Asset
    form: UploadForm


async def announce_upload(session: AsyncSession, objects: Objects, *, org_id: str, asked: UploadCreate) -> Announced:
    """Make room for an upload. Signing needs no network, so it fits into the unit. Raises StorageFull."""
    await check_storage(session, org_id=org_id, adding_bytes=asked.size_bytes)
    asset_id = new_id("ast")
    key = f"orgs/{org_id}/uploads/{asset_id}"
    asset = await announce_asset(
        session,
        org_id=org_id,
        asset_id=asset_id,
        kind=asked.kind,
        content_type=asked.content_type,
        size_bytes=asked.size_bytes,
        declared_sha256=asked.sha256,
        upload_key=key,
        valid_for=UPLOAD_WITHIN,
    )
    form = objects.form_to_upload(
        key,
        content_type=asked.content_type,
        size_bytes=asked.size_bytes,
        sha256=asked.sha256,
        valid_for=UPLOAD_WITHIN,
    )
    return Announced(asset, form)


async def complete_upload(
    database: Database,
    objects: Objects,
    policy: PicturePolicy,
    find_turn: FindTurn = leave_as_it_is,
    *,
    org_id: str,
    asset_id: str,
) -> Asset:
    """Take in what was uploaded, once: a second call returns the same asset. A photo is turned by its face.

    Raises NotFound, UploadMissing, UploadDiffers, PhotoUndecodable, PhotoTooLarge, StoreError, and what the policy
    raises: after UnsafeImage nothing is left of the upload, after anything else it may be completed again.
    """
    asset = await find_upload(database, org_id, asset_id)
    if asset.state == "ready" or asset.upload_key is None:
        return asset
    try:
        body = await _fetch(objects, asset, asset.upload_key)
    except UploadMissing:
        if await _is_ready(database, org_id, asset_id):  # another request has just taken it in
            return await find_upload(database, org_id, asset_id)
        raise
    kept = await _normalise(asset, body)
    try:
        key, judged = await _place(
            objects, allow_every_picture if asset.kind == "evidence" else policy, org_id, asset_id, kept
        )
        if asset.kind == "photo":
            kept, key = await _stand_up(objects, find_turn, body, kept, key)
    except UnsafeImage as refused:
        await _erase_refused(database, objects, refused, org_id=org_id, asset_id=asset_id)
        raise
    made = await _make_ready(database, org_id, asset_id, key, kept, judged)
    if not made:
        await objects.delete([key])  # another request was first, or the upload was deleted or expired meanwhile
    await objects.delete([asset.upload_key])
    await forget_upload(database, org_id, asset_id)
    return await find_upload(database, org_id, asset_id)


@retried
async def _make_ready(
    database: Database, org_id: str, asset_id: str, key: str, kept: NormalisedPhoto, judged: Judged
) -> bool:
    async with database.write(org_id=org_id) as session:
        made = await make_asset_ready(
            session,
            org_id=org_id,
            asset_id=asset_id,
            content_type=kept.content_type,
            size_bytes=len(kept.body),
            object_key=key,
            sha256=kept.sha256,
            width=kept.width or None,
            height=kept.height or None,
            unsafe_score=judged.score,
        )
        if made and judged.flagged:
            await _note_flagged(session, judged, org_id, asset_id)
    return made


@retried
async def forget_upload(database: Database, org_id: str, asset_id: str) -> None:
    """What was uploaded has been erased."""
    async with database.write(org_id=org_id) as session:
        await delete_upload_row(session, org_id=org_id, asset_id=asset_id)


async def keep_photo(
    database: Database,
    objects: Objects,
    policy: PicturePolicy,
    find_turn: FindTurn = leave_as_it_is,
    *,
    org_id: str,
    body: bytes,
) -> str:
    """Take in a photo that came inside a request; returns its asset's id. For small bodies: it is held in memory.

    Raises PhotoUndecodable, PhotoTooLarge, StorageFull, StoreError, and what the policy raises; then nothing is kept.
    """
    async with database.read(org_id=org_id) as session:
        await check_storage(session, org_id=org_id, adding_bytes=len(body))
    kept = await _take_in(body)
    asset_id = new_id("ast")
    try:
        key, judged = await _place(objects, policy, org_id, asset_id, kept)
        kept, key = await _stand_up(objects, find_turn, body, kept, key)
    except UnsafeImage as refused:
        await _erase_refused(database, objects, refused, org_id=org_id, asset_id=asset_id)
        raise
    async with database.write(org_id=org_id) as session:
        await insert_ready_asset(
            session,
            org_id=org_id,
            asset_id=asset_id,
            kind="photo",
            content_type=kept.content_type,
            size_bytes=len(kept.body),
            object_key=key,
            sha256=kept.sha256,
            width=kept.width,
            height=kept.height,
            declared_sha256=hashlib.sha256(body).hexdigest(),
            unsafe_score=judged.score,
        )
        if judged.flagged:
            await _note_flagged(session, judged, org_id, asset_id)
    return asset_id


async def _place(
    objects: Objects, policy: PicturePolicy, org_id: str, asset_id: str, kept: NormalisedPhoto
) -> tuple[str, Judged]:
    """Put it into the store under a key of this attempt's own, and ask the policy. Whatever fails leaves no object."""
    key = f"orgs/{org_id}/assets/{asset_id}/{_object_name(kept)}"
    await objects.put(key, kept.body, content_type=kept.content_type)
    try:
        return key, await policy(Source(url=objects.link_to_read(key), sha256=kept.sha256))
    except BaseException:
        await objects.delete([key])
        raise


async def _stand_up(
    objects: Objects, find_turn: FindTurn, body: bytes, kept: NormalisedPhoto, key: str
) -> tuple[NormalisedPhoto, str]:
    """The photo and its key; both are others where its face lay on its side. Whatever fails leaves no object."""
    try:
        turn_deg = await find_turn(Source(url=objects.link_to_read(key), sha256=kept.sha256))
        if turn_deg == 0:
            return kept, key
        turned = await _take_in(body, turn_deg)
        turned_key = f"{key.rpartition('/')[0]}/{_object_name(turned)}"
        await objects.put(turned_key, turned.body, content_type=turned.content_type)
    except BaseException:
        await objects.delete([key])
        raise
    await objects.delete([key])
    return turned, turned_key


def _object_name(kept: NormalisedPhoto) -> str:
    return f"{kept.sha256[:16]}-{secrets.token_hex(4)}.{_SUFFIXES[kept.content_type]}"


async def _note_flagged(session: AsyncSession, judged: Judged, org_id: str, asset_id: str) -> None:
    log.warning("picture_flagged", org_id=org_id, asset_id=asset_id, score=judged.score)
    await audit(session, "picture.flagged", org_id=org_id, subject=asset_id, score=f"{judged.score:.3f}")


async def _erase_refused(
    database: Database, objects: Objects, refused: UnsafeImage, *, org_id: str, asset_id: str
) -> None:
    log.warning("picture_refused", org_id=org_id, asset_id=asset_id, why=refused.members)
    async with database.write(org_id=org_id) as session:
        to_erase = await mark_assets_deleted(session, org_id=org_id, asset_ids=[asset_id])
        await audit(
            session, "picture.refused", org_id=org_id, subject=asset_id, score=str(refused.members.get("unsafe_score"))
        )
    await erase_soon(database, objects, to_erase)


async def find_upload(database: Database, org_id: str, asset_id: str) -> Asset:
    """Raises NotFound."""
    async with database.read(org_id=org_id) as session:
        asset = await get_asset(session, org_id=org_id, asset_id=asset_id)
    if asset is None:
        raise NotFound(f"there is no upload {asset_id}")
    return asset


async def _is_ready(database: Database, org_id: str, asset_id: str) -> bool:
    async with database.read(org_id=org_id) as session:
        return asset_id in await get_ready_assets(session, org_id=org_id, asset_ids=[asset_id])


async def _fetch(objects: Objects, asset: Asset, key: str) -> bytes:
    try:
        body = await objects.get(key, most_bytes=MOST_BYTES)
    except ObjectMissing:
        raise UploadMissing("upload the file first, then complete") from None
    except ObjectTooLarge:
        raise PhotoTooLarge(f"at most {MOST_BYTES // 2**20} MiB are accepted") from None
    if len(body) != asset.size_bytes or asset.declared_sha256 not in (None, hashlib.sha256(body).hexdigest()):
        raise UploadDiffers("size or SHA-256 is not what was announced")
    return body


async def _normalise(asset: Asset, body: bytes) -> NormalisedPhoto:
    """Pictures are normalised; evidence is kept as it came, since it is shown to people and never drawn from."""
    if asset.kind == "evidence":
        return NormalisedPhoto(body, hashlib.sha256(body).hexdigest(), 0, 0, asset.content_type)
    return await _take_in(body)


async def _take_in(body: bytes, turn_deg: int = 0) -> NormalisedPhoto:
    try:
        return await take_in_photo(body, turn_deg)
    except PhotoRefused as refused:
        refusal = PhotoTooLarge if refused.refusal == "too_large" else PhotoUndecodable
        raise refusal(refused.words) from refused
