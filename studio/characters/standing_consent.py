"""An organisation's standing attestation: that everybody whose photos it sends has agreed, and how that is known.

It stands in for the consent of a request to `/v1/videos` that says nothing else, and is recorded with each character as
if it had been sent. A photo with a consent of its own keeps that one.
"""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field, JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_standing_consent, set_standing_consent
from storage.unit import Database
from studio.auth.caller import MembersCaller
from studio.auth.unit import ReadUnit, Unit
from studio.characters.schemas import Asked, ConsentGiven
from studio.organisations.audit import audit

router = APIRouter(
    prefix="/v1/organisation/standing-consent",
    tags=["organisation"],
)
_EXAMPLE: dict[str, JsonValue] = {
    "kind": "permission",
    "by": "Example Ltd",
    "evidence": "https://example.com/terms#likeness",
}


class StandingConsent(Asked):
    """What the organisation attests of every photo that comes without a consent of its own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    kind: Literal["permission", "invented"]
    by: str = Field(min_length=1, max_length=200, description="Who attests it.")
    evidence: str = Field(min_length=1, max_length=4000, description="How it is known: words, or a URL of the terms.")


async def find_standing_consent(database: Database, *, org_id: str) -> ConsentGiven | None:
    """The attestation as a consent, for a photo that came without one."""
    async with database.read(org_id=org_id) as session:
        kept = await get_standing_consent(session, org_id=org_id)
    return None if kept is None else ConsentGiven.model_validate(kept)


@router.put("")
async def replace_standing_consent(asked: StandingConsent, caller: MembersCaller, unit: Unit) -> StandingConsent:
    """Attest it for every photo that is sent from now on; what was enrolled before keeps its own consent."""
    await _set(unit, caller.org_id, asked.model_dump())
    return asked


@router.get("", name="get_standing_consent")
async def read_standing_consent(caller: MembersCaller, unit: ReadUnit) -> StandingConsent | None:
    """What is attested now; null where nothing is: then every photo needs a consent of its own."""
    kept = await get_standing_consent(unit, org_id=caller.org_id)
    return None if kept is None else StandingConsent.model_validate(kept)


@router.delete("", status_code=204)
async def delete_standing_consent(caller: MembersCaller, unit: Unit) -> None:
    """Attest it no longer. Characters that were enrolled under it keep it, each revocable by itself."""
    await _set(unit, caller.org_id, None)


async def _set(session: AsyncSession, org_id: str, consent: dict[str, Any] | None) -> None:
    await set_standing_consent(session, org_id=org_id, consent=consent)
    if consent is None:
        await audit(session, "consent.standing_ended", org_id=org_id)
    else:
        await audit(session, "consent.attested", org_id=org_id, **consent)
