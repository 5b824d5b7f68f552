"""Characters over HTTP: looked at, enrolled, shown, erased; their consents granted and revoked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from storage.queries.characters import (
    get_character,
    get_deletion,
    list_characters,
    list_references,
)
from storage.retry import retried
from studio.auth.caller import CharactersCaller
from studio.auth.unit import ReadUnit, Unit
from studio.billing.spending import UNPAID
from studio.characters.consent import ConsentInsufficient, ConsentRequired, check_consent, end_consent, record_consent
from studio.characters.enrolment import (
    PhotosRefused,
    compare_photos,
    inspect_photos,
    keep_character,
    prepare_character,
)
from studio.characters.erasure import erase_character
from studio.characters.looks import LookInUse, change_look, looks_of, make_look, remove_look, show_looks
from studio.characters.names import NameTaken, rename
from studio.characters.references import (
    CharacterChanged,
    LastReference,
    ReferenceInUse,
    add_references,
    compare_references,
    remove_reference,
)
from studio.characters.schemas import (
    CharacterCreate,
    CharacterRename,
    CharacterView,
    ConsentGiven,
    ConsentRevoked,
    ConsentView,
    DeletionCertificate,
    Inspection,
    LookChange,
    LookCreate,
    LookList,
    LookView,
    PhotosAsked,
    PhotosCompared,
    ReferencesAsked,
)
from studio.characters.views import show_character, show_characters, show_consent, show_deletion
from studio.engines.contract import IdentityEngine
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import (
    EngineUnavailable,
    InvalidRequest,
    NotFound,
    ScopeMissing,
    StoreUnavailable,
    problems,
)
from studio.http.idempotency import IdempotencyKey, KeyReused, StillRunning, claimed, keep, request_digest
from studio.http.pagination import AskedPage, Page, cut_page
from studio.organisations.suspension import OrganisationSuspended

router = APIRouter(prefix="/v1/characters", tags=["characters"])


async def _identity_engine(request: Request) -> IdentityEngine:
    engine: IdentityEngine = request.app.state.identity
    return engine


IdentityEngineOf = Annotated[IdentityEngine, Depends(_identity_engine)]


@router.post("/inspect", name="inspect_photos", responses=problems(NotFound, EngineUnavailable))
async def inspect(
    asked: PhotosAsked,
    caller: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
) -> Inspection:
    """Find faces and judge the photos' quality, before any consent: nobody is recognised, nothing is kept."""
    photos = await inspect_photos(database, objects, engine, org_id=caller.org_id, asset_ids=asked.asset_ids)
    return Inspection(photos=photos)


@router.post(
    "/compare",
    responses=problems(ConsentRequired, ConsentInsufficient, NotFound, InvalidRequest, EngineUnavailable),
)
async def compare_uploaded_photos(
    asked: PhotosCompared,
    caller: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
) -> Inspection:
    """Judge photos against one another, under a consent: who is a stranger among them. Nothing is kept."""
    photos = await compare_photos(database, objects, engine, org_id=caller.org_id, asked=asked)
    return Inspection(photos=photos)


@router.post(
    "",
    status_code=201,
    response_model=CharacterView,
    responses=problems(
        ScopeMissing,
        ConsentRequired,
        ConsentInsufficient,
        NotFound,
        PhotosRefused,
        NameTaken,
        EngineUnavailable,
        StoreUnavailable,
        KeyReused,
        StillRunning,
        OrganisationSuspended,
        *UNPAID,
    ),
)
async def create_character(
    asked: CharacterCreate,
    caller: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
    key: IdempotencyKey,
) -> Response:
    """Enrol a character from 1 to 10 photos. Without an active consent no face is measured."""
    of = {"org_id": caller.org_id}
    digest = request_digest("POST /v1/characters", asked)
    async with claimed(database, **of, key=key, digest=digest) as before:
        if before is not None:
            return before.replay()
        prepared = await prepare_character(database, objects, engine, **of, asked=asked)

        @retried
        async def keep_with_reply() -> CharacterView:
            async with database.write(**of) as session:
                character = await keep_character(session, prepared)
                view = await show_character(session, objects, **of, character_id=character.id)
                await keep(session, **of, key=key, digest=digest, status=201, body=view)
            return view

        view = await keep_with_reply()
    return JSONResponse(view.model_dump(mode="json"), 201)


