"""Looks: made, changed, deleted. A look never touches who the character is."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects
from storage.queries.assets import find_assets_in_use, get_ready_assets, mark_assets_deleted
from storage.queries.characters import get_character
from storage.queries.looks import delete_look, get_look, insert_look, list_looks
from storage.queries.takes import list_unfinished_of_character
from storage.tables import Asset, Look
from storage.unit import Database
from studio.assets.retention import erase_soon
from studio.characters.schemas import LookChange, LookCreate, LookView
from studio.http.errors import InvalidRequest, NotFound, StudioError
from studio.http.ids import new_id

MOST_LOOKS = 40
PICTURE_KINDS = ("photo", "plate")


class LookInUse(StudioError):
    """A take that is not finished reads this look's picture."""

    status = 409
    code = "look_in_use"


async def make_look(session: AsyncSession, *, org_id: str, character_id: str, asked: LookCreate) -> Look:
    """Keep a look. Raises NotFound, InvalidRequest."""
    before = await looks_of(session, org_id=org_id, character_id=character_id)
    if len(before) >= MOST_LOOKS:
        raise InvalidRequest(f"a character keeps at most {MOST_LOOKS} looks: delete one first")
    await _find_picture(session, org_id, asked.picture_asset_id)
    look = Look(id=new_id("look"), org_id=org_id, character_id=character_id, **asked.model_dump())
    await insert_look(session, look)
    return look


async def looks_of(session: AsyncSession, *, org_id: str, character_id: str) -> list[Look]:
    """The character's looks, the oldest first. Raises NotFound."""
    if await get_character(session, org_id=org_id, character_id=character_id) is None:
        raise NotFound(f"there is no character {character_id}")
    return await list_looks(session, org_id=org_id, character_id=character_id)


async def change_look(
    database: Database, objects: Objects, *, org_id: str, character_id: str, look_id: str, asked: LookChange
) -> Look:
    """Set what is named; a picture that is replaced is erased. Raises NotFound, InvalidRequest, LookInUse."""
    changes = asked.model_dump(exclude_unset=True)
    async with database.write(org_id=org_id) as session:
        look = await _find(session, org_id, character_id, look_id)
        doomed: list[Asset] = []
        if "picture_asset_id" in changes and changes["picture_asset_id"] != look.picture_asset_id:
            await _find_picture(session, org_id, changes["picture_asset_id"])
            before, look.picture_asset_id = look.picture_asset_id, changes["picture_asset_id"]
            doomed = await _doom_picture(session, look, before)
        for name in changes.keys() - {"picture_asset_id"}:
            setattr(look, name, changes[name])
        if not (look.wardrobe or look.hair or look.props or look.picture_asset_id):
            raise InvalidRequest("nothing would be left of this look: delete it instead")
        await session.flush()
    await erase_soon(database, objects, doomed)
    return look


async def remove_look(database: Database, objects: Objects, *, org_id: str, character_id: str, look_id: str) -> None:
    """Delete a look and its picture; takes keep what they were made with. Raises NotFound, LookInUse."""
    async with database.write(org_id=org_id) as session:
        look = await _find(session, org_id, character_id, look_id)
        await delete_look(session, org_id=org_id, look_id=look_id)
        doomed = await _doom_picture(session, look, look.picture_asset_id)
    await erase_soon(database, objects, doomed)


async def show_looks(session: AsyncSession, objects: Objects, *, org_id: str, looks: list[Look]) -> list[LookView]:
    """Looks as clients see them, with one query for all pictures."""
    wanted = {look.picture_asset_id for look in looks if look.picture_asset_id is not None}
    pictures = await get_ready_assets(session, org_id=org_id, asset_ids=wanted)
    return [_view(look, pictures.get(look.picture_asset_id or ""), objects) for look in looks]


async def _find(session: AsyncSession, org_id: str, character_id: str, look_id: str) -> Look:
    look = await get_look(session, org_id=org_id, character_id=character_id, look_id=look_id)
    if look is None:
        raise NotFound(f"character {character_id} has no look {look_id}")
    return look


async def _find_picture(session: AsyncSession, org_id: str, asset_id: str | None) -> None:
    if asset_id is None:
        return
    found = await get_ready_assets(session, org_id=org_id, asset_ids=[asset_id])
    if asset_id not in found or found[asset_id].kind not in PICTURE_KINDS:
        raise NotFound(f"there is no uploaded picture {asset_id}")


async def _doom_picture(session: AsyncSession, look: Look, asset_id: str | None) -> list[Asset]:
    """Mark the picture that the look no longer shows, unless something else refers to it."""
    if asset_id is None:
        return []
    takes = await list_unfinished_of_character(session, org_id=look.org_id, character_id=look.character_id)
    if takes:
        raise LookInUse("let these takes end, or cancel them", take_ids=takes)
    await session.flush()
    shared = await find_assets_in_use(session, org_id=look.org_id, asset_ids={asset_id})
    return await mark_assets_deleted(session, org_id=look.org_id, asset_ids={asset_id} - shared)


def _view(look: Look, picture: Asset | None, objects: Objects) -> LookView:
    link = None
    if picture is not None and picture.object_key is not None:
        link = objects.link_to_download(picture.object_key, content_type=picture.content_type)
    return LookView(
        id=look.id,
        character_id=look.character_id,
        name=look.name,
        wardrobe=look.wardrobe,
        hair=look.hair,
        props=look.props,
        picture_asset_id=look.picture_asset_id,
        picture_url=link,
        created_at=look.created_at,
    )
