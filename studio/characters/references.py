"""A character's photos, changed: the template is made anew from all that remain, or nothing changes at all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import Box
from storage.objects import Objects
from storage.queries.assets import find_assets_in_use, mark_assets_deleted
from storage.queries.characters import KeptReference, get_character, list_references, replace_references
from storage.queries.takes import list_unfinished_of_character
from storage.retry import retried
from storage.tables import Asset
from storage.unit import Database
from studio.assets.retention import erase_soon
from studio.characters.consent import check_standing_consent
from studio.characters.enrolment import (
    AskedPhoto,
    accept_photos,
    ask_engine,
    find_photos,
    judge_together,
    make_references,
    pack_template,
)
from studio.characters.schemas import MOST_REFERENCES, PhotoView, ReferenceAsked
from studio.engines.contract import IdentityEngine
from studio.http.errors import InvalidRequest, NotFound, StudioError


class CharacterChanged(StudioError):
    """The character's photos were changed by another request meanwhile."""

    status = 409
    code = "character_changed"


class LastReference(StudioError):
    """A character needs a photo."""

    status = 409
    code = "last_reference"


class ReferenceInUse(StudioError):
    """A take that is not finished reads this photo."""

    status = 409
    code = "reference_in_use"


async def add_references(
    database: Database,
    objects: Objects,
    engine: IdentityEngine,
    *,
    org_id: str,
    character_id: str,
    asked: Sequence[ReferenceAsked],
) -> None:
    """Enrol the character again with these photos too. The engine works between two units.

    Raises NotFound, InvalidRequest, ConsentRequired, ConsentInsufficient, PhotosRefused, EngineUnavailable,
    CharacterChanged.
    """
    async with database.read(org_id=org_id) as session:
        kept = await _references_of(session, org_id, character_id)
        _check_number(kept, asked)
        added = await find_photos(session, org_id, asked)
        photos = [*map(_as_asked, kept), *added]
        await _check_consent(session, org_id, character_id, photos)
    await _enrol_again(database, objects, engine, org_id, character_id, kept, photos)


async def compare_references(
    database: Database,
    objects: Objects,
    engine: IdentityEngine,
    *,
    org_id: str,
    character_id: str,
    asked: Sequence[ReferenceAsked],
) -> list[PhotoView]:
    """Whether these photos show the character, as `add_references` would say it; nothing is kept.

    Raises what that does before it asks the engine, and EngineUnavailable.
    """
    async with database.read(org_id=org_id) as session:
        kept = await _references_of(session, org_id, character_id)
        _check_number(kept, asked)
        added = await find_photos(session, org_id, asked)
        photos = [*map(_as_asked, kept), *added]
        await _check_consent(session, org_id, character_id, photos)
    known = {one.asset.id for one in kept}
    return judge_together(photos, await ask_engine(engine, photos, objects), known=known)[len(kept) :]


async def remove_reference(
    database: Database, objects: Objects, engine: IdentityEngine, *, org_id: str, character_id: str, asset_id: str
) -> None:
    """Enrol the character again without this photo, and erase the photo unless something else refers to it.

    Raises NotFound, LastReference, ReferenceInUse, and what `add_references` raises.
    """
    async with database.read(org_id=org_id) as session:
        kept = await _references_of(session, org_id, character_id)
        remaining = [_as_asked(one) for one in kept if one.asset.id != asset_id]
        if len(remaining) == len(kept):
            raise NotFound(f"character {character_id} has no photo {asset_id}")
        if not remaining:
            raise LastReference("add another photo first, or delete the character")
        await _check_idle(session, org_id, character_id)
        await _check_consent(session, org_id, character_id, remaining)
    doomed = await _enrol_again(database, objects, engine, org_id, character_id, kept, remaining)
    await erase_soon(database, objects, doomed)


async def _enrol_again(
    database: Database,
    objects: Objects,
    engine: IdentityEngine,
    org_id: str,
    character_id: str,
    before: Sequence[KeptReference],
    photos: Sequence[AskedPhoto],
) -> list[Asset]:
    """Returns the photos that nothing refers to any more, marked for erasure."""
    enrolled = await ask_engine(engine, photos, objects)
    known = {one.asset.id for one in before}
    template = accept_photos(photos, enrolled, known=known)

    @retried
    async def replace() -> list[Asset]:
        async with database.write(org_id=org_id) as session:
            now = await _references_of(session, org_id, character_id)
            if [one.asset.id for one in now] != [one.asset.id for one in before]:
                raise CharacterChanged("look at the character again, then repeat the change")
            await find_photos(session, org_id, [ReferenceAsked(asset_id=photo.asset.id) for photo in photos])
            await _check_consent(session, org_id, character_id, photos)
            removed = known - {photo.asset.id for photo in photos}
            if removed:
                await _check_idle(session, org_id, character_id)
            await replace_references(
                session,
                org_id=org_id,
                character_id=character_id,
                references=make_references(org_id, character_id, photos, enrolled),
                template=pack_template(template),
                template_pack=template.pack,
                template_strength=template.strength,
            )
            shared = await find_assets_in_use(session, org_id=org_id, asset_ids=removed)
            return await mark_assets_deleted(session, org_id=org_id, asset_ids=removed - shared)

    return await replace()


async def _references_of(session: AsyncSession, org_id: str, character_id: str) -> list[KeptReference]:
    if await get_character(session, org_id=org_id, character_id=character_id) is None:
        raise NotFound(f"there is no character {character_id}")
    return (await list_references(session, org_id=org_id, character_ids=[character_id]))[character_id]


def _check_number(kept: Sequence[KeptReference], asked: Sequence[ReferenceAsked]) -> None:
    twice = {one.asset.id for one in kept} & {one.asset_id for one in asked}
    if twice:
        raise InvalidRequest(f"the character has this photo already: {', '.join(sorted(twice))}")
    if len(kept) + len(asked) > MOST_REFERENCES:
        raise InvalidRequest(
            f"a character keeps at most {MOST_REFERENCES} photos and has {len(kept)}: remove weaker ones first"
        )


async def _check_consent(session: AsyncSession, org_id: str, character_id: str, photos: Sequence[AskedPhoto]) -> None:
    assets = [photo.asset for photo in photos]
    await check_standing_consent(session, org_id=org_id, character_id=character_id, photos=assets)


async def _check_idle(session: AsyncSession, org_id: str, character_id: str) -> None:
    takes = await list_unfinished_of_character(session, org_id=org_id, character_id=character_id)
    if takes:
        raise ReferenceInUse("let these takes end, or cancel them", take_ids=takes)


def _as_asked(kept: KeptReference) -> AskedPhoto:
    face = kept.reference.face
    return AskedPhoto(kept.asset, Box.model_validate(face) if face is not None else None)
