"""Enrolment: from photos and a consent to a character with a template. Without consent no embedding is computed."""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import Box, Enrolled, PhotoVerdict, Reference, Source, Template
from storage.objects import Objects
from storage.queries.assets import get_ready_assets
from storage.queries.characters import insert_character
from storage.tables import Asset, Character, CharacterReference
from storage.unit import Database
from studio.billing.spending import charge_once, require_credits
from studio.characters.consent import check_consent, record_consent
from studio.characters.names import require_free_name
from studio.characters.schemas import CharacterCreate, ConsentGiven, PhotosCompared, PhotoView, ReferenceAsked
from studio.engines.contract import EngineError, IdentityEngine
from studio.engines.unavailable import unavailable
from studio.http.errors import NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.suspension import refuse_suspended
from studio.progress.events import publish_character_event


class PhotosRefused(StudioError):
    """These photos cannot make a character; `photos` says which and why."""

    status = 422
    code = "photos_refused"


@dataclass(frozen=True)
class AskedPhoto:
    """A photo that is there, and the face that was chosen in it."""

    asset: Asset
    face: Box | None

    def source(self, objects: Objects) -> Source:
        """A link for the engine, minted now and kept nowhere."""
        assert self.asset.object_key is not None and self.asset.sha256 is not None  # noqa: S101, PT018 (it is ready)
        return Source(url=objects.link_to_read(self.asset.object_key), sha256=self.asset.sha256)


async def inspect_photos(
    database: Database, objects: Objects, engine: IdentityEngine, *, org_id: str, asset_ids: Sequence[str]
) -> list[PhotoView]:
    """Faces and quality of each photo, before any consent. Raises NotFound, EngineUnavailable."""
    async with database.read(org_id=org_id) as session:
        photos = await find_photos(session, org_id, [ReferenceAsked(asset_id=each) for each in asset_ids])
    try:
        inspected = await engine.inspect(tuple(photo.source(objects) for photo in photos))
    except EngineError as error:
        raise unavailable(error) from error
    return [_view(photo, verdict) for photo, verdict in zip(photos, inspected.photos, strict=True)]


@dataclass(frozen=True)
class PreparedCharacter:
    """A character whose photos the engine has accepted; nothing of it is kept before `keep_character`."""

    id: str
    org_id: str
    asked: CharacterCreate
    consent: ConsentGiven
    photos: Sequence[AskedPhoto]
    enrolled: Enrolled
    template: Template


async def prepare_character(
    database: Database, objects: Objects, engine: IdentityEngine, *, org_id: str, asked: CharacterCreate
) -> PreparedCharacter:
    """Have the engine accept a character's photos, between the units of whoever keeps it.

    Raises NotFound, ConsentRequired, ConsentInsufficient, NameTaken, PhotosRefused, EngineUnavailable,
    OrganisationSuspended.
    """
    async with database.read(org_id=org_id) as session:
        await refuse_suspended(session, org_id=org_id)
        photos = await find_photos(session, org_id, asked.references)
        consent = await check_consent(session, asked.consent, org_id=org_id, photos=[photo.asset for photo in photos])
        if _claims_name(asked):
            await require_free_name(session, org_id=org_id, name=asked.name)  # before the engine works for nothing
        if _is_charged(asked, consent):
            await require_credits(session, org_id=org_id, subject="enrolment")
    enrolled = await ask_engine(engine, photos, objects)
    template = accept_photos(photos, enrolled)
    return PreparedCharacter(new_id("chr"), org_id, asked, consent, photos, enrolled, template)


async def keep_character(session: AsyncSession, prepared: PreparedCharacter) -> Character:
    """Keep it with its consent, in the unit of whatever must be true exactly when it is: a reply, a video, a film.

    Raises NameTaken, OrganisationSuspended, and NotFound where a photo was deleted meanwhile.
    """
    org_id, asked = prepared.org_id, prepared.asked
    await refuse_suspended(session, org_id=org_id)
    if _claims_name(asked):
        await require_free_name(session, org_id=org_id, name=asked.name)
    await find_photos(session, org_id, asked.references)
    character = Character(
        id=prepared.id,
        org_id=org_id,
        name=asked.name,
        hidden=asked.hidden,
        template=pack_template(prepared.template),
        template_pack=prepared.template.pack,
        template_strength=prepared.template.strength,
    )
    references = make_references(org_id, character.id, prepared.photos, prepared.enrolled)
    await insert_character(session, character, references)
    if _is_charged(asked, prepared.consent):
        await charge_once(session, org_id=org_id, subject="enrolment", subject_id=character.id)
    told = {"org_id": character.org_id, "character_id": character.id}
    await publish_character_event(session, **told, event="character.enrolled")
    await record_consent(session, prepared.consent, org_id=org_id, character_id=character.id)
    return character


