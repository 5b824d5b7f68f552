"""What was made in test mode is forgotten after a week, and a twin goes with its organisation."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import structlog

from storage.objects import Objects
from storage.queries.assets import mark_assets_deleted
from storage.queries.organisation_erasure import mark_organisation_deleted
from storage.queries.request_log import delete_old_logged_requests
from storage.queries.takes import get_take
from storage.queries.timestamps import instant_after
from storage.queries.twins import OldThings, delete_old_events, list_old_things, list_orphaned_twins, list_twins
from storage.queries.videos import delete_take_rows
from storage.tables.takes import TERMINAL_STATES
from storage.unit import Database
from studio.assets.retention import erase_assets
from studio.characters.erasure import erase_character
from studio.generation.takes import cancel_take
from studio.http.errors import NotFound
from studio.http.ids import first_id_at
from studio.request_log.writing import MOST_KEPT
from studio.storyboard.erasure import erase_project
from studio.videos.videos import delete_video

log = structlog.get_logger(__name__)

KEPT_FOR = timedelta(days=7)
_AT_ONCE = 100  # of each kind


async def sweep_test_mode(database: Database, objects: Objects) -> None:
    """Forget what is older than a week. Raises StoreError: the next sweep tries again."""
    async with database.read() as session:
        orphans = await list_orphaned_twins(session)
        twins = await list_twins(session)
    for org_id in orphans:
        async with database.write(org_id=org_id) as session:
            await mark_organisation_deleted(session, org_id=org_id)  # the sweep of departures does the rest
    for org_id in set(twins) - set(orphans):
        await _sweep(database, objects, org_id)


async def _sweep(database: Database, objects: Objects, org_id: str) -> None:
    async with database.read(org_id=org_id) as session:
        old = await list_old_things(session, org_id=org_id, older_than=KEPT_FOR, limit=_AT_ONCE)
    await _erase(database, objects, org_id, old)
    async with database.write(org_id=org_id) as session:
        before = first_id_at("req", await instant_after(session, -KEPT_FOR))
        await delete_old_logged_requests(session, org_id=org_id, before=before, most=MOST_KEPT)
        await delete_old_events(session, org_id=org_id, older_than=KEPT_FOR)


async def _erase(database: Database, objects: Objects, org_id: str, old: OldThings) -> None:
    """Films with their takes first, characters last: what shows them is gone by then."""
    gone = 0
    for project_id in old.projects:
        gone += await _unless_gone(erase_project(database, objects, org_id=org_id, project_id=project_id))
    for video_id in old.videos:
        gone += await _unless_gone(delete_video(database, objects, org_id=org_id, video_id=video_id))
    for take_id in old.takes:
        gone += await _unless_gone(_erase_take(database, objects, org_id, take_id))
    for character_id in old.characters:
        gone += await _unless_gone(erase_character(database, objects, org_id=org_id, character_id=character_id))
    if gone:
        log.info("test_mode_swept", org_id=org_id, things=gone)


async def _unless_gone(erasing: Awaitable[object]) -> int:
    try:
        await erasing
    except NotFound:  # it went with something else
        return 0
    return 1


async def _erase_take(database: Database, objects: Objects, org_id: str, take_id: str) -> None:
    """Of one that has not ended, the end; the next sweep does the rest. Raises NotFound."""
    async with database.write(org_id=org_id) as session:
        take = await get_take(session, org_id=org_id, take_id=take_id)
        if take is None:
            raise NotFound(f"there is no take {take_id}")
        if take.state not in TERMINAL_STATES:
            await cancel_take(session, org_id=org_id, take_id=take_id)
            return
    await objects.delete_prefix(f"orgs/{org_id}/takes/{take_id}/")
    async with database.write(org_id=org_id) as session:
        files = (take.clip_asset_id, take.thumbnail_asset_id, take.sprite_asset_id, take.motion_asset_id)
        made = [asset_id for asset_id in files if asset_id is not None]
        marked = await mark_assets_deleted(session, org_id=org_id, asset_ids=made)
        await delete_take_rows(session, org_id=org_id, take_id=take_id)
    await erase_assets(database, objects, marked)
