"""Erasing a character: rows and template in one unit with the certificate, objects right after."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects
from storage.queries.assets import find_assets_in_use, mark_assets_deleted
from storage.queries.characters import (
    delete_character_rows,
    get_character,
    insert_deletion,
    list_evidence_assets,
    list_references,
)
from storage.queries.looks import list_look_pictures
from storage.queries.recordings import list_recordings_of
from storage.tables import Asset, Deletion
from storage.unit import Database
from studio.assets.retention import erase_soon
from studio.characters.consent import block_takes
from studio.characters.schemas import Erased
from studio.http.errors import NotFound
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.progress.events import publish_character_event


async def erase_character(database: Database, objects: Objects, *, org_id: str, character_id: str) -> Deletion:
    """Erase everything of a character and leave a certificate. Raises NotFound.

    When the object store is away, the photos are already out of reach, and the sweeper erases them later.
    """
    async with database.write(org_id=org_id) as session:
        deletion, doomed = await _erase_rows(session, org_id, character_id)
    await erase_soon(database, objects, doomed)
    return deletion


async def _erase_rows(session: AsyncSession, org_id: str, character_id: str) -> tuple[Deletion, list[Asset]]:
    if await get_character(session, org_id=org_id, character_id=character_id) is None:
        raise NotFound(f"there is no character {character_id}")
    references = await list_references(session, org_id=org_id, character_ids=[character_id])
    belongings = {kept.asset.id for kept in references[character_id]}
    belongings |= await list_evidence_assets(session, org_id=org_id, character_id=character_id)
    belongings |= await list_look_pictures(session, org_id=org_id, character_id=character_id)
    belongings |= await list_recordings_of(session, org_id=org_id, character_id=character_id)
    of = {"org_id": org_id, "character_id": character_id}
    blocked = [
        *await block_takes(session, **of, likeness="face"),
        *await block_takes(session, **of, likeness="voice"),
    ]
    rows = await delete_character_rows(session, org_id=org_id, character_id=character_id)
    shared = await find_assets_in_use(session, org_id=org_id, asset_ids=belongings)
    doomed = await mark_assets_deleted(session, org_id=org_id, asset_ids=belongings - shared)
    photos = sorted(asset.sha256 for asset in doomed if asset.sha256 is not None)
    erased = Erased(rows=rows, template=True, photos=photos, blocked_takes=blocked).model_dump()
    deletion = await insert_deletion(
        session,
        org_id=org_id,
        deletion_id=new_id("del"),
        character_id=character_id,
        erased=erased,
        erased_sha256=hashlib.sha256(json.dumps(erased, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
    )
    await audit(session, "character.erased", org_id=org_id, subject=character_id)
    told = {"org_id": org_id, "character_id": character_id}
    await publish_character_event(session, **told, event="character.erased", deletion_id=deletion.id)
    return deletion, doomed
