"""Deleting the organisation over HTTP, and the certificate that stays."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from storage.queries.organisation_erasure import find_organisation_deletion
from storage.tables import OrganisationDeletion
from studio.auth.caller import MembersCaller
from studio.auth.cookies import CrossSite
from studio.auth.unit import Unit
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, ScopeMissing, Unauthenticated, problems
from studio.organisations.erasure import schedule_organisation_erasure
from studio.organisations.roles import RoleInsufficient, require_rank
from studio.organisations.schemas import DeletionAsked, OrganisationDeletionCertificate, OrganisationErased

router = APIRouter(tags=["organisation"])


@router.post(
    "/v1/organisation/deletion",
    status_code=201,
    responses=problems(Unauthenticated, ScopeMissing, RoleInsufficient, CrossSite, InvalidRequest),
)
async def delete_organisation(
    asked: DeletionAsked, caller: MembersCaller, unit: Unit
) -> OrganisationDeletionCertificate:
    """Delete the organisation with everything that is its own: an owner's, after its name was typed.

    Nobody is let in from here on: keys and sessions end, and what renders is cancelled. Files and rows go within a
    minute; keep the certificate's id to see when the last of it is gone.
    """
    require_rank(caller.role, "owner")
    return _show(await schedule_organisation_erasure(unit, org_id=caller.org_id, name=asked.name))


@router.get("/v1/organisation-deletions/{deletion_id}", responses=problems(NotFound))
async def get_organisation_deletion(
    deletion_id: Annotated[str, Path(max_length=40)], database: DatabaseOf
) -> OrganisationDeletionCertificate:
    """The certificate of a deleted organisation, for whoever holds its id: by then there is nobody to sign in as."""
    async with database.read() as session:
        found = await find_organisation_deletion(session, deletion_id=deletion_id)
    if found is None:
        raise NotFound(f"there is no certificate {deletion_id}")
    return _show(found)


def _show(deletion: OrganisationDeletion) -> OrganisationDeletionCertificate:
    return OrganisationDeletionCertificate(
        id=deletion.id,
        organisation_id=deletion.org_id,
        asked_at=deletion.asked_at,
        finished_at=deletion.finished_at,
        erased=OrganisationErased.model_validate(deletion.erased),
        sha256=deletion.erased_sha256,
    )
