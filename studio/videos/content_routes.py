"""`/v1/videos/{id}/content`: the files of a video, by a short-lived link; by their hash, a client keeps what it has."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Asset
from studio.auth.caller import TakesCaller
from studio.auth.unit import ReadUnit
from studio.characters.consent import ConsentRequired
from studio.generation.routes import CONTENT_TYPES, FILENAMES
from studio.generation.schemas import Variant
from studio.generation.takes import find_asset
from studio.http.dependencies import ObjectsOf
from studio.http.errors import NotFound
from studio.http.openapi import followed
from studio.videos.dependencies import VideoId, make_router
from studio.videos.errors import wire_problems
from studio.videos.schemas import WireVariant
from studio.videos.videos import find_video

VARIANTS: dict[WireVariant, Variant] = {"video": "video", "thumbnail": "thumbnail", "spritesheet": "sprite"}
router = make_router()

IfNoneMatch = Annotated[str | None, Header(max_length=1000, description="The `ETag` of the file that you have.")]
_REPLIES = wire_problems(NotFound, ConsentRequired) | {304: {"description": "You have this very file."}}


@router.get(
    "/videos/{video_id}/content",
    status_code=302,
    response_class=RedirectResponse,
    responses=followed("the file", *CONTENT_TYPES) | _REPLIES,
)
async def get_video_content(
    video_id: VideoId,
    caller: TakesCaller,
    unit: ReadUnit,
    objects: ObjectsOf,
    variant: WireVariant = "video",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A short-lived link to the MP4, its thumbnail (WebP) or its sprite sheet (JPEG)."""
    asset = await _find(unit, caller.org_id, video_id, variant)
    headers = _headers(asset)
    if _has(asset, if_none_match):
        return Response(status_code=304, headers=headers)
    filename = f"{video_id}.{FILENAMES[VARIANTS[variant]]}"
    link = objects.link_to_download(str(asset.object_key), content_type=asset.content_type, filename=filename)
    return RedirectResponse(link, 302, headers=headers)


@router.head(
    "/videos/{video_id}/content",
    response_class=Response,
    responses=_REPLIES,
)
async def inspect_video_content(
    video_id: VideoId,
    caller: TakesCaller,
    unit: ReadUnit,
    variant: WireVariant = "video",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Type, size and hash of a file, without a link: is it there, and is it another than yours?"""
    asset = await _find(unit, caller.org_id, video_id, variant)
    headers = _headers(asset)
    if _has(asset, if_none_match):
        return Response(status_code=304, headers=headers)
    told = {"Content-Length": str(asset.size_bytes), "Content-Type": asset.content_type}
    return Response(headers=headers | told)


async def _find(session: AsyncSession, org_id: str, video_id: str, variant: WireVariant) -> Asset:
    _, take = await find_video(session, org_id=org_id, video_id=video_id)
    return await find_asset(session, org_id=org_id, take_id=take.id, variant=VARIANTS[variant])


def _headers(asset: Asset) -> dict[str, str]:
    """`no-cache`: keep it, and ask before each use whether the consent still stands."""
    return {"ETag": f'"{asset.sha256}"', "Cache-Control": "private, no-cache"}


def _has(asset: Asset, if_none_match: str | None) -> bool:
    """Whether the client says that it has this very file (RFC 9110, 13.1.2: a weak comparison)."""
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in tags or f'"{asset.sha256}"' in tags
