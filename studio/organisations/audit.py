"""The audit log of an organisation: a chain of hashes, so that a changed, missing or cut-off entry is found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.audit import append_to_audit_log, count_audit_log, next_in_audit_log, read_audit_log
from storage.queries.timestamps import read_clock
from storage.tables import AuditEntry
from studio.auth.actor import Actor, who_acts

Action = Literal[
    "organisation.made",
    "organisation.renamed",
    "organisation.deletion_asked",
    "organisation.suspended",
    "organisation.restored",
    "member.joined",
    "member.role_changed",
    "member.removed",
    "invitation.made",
    "invitation.revoked",
    "password.changed",
    "key.made",
    "key.revoked",
    "consent.recorded",
    "consent.revoked",
    "consent.attested",
    "consent.standing_ended",
    "character.erased",
    "picture.flagged",
    "picture.refused",
    "credits.granted",
    "credits.reversed",
    "charge.refunded",
    "order.refunded",
    "cap.set",
    "cap.removed",
    "webhook.made",
    "webhook.deleted",
    "webhook.secret_rotated",
    "webhook.disabled",
    "webhook.enabled",
    "session.begun",
    "session.refused",
    "session.ended",
]
FIRST_SHA256 = "0" * 64
_BATCH = 500


@dataclass(frozen=True)
class Verdict:
    """What a check of the chain found. `broken_at`: the first entry that is not what was written, or is missing."""

    entries: int
    broken_at: int | None
    last_sha256: str


async def audit(
    session: AsyncSession,
    action: Action,
    *,
    org_id: str,
    subject: str | None = None,
    actor: Actor | None = None,
    **details: str | list[str],
) -> None:
    """Write an entry in the caller's unit: it commits with what it tells of, or not at all.

    `subject`: the id of what was acted on.
    """
    actor = actor or who_acts()
    sequence, before = await next_in_audit_log(session, org_id=org_id)
    entry = AuditEntry(
        org_id=org_id,
        sequence=sequence,
        at=await read_clock(session),
        action=action,
        subject=subject,
        actor_id=actor.id,
        actor=actor.name,
        address=actor.address,
        details=details,
        previous_sha256=before or FIRST_SHA256,
    )
    entry.entry_sha256 = hash_entry(entry)
    await append_to_audit_log(session, entry)


async def verify_audit_log(session: AsyncSession, *, org_id: str) -> Verdict:
    """Walk the whole chain of an organisation."""
    written = await count_audit_log(session, org_id=org_id)
    seen, last = 0, FIRST_SHA256
    while batch := await read_audit_log(session, org_id=org_id, after=seen, limit=_BATCH):
        for entry in batch:
            fits = entry.sequence == seen + 1 and entry.previous_sha256 == last
            if not fits or entry.entry_sha256 != hash_entry(entry):
                return Verdict(written, seen + 1, last)
            seen, last = entry.sequence, entry.entry_sha256
    return Verdict(written, seen + 1 if seen < written else None, last)


def hash_entry(entry: AuditEntry) -> str:
    """SHA-256 of everything in the entry, the hash of the entry before it included."""
    told = {
        "org_id": entry.org_id,
        "sequence": entry.sequence,
        "at": entry.at.isoformat(timespec="microseconds"),
        "action": entry.action,
        "subject": entry.subject,
        "actor_id": entry.actor_id,
        "actor": entry.actor,
        "address": entry.address,
        "details": entry.details,
        "previous_sha256": entry.previous_sha256,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
