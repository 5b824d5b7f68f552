"""`/v1/videos/characters`: enrolled once, cast by many videos."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse

from storage.queries.characters import get_character
from storage.retry import retried
from storage.tables import Character
from storage.unit import Database
from studio.auth.caller import CharactersCaller
from studio.billing.spending import UNPAID
from studio.characters.consent import ConsentRequired
from studio.characters.enrolment import PreparedCharacter, keep_character
from studio.characters.names import NameTaken
from studio.characters.standing_consent import find_standing_consent
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, StoreUnavailable
from studio.http.idempotency import IdempotencyKey, KeyReused, Repetition, StillRunning, claimed, keep
from studio.organisations.suspension import OrganisationSuspended
from studio.videos.body_document import document_body
from studio.videos.casting import (
    SentCharacter,
    Stores,
    dismiss,
    prepare_sent,
    read_consent,
    read_frames,
    read_references,
    require_consent,
)
from studio.videos.dependencies import ENROLLING, StoresOf, make_router
from studio.videos.errors import BodyTooLarge, ReferenceRequired, wire_problems
from studio.videos.request_body import SentFile, read_body
from studio.videos.schemas import CharacterMade, WireCharacter
from studio.videos.translate import digest_of, understand

router = make_router()


@router.post(
    "/videos/characters",
    response_model=WireCharacter,
    responses=wire_problems(
        InvalidRequest,
        ConsentRequired,
        NameTaken,
        NotFound,
        BodyTooLarge,
        StillRunning,
        KeyReused,
        StoreUnavailable,
        *ENROLLING,
        OrganisationSuspended,
        *UNPAID,
    ),
    openapi_extra=document_body(CharacterMade),
)
async def create_video_character(
    request: Request, caller: CharactersCaller, stores: StoresOf, key: IdempotencyKey
) -> Response:
    """Enrol a character that later videos cast by `characters` or by `@name`."""
    sent = await read_body(request)
    asked = understand(CharacterMade, sent)
    digest = digest_of("POST /v1/videos/characters", sent)
    async with claimed(stores.database, org_id=caller.org_id, key=key, digest=digest) as before:
        if before is not None:
            return before.replay()
        made = await _prepare(stores, caller.org_id, asked)
        try:
            view = await _keep(stores.database, made.prepared, key, digest)
        except BaseException:
            await dismiss(stores, org_id=caller.org_id, characters=[made])
            raise
    return JSONResponse(view.model_dump(mode="json"))


@retried
async def _keep(database: Database, prepared: PreparedCharacter, key: Repetition, digest: str) -> WireCharacter:
    """The character and the reply that tells of it, both or neither."""
    async with database.write(org_id=prepared.org_id) as session:
        view = _show(await keep_character(session, prepared))
        await keep(session, org_id=prepared.org_id, key=key, digest=digest, status=200, body=view)
    return view


async def _prepare(stores: Stores, org_id: str, asked: CharacterMade) -> SentCharacter:
    consent = read_consent(asked.consent) or await find_standing_consent(stores.database, org_id=org_id)
    require_consent(consent)  # before anything is decoded
    references = read_references(asked.references)
    filmed = isinstance(asked.video, SentFile)
    if isinstance(asked.video, SentFile):
        references += await read_frames(asked.video)
    if not references:
        raise ReferenceRequired("send a `video` file, or photos as `references`", field="video")
    return await prepare_sent(
        stores,
        org_id=org_id,
        name=asked.name,
        references=references,
        consent=consent,
        hidden=False,
        filmed=filmed,
        allow_duplicate_name=asked.allow_duplicate_name,
    )


# Beside `/videos/{video_id}/content` this path is ambiguous to tools, so that the document leaves it out: see
# docs/decisions/0026-the-document-is-written-for-generators.md. `GET /v1/characters/{id}` tells more.
@router.get("/videos/characters/{character_id}", include_in_schema=False)
async def get_video_character(
    character_id: Annotated[str, Path(max_length=40)], caller: CharactersCaller, database: DatabaseOf
) -> WireCharacter:
    """A character."""
    return await _show_character(database, caller.org_id, character_id)


async def _show_character(database: Database, org_id: str, character_id: str) -> WireCharacter:
    async with database.read(org_id=org_id) as session:
        character = await get_character(session, org_id=org_id, character_id=character_id)
    if character is None:
        raise NotFound(f"there is no character {character_id}")
    return _show(character)


def _show(character: Character) -> WireCharacter:
    return WireCharacter(id=character.id, name=character.name, created_at=int(character.created_at.timestamp()))
