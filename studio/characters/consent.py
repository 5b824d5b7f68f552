"""Consent: which one is enough, and what happens when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.assets import get_ready_assets
from storage.queries.characters import insert_consent, list_latest_consents, revoke_consent
from storage.queries.timestamps import read_clock
from storage.tables import Asset, Consent
from storage.tables.characters import Likeness
from studio.characters.schemas import ConsentGiven
from studio.examples import PORTRAIT
from studio.http.errors import NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.progress.events import publish_character_event, publish_event
from studio.queue.ending import block_takes_of
from studio.queue.release import release_takes

LICENSED_SHA256 = frozenset({PORTRAIT.sha256})  # of the files as they are shipped


class ConsentRequired(StudioError):
    """An active consent is needed before anybody's face or voice is used."""

    status = 403
    code = "consent_required"


class ConsentInsufficient(StudioError):
    """This consent does not cover what is asked."""

    status = 403
    code = "consent_insufficient"


@dataclass(frozen=True)
class Revoked:
    """A consent that has ended, and the takes that ended with it."""

    consent: Consent
    blocked_takes: list[str]


async def check_consent(
    session: AsyncSession, given: ConsentGiven | None, *, org_id: str, photos: Sequence[Asset]
) -> ConsentGiven:
    """The consent, if it is enough for these photos, or for a voice, which the shipped example's licence does not
    cover. Raises ConsentRequired, ConsentInsufficient."""
    if given is None:
        raise ConsentRequired("say who consents: `consent.kind` is own, permission, guardian or invented")
    if given.expires_at is not None and given.expires_at <= await read_clock(session):
        raise ConsentRequired("this consent has expired")
    if given.kind == "permission" and given.evidence is None and given.evidence_asset_id is None:
        raise ConsentInsufficient("a permission needs evidence: words, a URL, or an upload of kind `evidence`")
    _check_licence(given.kind, photos)
    if given.evidence_asset_id is not None:
        found = await get_ready_assets(session, org_id=org_id, asset_ids=[given.evidence_asset_id])
        if not found or found[given.evidence_asset_id].kind != "evidence":
            raise ConsentInsufficient("`evidence_asset_id` names no completed upload of kind `evidence`")
    return given


async def check_standing_consent(
    session: AsyncSession, *, org_id: str, character_id: str, photos: Sequence[Asset]
) -> None:
    """Whether the character's own consent covers these photos. Raises ConsentRequired, ConsentInsufficient."""
    latest = await list_latest_consents(session, org_id=org_id, character_ids=[character_id])
    consent, active = latest.get((character_id, "face"), (None, False))
    if consent is None or not active:
        raise ConsentRequired(f"character {character_id} has no active consent: grant one first")
    _check_licence(consent.kind, photos)


def _check_licence(kind: str, photos: Sequence[Asset]) -> None:
    if kind == "licensed_example" and any(photo.declared_sha256 not in LICENSED_SHA256 for photo in photos):
        raise ConsentInsufficient("only the shipped example has a licence of its own; say whose face this is")


async def record_consent(
    session: AsyncSession, given: ConsentGiven, *, org_id: str, character_id: str, likeness: Likeness = "face"
) -> Consent:
    """Keep a checked consent with its character, in place of an earlier one for the same likeness."""
    await revoke_consent(session, org_id=org_id, character_id=character_id, likeness=likeness)
    is_url = given.evidence is not None and given.evidence.startswith(("https://", "http://"))
    licensed = PORTRAIT.evidence if given.kind == "licensed_example" else None
    consent = await insert_consent(
        session,
        org_id=org_id,
        consent_id=new_id("cns"),
        character_id=character_id,
        likeness=likeness,
        kind=given.kind,
        granted_by=given.by,
        scope=given.scope,
        evidence_text=None if is_url else given.evidence,
        evidence_url=given.evidence if is_url else licensed,
        evidence_asset_id=given.evidence_asset_id,
        expires_at=given.expires_at,
    )
    await audit(
        session,
        "consent.recorded",
        org_id=org_id,
        subject=character_id,
        likeness=likeness,
        kind=given.kind,
        by=given.by,
    )
    return consent


async def end_consent(session: AsyncSession, *, org_id: str, character_id: str, likeness: Likeness = "face") -> Revoked:
    """Revoke, and stop the takes that the character is seen in, or heard in as she was recorded: queued ones at once,
    running ones at their next look.

    Raises NotFound when there is no consent to revoke.
    """
    of = {"org_id": org_id, "character_id": character_id}
    consent = await revoke_consent(session, **of, likeness=likeness)
    if consent is None:
        raise NotFound(f"character {character_id} has no consent to revoke")
    await audit(session, "consent.revoked", org_id=org_id, subject=character_id, likeness=likeness, kind=consent.kind)
    await publish_character_event(session, **of, event="consent.revoked", consent_id=consent.id)
    return Revoked(consent, await block_takes(session, **of, likeness=likeness))


async def block_takes(session: AsyncSession, *, org_id: str, character_id: str, likeness: Likeness) -> list[str]:
    """Stop every unfinished take that shows the character, or carries her recorded voice; returns their ids."""
    blocked = await block_takes_of(session, org_id=org_id, character_id=character_id, likeness=likeness)
    for take in blocked:
        await publish_event(session, org_id=org_id, take_id=take.id, event="take.consent_blocked")
    if blocked:
        await release_takes(session, org_id=org_id)
    return [take.id for take in blocked]
