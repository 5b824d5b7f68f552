"""Videos: made, remade, deleted."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects
from storage.queries.assets import mark_assets_deleted
from storage.queries.videos import (
    delete_take_rows,
    delete_video_row,
    find_one_off_characters,
    get_video,
    insert_video,
)
from storage.retry import retried
from storage.tables import Asset, Take, Video
from storage.tables.takes import TERMINAL_STATES
from storage.unit import Database
from studio.assets.retention import erase_soon
from studio.characters.erasure import erase_character
from studio.generation.request import NONE, Opening
from studio.generation.schemas import TakeCreate
from studio.generation.take_queue import TakeQueue
from studio.generation.takes import find_file, submit_take
from studio.http.errors import NotFound
from studio.progress.events import publish_event
from studio.queue.ending import end_take
from studio.queue.release import release_takes
from studio.videos.errors import ModelCannot
from studio.videos.request_body import SentFile
from studio.videos.translate import list_models

_MOST_MOTION_BYTES = 16 * 1024 * 1024


async def find_video(session: AsyncSession, *, org_id: str, video_id: str) -> tuple[Video, Take]:
    """Raises NotFound."""
    found = await get_video(session, org_id=org_id, video_id=video_id)
    if found is None:
        raise NotFound(f"there is no video {video_id}")
    return found


async def make_video(
    session: AsyncSession,
    queue: TakeQueue,
    *,
    org_id: str,
    take: TakeCreate,
    prompt: str,
    remixed_from_id: str | None = None,
    openings: Mapping[str, Opening] = NONE,
) -> tuple[Video, Take]:
    """Submit the take and keep its video, in the caller's transaction. Raises what `submit_take` raises."""
    submitted = await submit_take(session, queue, org_id=org_id, asked=take, openings=openings)
    video_id = "video_" + submitted.id.removeprefix("take_")
    await insert_video(
        session,
        org_id=org_id,
        video_id=video_id,
        take_id=submitted.id,
        prompt=prompt,
        remixed_from_id=remixed_from_id,
    )
    return await find_video(session, org_id=org_id, video_id=video_id)


def read_video_id(sent: Any) -> str:  # noqa: ANN401 (whatever a client sent)
    """The id in `video`. Raises ModelCannot for a file: no model here edits footage."""
    if isinstance(sent, SentFile):
        raise ModelCannot(
            f"uploaded footage cannot be edited by any model here ({list_models()}); name a video made here: {{id}}",
            field="video",
            models=[],
        )
    told = sent.get("id") if isinstance(sent, dict) else sent
    if not isinstance(told, str) or not told:
        raise NotFound("video is {id} of a video made here")
    return told


async def read_openings(database: Database, objects: Objects, *, org_id: str, video_id: str) -> dict[str, Opening]:
    """The motion of a video's last frame, by character id.

    Raises NotFound, ModelCannot, ConsentRequired, StoreError.
    """
    async with database.read(org_id=org_id) as session:
        _, take = await find_video(session, org_id=org_id, video_id=video_id)
        if take.motion_asset_id is None:
            raise ModelCannot(f"video {video_id} is {take.state}: only a completed one can be extended", field="video")
        object_key, _ = await find_file(session, org_id=org_id, take_id=take.id, variant="motion")
    return last_frames(await objects.get(object_key, most_bytes=_MOST_MOTION_BYTES))


def last_frames(motion: bytes) -> dict[str, Opening]:
    """The last row of every float32 tensor [F, P] in a take's motion file (safetensors)."""
    (length,) = struct.unpack_from("<Q", motion)
    header = json.loads(motion[8 : 8 + length])
    rows = {}
    for name, told in header.items():
        if name != "__metadata__":
            _, columns = told["shape"]
            end = 8 + length + told["data_offsets"][1]
            rows[name] = struct.unpack_from(f"<{columns}f", motion, end - 4 * columns)
    return rows


async def delete_video(database: Database, objects: Objects, *, org_id: str, video_id: str) -> None:
    """Delete a video, its files and its one-off characters; one that still renders is cancelled.

    Raises NotFound, and StoreError: then nothing was deleted but files, and it may be asked again.
    """
    deleted = await _delete_rows(database, org_id, video_id, emptied=False)
    while deleted is None:
        await objects.delete_prefix(f"orgs/{org_id}/takes/take_{video_id.removeprefix('video_')}/")
        deleted = await _delete_rows(database, org_id, video_id, emptied=True)
    to_erase, one_offs = deleted
    await erase_soon(database, objects, to_erase)
    for character_id in one_offs:
        await erase_character(database, objects, org_id=org_id, character_id=character_id)


@retried
async def _delete_rows(
    database: Database, org_id: str, video_id: str, *, emptied: bool
) -> tuple[list[Asset], list[str]] | None:
    """The files to erase and the one-off characters. None, and nothing is deleted, while its take has files."""
    async with database.write(org_id=org_id) as session:
        video, take = await find_video(session, org_id=org_id, video_id=video_id)
        if take.state in TERMINAL_STATES and not emptied:
            return None
        one_offs = await find_one_off_characters(session, org_id=org_id, video_id=video_id, take_id=take.id)
        await delete_video_row(session, org_id=org_id, video_id=video.id)
        to_erase = []
        if take.state in TERMINAL_STATES:
            files = (take.clip_asset_id, take.thumbnail_asset_id, take.sprite_asset_id, take.motion_asset_id)
            made = [asset_id for asset_id in files if asset_id is not None]
            to_erase = await mark_assets_deleted(session, org_id=org_id, asset_ids=made)
            await delete_take_rows(session, org_id=org_id, take_id=take.id)
        elif await end_take(session, org_id=org_id, take_id=take.id, to="CANCELLED"):
            await publish_event(session, org_id=org_id, take_id=take.id, event="take.cancelled")
            await release_takes(session, org_id=org_id)
    return to_erase, one_offs