@router.get("", name="list_characters")
async def list_all(
    caller: CharactersCaller, unit: ReadUnit, objects: ObjectsOf, asked: AskedPage
) -> Page[CharacterView]:
    """The organisation's characters, newest first."""
    rows = await list_characters(unit, org_id=caller.org_id, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    views = await show_characters(unit, objects, org_id=caller.org_id, characters=shown)
    return Page(data=views, has_more=more, last_id=shown[-1].id if shown else None)


@router.get("/{character_id}", name="get_character", responses=problems(NotFound))
async def read_character(
    character_id: str, caller: CharactersCaller, unit: ReadUnit, objects: ObjectsOf
) -> CharacterView:
    """One character with its references and consent."""
    return await show_character(unit, objects, org_id=caller.org_id, character_id=character_id)


@router.patch("/{character_id}", responses=problems(NotFound, NameTaken))
async def update_character(
    character_id: str, asked: CharacterRename, caller: CharactersCaller, unit: Unit, objects: ObjectsOf
) -> CharacterView:
    """Give a character another name; one that another has is refused unless you allow it."""
    await rename(unit, org_id=caller.org_id, character_id=character_id, asked=asked)
    return await show_character(unit, objects, org_id=caller.org_id, character_id=character_id)


REFERENCE_ERRORS = (
    ConsentRequired,
    ConsentInsufficient,
    NotFound,
    InvalidRequest,
    PhotosRefused,
    CharacterChanged,
    EngineUnavailable,
)


@router.post("/{character_id}/references/compare", responses=problems(*REFERENCE_ERRORS))
async def compare_character_photos(
    character_id: str,
    asked: ReferencesAsked,
    caller: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
) -> Inspection:
    """Judge further photos against the character's own, under its consent. Nothing is kept."""
    of = {"org_id": caller.org_id, "character_id": character_id}
    return Inspection(photos=await compare_references(database, objects, engine, **of, asked=asked.references))


@router.post("/{character_id}/references", status_code=201, responses=problems(*REFERENCE_ERRORS))
async def add_character_references(
    character_id: str,
    asked: ReferencesAsked,
    caller: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
) -> CharacterView:
    """Enrol the character again with further photos. They are taken all together or refused, and nothing is lost."""
    of = {"org_id": caller.org_id, "character_id": character_id}
    await add_references(database, objects, engine, **of, asked=asked.references)
    async with database.read(org_id=caller.org_id) as session:
        return await show_character(session, objects, **of)


@router.delete(
    "/{character_id}/references/{asset_id}",
    responses=problems(*REFERENCE_ERRORS, LastReference, ReferenceInUse, StoreUnavailable),
)
async def delete_character_reference(
    character_id: str,
    asset_id: str,
    caller: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
) -> CharacterView:
    """Enrol the character again without one of its photos, and erase that photo."""
    of = {"org_id": caller.org_id, "character_id": character_id}
    await remove_reference(database, objects, engine, **of, asset_id=asset_id)
    async with database.read(org_id=caller.org_id) as session:
        return await show_character(session, objects, **of)


@router.delete("/{character_id}", responses=problems(NotFound))
async def delete_character(
    character_id: str, caller: CharactersCaller, database: DatabaseOf, objects: ObjectsOf
) -> DeletionCertificate:
    """Erase a character: its photos, template, consents. Unfinished takes with it are stopped."""
    deletion = await erase_character(database, objects, org_id=caller.org_id, character_id=character_id)
    return show_deletion(deletion)


@router.get("/{character_id}/deletion", responses=problems(NotFound))
async def get_character_deletion(character_id: str, caller: CharactersCaller, unit: ReadUnit) -> DeletionCertificate:
    """The certificate that an erased character left."""
    deletion = await get_deletion(unit, org_id=caller.org_id, character_id=character_id)
    if deletion is None:
        raise NotFound(f"no character {character_id} was deleted")
    return show_deletion(deletion)


@router.get("/{character_id}/looks", responses=problems(NotFound))
async def list_looks(character_id: str, caller: CharactersCaller, unit: ReadUnit, objects: ObjectsOf) -> LookList:
    """What the character may wear."""
    looks = await looks_of(unit, org_id=caller.org_id, character_id=character_id)
    return LookList(data=await show_looks(unit, objects, org_id=caller.org_id, looks=looks))


@router.post("/{character_id}/looks", status_code=201, responses=problems(NotFound))
async def create_look(
    character_id: str, asked: LookCreate, caller: CharactersCaller, unit: Unit, objects: ObjectsOf
) -> LookView:
    """Keep a look of the character: a take may name it beside the character."""
    look = await make_look(unit, org_id=caller.org_id, character_id=character_id, asked=asked)
    return (await show_looks(unit, objects, org_id=caller.org_id, looks=[look]))[0]


@router.patch("/{character_id}/looks/{look_id}", responses=problems(NotFound, LookInUse))
async def update_look(
    character_id: str,
    look_id: str,
    asked: LookChange,
    caller: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
) -> LookView:
    """Change a look. Takes that were made keep theirs."""
    of = {"org_id": caller.org_id, "character_id": character_id, "look_id": look_id}
    look = await change_look(database, objects, **of, asked=asked)
    async with database.read(org_id=caller.org_id) as session:
        return (await show_looks(session, objects, org_id=caller.org_id, looks=[look]))[0]


@router.delete("/{character_id}/looks/{look_id}", status_code=204, responses=problems(NotFound, LookInUse))
async def delete_look(
    character_id: str, look_id: str, caller: CharactersCaller, database: DatabaseOf, objects: ObjectsOf
) -> None:
    """Delete a look and its picture."""
    await remove_look(database, objects, org_id=caller.org_id, character_id=character_id, look_id=look_id)


@router.post(
    "/{character_id}/consents",
    status_code=201,
    responses=problems(ScopeMissing, ConsentRequired, ConsentInsufficient, NotFound),
)
async def grant_consent(character_id: str, asked: ConsentGiven, caller: CharactersCaller, unit: Unit) -> ConsentView:
    """Record a new consent in place of the present one."""
    if await get_character(unit, org_id=caller.org_id, character_id=character_id) is None:
        raise NotFound(f"there is no character {character_id}")
    references = await list_references(unit, org_id=caller.org_id, character_ids=[character_id])
    photos = [kept.asset for kept in references[character_id]]
    given = await check_consent(unit, asked, org_id=caller.org_id, photos=photos)
    consent = await record_consent(unit, given, org_id=caller.org_id, character_id=character_id)
    return show_consent(consent, active=True)


@router.post("/{character_id}/consents/revoke", responses=problems(NotFound))
async def revoke_consent(character_id: str, caller: CharactersCaller, unit: Unit) -> ConsentRevoked:
    """Revoke the character's consent: queued takes stop at once, running ones at their next step."""
    revoked = await end_consent(unit, org_id=caller.org_id, character_id=character_id)
    return ConsentRevoked(consent=show_consent(revoked.consent, active=False), blocked_takes=revoked.blocked_takes)
