"""Deleting an organisation for good: everything that is its own, rows and objects, and a certificate that stays.

Nobody is let in from the moment that it is asked for. What renders is cancelled, and the rest waits until its engine
has let go; then objects go first and rows after, so that a crash leaves rows to try again by.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects
from storage.queries.accounts import get_organisation
from storage.queries.audit import list_audit_log
from storage.queries.organisation_erasure import (
    count_rows,
    delete_tenant_rows,
    insert_organisation_deletion,
    is_engine_at_work,
    list_hashes,
    list_member_ids,
    list_organisations_to_erase,
    list_unemptied,
    mark_deletion,
    mark_organisation_deleted,
)
from storage.queries.people import delete_person, list_memberships_of
from storage.queries.takes import list_unfinished_takes, move_take
from storage.tables import OrganisationDeletion
from storage.unit import Database
from studio.http.errors import InvalidRequest, Unauthenticated
from studio.http.ids import new_id
from studio.organisations.audit import audit

log = structlog.get_logger(__name__)

UPLOADS_OVER_AFTER = timedelta(hours=1, minutes=5)  # a form that was signed before may be used so long


async def schedule_organisation_erasure(session: AsyncSession, *, org_id: str, name: str) -> OrganisationDeletion:
    """Let nobody in any more, and certify what goes. `name`: as it was typed to say that it is meant.

    Raises InvalidRequest where it is not the organisation's.
    """
    organisation = await get_organisation(session, org_id=org_id)
    if organisation is None:
        raise Unauthenticated("the organisation is gone")
    if name.strip() != organisation.name.strip():
        raise InvalidRequest("name: type the organisation's name as it is written", field="name")
    unfinished = await list_unfinished_takes(session, org_id=org_id)
    for take in unfinished:
        await move_take(session, org_id=org_id, take_id=take.id, to="CANCELLED", stage=None)  # there is nobody to tell
    await audit(session, "organisation.deletion_asked", org_id=org_id, subject=org_id)
    erased = await _certify(session, org_id, [take.id for take in unfinished])
    deletion = await insert_organisation_deletion(
        session,
        org_id=org_id,
        deletion_id=new_id("del"),
        erased=erased,
        erased_sha256=hashlib.sha256(json.dumps(erased, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
    )
    await mark_organisation_deleted(session, org_id=org_id)
    log.warning("organisation_deletion_asked", org_id=org_id, deletion_id=deletion.id)
    return deletion


async def finish_organisation_deletions(database: Database, objects: Objects) -> int:
    """Go on with every organisation that is marked; returns how many are gone now. Raises StoreError."""
    async with database.read() as session:
        marked = await list_organisations_to_erase(session)
        unemptied = await list_unemptied(session, older_than=UPLOADS_OVER_AFTER)
    gone = sum([await _finish(database, objects, org_id) for org_id in marked])
    for org_id in unemptied:
        await objects.delete_prefix(f"orgs/{org_id}/")
        async with database.write(org_id=org_id) as session:
            await mark_deletion(session, org_id=org_id, finished=False)
    return gone


async def _certify(session: AsyncSession, org_id: str, cancelled: list[str]) -> dict[str, object]:
    """Counts and hashes alone. The audit log's last hash binds the certificate to everything that it told."""
    hashes = await list_hashes(session, org_id=org_id)
    (last,) = await list_audit_log(session, org_id=org_id, before=None, limit=1)
    return {
        "rows": await count_rows(session, org_id=org_id),
        "photos": [sha256 for kind, sha256 in hashes if kind == "photo"],
        "files": len(hashes),
        "files_sha256": hashlib.sha256("\n".join(sha256 for _, sha256 in sorted(hashes)).encode()).hexdigest(),
        "cancelled_takes": cancelled,
        "audit_log_sha256": last.entry_sha256,
    }


async def _finish(database: Database, objects: Objects, org_id: str) -> bool:
    """False while something still renders."""
    async with database.read(org_id=org_id) as session:
        if await is_engine_at_work(session, org_id=org_id):
            return False
    await objects.delete_prefix(f"orgs/{org_id}/")
    async with database.write(org_id=org_id) as session:
        members = await list_member_ids(session, org_id=org_id)
        await delete_tenant_rows(session, org_id=org_id)
        for person_id in members:
            if not await list_memberships_of(session, person_id=person_id):
                await delete_person(session, person_id=person_id)
        await mark_deletion(session, org_id=org_id, finished=True)
    log.warning("organisation_deleted", org_id=org_id)
    return True