def _is_charged(asked: CharacterCreate, consent: ConsentGiven) -> bool:
    """One-offs go with their video, whose price it is; the shipped example is a present."""
    return not asked.hidden and consent.kind != "licensed_example"


def _claims_name(asked: CharacterCreate) -> bool:
    return not (asked.hidden or asked.allow_duplicate_name)


async def compare_photos(
    database: Database, objects: Objects, engine: IdentityEngine, *, org_id: str, asked: PhotosCompared
) -> list[PhotoView]:
    """Whether photos show one person, as enrolling them would say it; nothing is kept.

    Raises NotFound, ConsentRequired, ConsentInsufficient, EngineUnavailable.
    """
    async with database.read(org_id=org_id) as session:
        photos = await find_photos(session, org_id, asked.references)
        await check_consent(session, asked.consent, org_id=org_id, photos=[photo.asset for photo in photos])
    return judge_together(photos, await ask_engine(engine, photos, objects))


async def find_photos(session: AsyncSession, org_id: str, asked: Sequence[ReferenceAsked]) -> list[AskedPhoto]:
    """The photos in the order asked. Raises NotFound."""
    found = await get_ready_assets(session, org_id=org_id, asset_ids=[reference.asset_id for reference in asked])
    missing = [one.asset_id for one in asked if one.asset_id not in found or found[one.asset_id].kind != "photo"]
    if missing:
        raise NotFound(f"there is no photo {', '.join(missing)}", asset_ids=missing)
    return [AskedPhoto(found[reference.asset_id], reference.face) for reference in asked]


async def ask_engine(engine: IdentityEngine, photos: Sequence[AskedPhoto], objects: Objects) -> Enrolled:
    """Have the photos embedded: the caller has checked the consent. Raises EngineUnavailable."""
    references = tuple(Reference(source=photo.source(objects), face=photo.face) for photo in photos)
    try:
        return await engine.enrol(references)
    except EngineError as error:
        raise unavailable(error) from error


def accept_photos(
    photos: Sequence[AskedPhoto], enrolled: Enrolled, *, known: Collection[str] = frozenset()
) -> Template:
    """The template, if every photo is of use: none is dropped silently.

    `known` are the assets that say who the character is: where new photos outvote them, the new ones are the strangers.
    Raises PhotosRefused.
    """
    views = judge_together(photos, enrolled, known=known)
    refused = [view for view in views if view.refusal is not None]
    if refused or enrolled.template is None:
        words = "; ".join(f"{view.asset_id}: {view.words}" for view in refused) or "no photo can be used"
        raise PhotosRefused(words, photos=[view.model_dump(mode="json") for view in views])
    return enrolled.template


def judge_together(
    photos: Sequence[AskedPhoto], enrolled: Enrolled, *, known: Collection[str] = frozenset()
) -> list[PhotoView]:
    """What each photo is good for among the others: a stranger is refused too."""
    views = [_view(photo, verdict) for photo, verdict in zip(photos, enrolled.verdicts, strict=True)]
    strangers = {photo.sha256 for photo in enrolled.photos if photo.stranger}
    outvoted = any(photo.asset.id in known and photo.asset.sha256 in strangers for photo in photos)
    for photo, view in zip(photos, views, strict=True):
        is_stranger = photo.asset.id not in known if outvoted else photo.asset.sha256 in strangers
        if is_stranger and view.refusal is None:
            view.refusal = "stranger"
            view.words = "this face is not the one in the other photos"
    return views


def pack_template(template: Template) -> bytes:
    """The embedding as the table keeps it."""
    return struct.pack(f"<{len(template.embedding_unit)}f", *template.embedding_unit)


def make_references(
    org_id: str, character_id: str, photos: Sequence[AskedPhoto], enrolled: Enrolled
) -> list[CharacterReference]:
    """Rows of accepted photos, in order."""
    kept = {photo.sha256: photo for photo in enrolled.photos}
    asset_of = {photo.asset.sha256: photo.asset.id for photo in photos}
    references = []
    for ordinal, (photo, verdict) in enumerate(zip(photos, enrolled.verdicts, strict=True)):
        assert verdict.chosen is not None  # noqa: S101 (photos without a chosen face were refused)
        face = verdict.faces[verdict.chosen]
        within = kept[verdict.sha256]
        duplicate = asset_of.get(within.duplicate_of) if within.duplicate_of else None
        references.append(
            CharacterReference(
                character_id=character_id,
                asset_id=photo.asset.id,
                org_id=org_id,
                ordinal=ordinal,
                face=face.box.model_dump(),
                quality=face.model_dump() | {"duplicate_of": duplicate},
                weight=within.weight,
            )
        )
    return references


def _view(photo: AskedPhoto, verdict: PhotoVerdict) -> PhotoView:
    return PhotoView(
        asset_id=photo.asset.id,
        faces=list(verdict.faces),
        chosen=verdict.chosen,
        refusal=verdict.refusal,
        words=verdict.words,
    )
