"""How a character speaks, over HTTP: the voice that was chosen, and the consent to recordings of their own."""

from __future__ import annotations

from fastapi import APIRouter

from inference.catalogue import VOICES
from storage.queries.characters import get_character, set_voice
from studio.auth.caller import CharactersCaller
from studio.auth.unit import Unit
from studio.characters.consent import ConsentInsufficient, ConsentRequired, check_consent, end_consent, record_consent
from studio.characters.schemas import CharacterView, ConsentGiven, ConsentRevoked, ConsentView, VoiceChosen
from studio.characters.views import show_character, show_consent
from studio.http.dependencies import ObjectsOf
from studio.http.errors import InvalidRequest, NotFound, ScopeMissing, problems

router = APIRouter(prefix="/v1/characters", tags=["characters"])


@router.put("/{character_id}/voice", responses=problems(NotFound, InvalidRequest))
async def choose_voice(
    character_id: str, asked: VoiceChosen, caller: CharactersCaller, unit: Unit, objects: ObjectsOf
) -> CharacterView:
    """Give the character a voice for every line that names no other. Takes that were made keep theirs."""
    of = {"org_id": caller.org_id, "character_id": character_id}
    if asked.voice is not None and asked.voice not in VOICES:
        raise InvalidRequest(f"there is no voice {asked.voice!r}: `GET /v1/voices` lists them", field="voice")
    if not await set_voice(unit, **of, voice=asked.voice, own_recordings=asked.own_recordings):
        raise NotFound(f"there is no character {character_id}")
    return await show_character(unit, objects, **of)


@router.post(
    "/{character_id}/voice/consents",
    status_code=201,
    responses=problems(ScopeMissing, ConsentRequired, ConsentInsufficient, NotFound),
)
async def grant_voice_consent(
    character_id: str, asked: ConsentGiven, caller: CharactersCaller, unit: Unit
) -> ConsentView:
    """Record who allows recordings of this voice, in place of the present consent. The face's is another one."""
    of = {"org_id": caller.org_id, "character_id": character_id}
    if await get_character(unit, **of) is None:
        raise NotFound(f"there is no character {character_id}")
    if asked.kind == "licensed_example":
        raise ConsentInsufficient("the shipped example has no voice of its own; say whose voice this is")
    given = await check_consent(unit, asked, org_id=caller.org_id, photos=())
    return show_consent(await record_consent(unit, given, **of, likeness="voice"), active=True)


@router.post("/{character_id}/voice/consents/revoke", responses=problems(NotFound))
async def revoke_voice_consent(character_id: str, caller: CharactersCaller, unit: Unit) -> ConsentRevoked:
    """Revoke it: queued takes in which recordings of this voice are heard stop at once, running ones at their next
    step, and what was made of them is shut."""
    revoked = await end_consent(unit, org_id=caller.org_id, character_id=character_id, likeness="voice")
    return ConsentRevoked(consent=show_consent(revoked.consent, active=False), blocked_takes=revoked.blocked_takes)
