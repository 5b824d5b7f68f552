"""Uploads and assets over HTTP. Bodies never pass through here: they go straight to the object store."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from storage.objects import Objects
from storage.queries.assets import get_asset
from storage.tables import Asset
from studio.assets.content_policy import PicturePolicyOf, UnsafeImage
from studio.assets.recordings import RecordingRefused, SpeechEngineOf, complete_recording
from studio.assets.retention import AssetInUse, erase_soon, schedule_asset_erasure
from studio.assets.schemas import AssetView, UploadCreate, UploadView
from studio.assets.uploads import (
    PhotoTooLarge,
    PhotoUndecodable,
    UploadDiffers,
    UploadMissing,
    announce_upload,
    complete_upload,
    find_upload,
)
from studio.assets.upright import TurningOf
from studio.auth.caller import AssetsCaller
from studio.auth.unit import ReadUnit, Unit
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import (
    EngineUnavailable,
    NotFound,
    StoreUnavailable,
    problems,
)
from studio.http.idempotency import IdempotencyKey, KeyReused, StillRunning, find_reply, keep, request_digest

router = APIRouter()


@router.post(
    "/v1/uploads",
    status_code=201,
    tags=["uploads"],
    response_model=UploadView,
    responses=problems(KeyReused, StillRunning),
)
async def create_upload(
    asked: UploadCreate, caller: AssetsCaller, unit: Unit, objects: ObjectsOf, key: IdempotencyKey
) -> UploadView | JSONResponse:
    """Announce a file; the reply says where to upload it."""
    digest = request_digest("POST /v1/uploads", asked)
    kept = await find_reply(unit, org_id=caller.org_id, key=key, digest=digest)
    if kept is not None:
        return kept.replay()
    announced = await announce_upload(unit, objects, org_id=caller.org_id, asked=asked)
    asset, form = announced.asset, announced.form
    assert asset.expires_at is not None  # noqa: S101 (a pending asset always expires)
    view = UploadView(id=asset.id, url=form.url, fields=form.fields, expires_at=asset.expires_at)
    await keep(unit, org_id=caller.org_id, key=key, digest=digest, status=201, body=view)
    return view


@router.post(
    "/v1/uploads/{upload_id}/complete",
    name="complete_upload",
    tags=["uploads"],
    responses=problems(
        NotFound,
        UploadMissing,
        UploadDiffers,
        PhotoUndecodable,
        PhotoTooLarge,
        UnsafeImage,
        RecordingRefused,
        EngineUnavailable,
        StoreUnavailable,
    ),
)
async def complete(
    upload_id: str,
    caller: AssetsCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    policy: PicturePolicyOf,
    find_turn: TurningOf,
    engine: SpeechEngineOf,
) -> AssetView:
    """Take in what was uploaded: decode it, turn it upright, strip its metadata. Safe to repeat.

    A recording is trimmed to what is said in it, and levelled.

    A photo is turned as its EXIF says, and where its face still lies on its side, by its face.

    What nobody has used a day after it was announced is erased.
    """
    announced = await find_upload(database, caller.org_id, upload_id)
    if announced.kind == "recording":
        made = await complete_recording(database, objects, engine, org_id=caller.org_id, asset=announced)
        return view_asset(made[0], objects, notes=made[1])
    asset = await complete_upload(database, objects, policy, find_turn, org_id=caller.org_id, asset_id=upload_id)
    return view_asset(asset, objects)


@router.get("/v1/assets/{asset_id}", name="get_asset", tags=["assets"], responses=problems(NotFound))
async def read_asset(asset_id: str, caller: AssetsCaller, unit: ReadUnit, objects: ObjectsOf) -> AssetView:
    """An asset, with a link to its bytes."""
    asset = await get_asset(unit, org_id=caller.org_id, asset_id=asset_id)
    if asset is None or asset.state != "ready":
        raise NotFound(f"there is no asset {asset_id}")
    return view_asset(asset, objects)


@router.delete("/v1/assets/{asset_id}", status_code=204, tags=["assets"], responses=problems(NotFound, AssetInUse))
async def delete_asset(asset_id: str, caller: AssetsCaller, database: DatabaseOf, objects: ObjectsOf) -> None:
    """Erase an asset that nothing refers to."""
    async with database.write(org_id=caller.org_id) as session:
        to_erase = await schedule_asset_erasure(session, org_id=caller.org_id, asset_id=asset_id)
    await erase_soon(database, objects, to_erase)


def view_asset(asset: Asset, objects: Objects, notes: Sequence[str] = ()) -> AssetView:
    """A ready asset as clients see it. Evidence is saved, not shown: it is the one thing kept as it came."""
    assert asset.object_key is not None and asset.sha256 is not None  # noqa: S101, PT018 (a CHECK says so)
    filename = asset.object_key.rpartition("/")[2] if asset.kind == "evidence" else None
    return AssetView(
        id=asset.id,
        kind=asset.kind,
        content_type=asset.content_type,
        size_bytes=asset.size_bytes,
        sha256=asset.sha256,
        width=asset.width,
        height=asset.height,
        seconds=None if asset.length_ms is None else asset.length_ms / 1000,
        notes=list(notes),
        unsafe_score=asset.unsafe_score,
        created_at=asset.created_at,
        url=objects.link_to_download(asset.object_key, content_type=asset.content_type, filename=filename),
    )
