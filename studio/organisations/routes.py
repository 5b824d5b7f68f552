"""The organisation over HTTP: its name, its members, its invitations, its audit log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from storage.queries.accounts import get_organisation, rename_organisation, sum_stored_bytes
from storage.queries.audit import list_audit_log
from storage.queries.invitations import list_open_invitations
from storage.queries.people import list_members
from storage.queries.sessions import choose_organisation
from storage.tables import AuditEntry, Invitation, Membership, Person
from studio.auth.actor import address_of
from studio.auth.caller import CallerOf, ColleagueCaller, MembersCaller, SignedInOf, find_signed_in
from studio.auth.cookies import CrossSite, read_cookie
from studio.auth.post import Mail, PostOf
from studio.auth.routes import GuardedSignIn, show_me
from studio.auth.schemas import Me
from studio.auth.sessions import SignedIn, identify_session, name_of
from studio.auth.sign_in_limits import TooManyTries, count_tries
from studio.auth.unit import ReadUnit, Unit
from studio.http.dependencies import DatabaseOf
from studio.http.errors import NotFound, Unauthenticated, problems
from studio.http.origin import own_origin
from studio.organisations.audit import Action, audit, verify_audit_log
from studio.organisations.invitations import (
    InvitationForAnother,
    InvitationGone,
    MemberAlready,
    invite,
    join_by_invitation,
    look_at_invitation,
    revoke_invitation,
)
from studio.organisations.members import LastOwner, change_role, find_member, remove_member
from studio.organisations.plans import plan_of
from studio.organisations.roles import Role, require_rank
from studio.organisations.schemas import (
    AuditCheck,
    AuditPage,
    AuditView,
    InvitationCreate,
    InvitationList,
    InvitationMade,
    InvitationOffer,
    InvitationToken,
    InvitationView,
    MemberList,
    MemberView,
    OrganisationChange,
    OrganisationPlan,
    OrganisationView,
    RoleChange,
)

router = APIRouter(tags=["organisation"])
MemberId = Annotated[str, Path(max_length=40)]


@router.get("/v1/organisation", name="get_organisation")
async def read_organisation(caller: CallerOf, unit: ReadUnit) -> OrganisationView:
    """The caller's organisation."""
    found = await get_organisation(unit, org_id=caller.org_id)
    if found is None:
        raise Unauthenticated("the organisation is gone")
    return OrganisationView.of(found)


@router.get("/v1/organisation/plan", name="get_plan")
async def read_plan(caller: CallerOf, unit: ReadUnit) -> OrganisationPlan:
    """The limits of the organisation's plan, and how much it keeps."""
    plan = await plan_of(unit, org_id=caller.org_id)
    return OrganisationPlan(**asdict(plan), used_bytes=await sum_stored_bytes(unit, org_id=caller.org_id))


@router.patch("/v1/organisation")
async def update_organisation(asked: OrganisationChange, caller: MembersCaller, unit: Unit) -> OrganisationView:
    """Rename the organisation."""
    changed = await rename_organisation(unit, org_id=caller.org_id, name=asked.name)
    if changed is None:
        raise Unauthenticated("the organisation is gone")
    await audit(unit, "organisation.renamed", org_id=caller.org_id, subject=caller.org_id, name=asked.name)
    return OrganisationView.of(changed)


@router.get("/v1/members", name="list_members")
async def get_members(caller: ColleagueCaller, unit: ReadUnit) -> MemberList:
    """Who is in the organisation: every member may see that."""
    rows = await list_members(unit, org_id=caller.org_id)
    return MemberList(data=[_show_member(*row) for row in rows])


@router.get("/v1/members/{member_id}", responses=problems(NotFound))
async def get_member(member_id: MemberId, caller: ColleagueCaller, unit: ReadUnit) -> MemberView:
    """One member."""
    return _show_member(*await find_member(unit, org_id=caller.org_id, person_id=member_id))


@router.patch("/v1/members/{member_id}", responses=problems(NotFound, LastOwner))
async def update_member(member_id: MemberId, asked: RoleChange, caller: MembersCaller, unit: Unit) -> MemberView:
    """Give a member another role. Only owners make and unmake owners, and one stays."""
    await change_role(unit, org_id=caller.org_id, person_id=member_id, role=asked.role, by=caller.role)
    return _show_member(*await find_member(unit, org_id=caller.org_id, person_id=member_id))


@router.delete("/v1/members/{member_id}", status_code=204, responses=problems(NotFound, LastOwner))
async def delete_member(member_id: MemberId, caller: MembersCaller, unit: Unit) -> None:
    """Take a member out: their next request finds them outside. API keys that they made stay the organisation's."""
    await remove_member(unit, org_id=caller.org_id, person_id=member_id, by=caller.role)


@router.get("/v1/invitations")
async def list_invitations(caller: MembersCaller, unit: ReadUnit) -> InvitationList:
    """Invitations that can still be accepted."""
    rows = await list_open_invitations(unit, org_id=caller.org_id)
    return InvitationList(data=[_show_invitation(row) for row in rows])


@router.post("/v1/invitations", status_code=201)
async def create_invitation(
    asked: InvitationCreate, caller: MembersCaller, unit: Unit, request: Request, post: PostOf
) -> InvitationMade:
    """Invite somebody: by e-mail, where the studio sends mail. The reply has the one-time link, to hand over."""
    require_rank(caller.role, asked.role)
    made = await invite(unit, org_id=caller.org_id, email=asked.email, role=asked.role)
    url = f"{own_origin(request)}/join?token={made.token}"
    if post is not None:
        organisation = await get_organisation(unit, org_id=caller.org_id)
        told = {"organisation": organisation.name if organisation else "", "role": asked.role, "link": url}
        await post(unit, Mail("invitation", asked.email, asked.language, told))
    return InvitationMade(**_show_invitation(made.row).model_dump(), url=url, mailed=post is not None)


@router.post(
    "/v1/invitations/inspect",
    dependencies=[GuardedSignIn],
    responses=problems(InvitationGone, CrossSite, TooManyTries),
)
async def inspect_invitation(
    asked: InvitationToken,
    signed_in: Annotated[SignedIn | None, Depends(find_signed_in)],
    request: Request,
    database: DatabaseOf,
) -> InvitationOffer:
    """What an invitation offers, and to which address: before signing in or up."""
    await count_tries(database, address=address_of(request))
    async with database.read() as session:
        offer = await look_at_invitation(session, token=asked.token)
    return InvitationOffer(
        email=offer.row.email,
        organisation=offer.organisation.name,
        role=cast(Role, offer.row.role),
        expires_at=offer.row.expires_at,
        signed_in_as=name_of(signed_in.person) if signed_in is not None else None,
    )


@router.post(
    "/v1/invitations/accept",
    responses=problems(Unauthenticated, CrossSite, InvitationGone, InvitationForAnother, MemberAlready),
)
async def accept_invitation(
    asked: InvitationToken, signed_in: SignedInOf, request: Request, database: DatabaseOf
) -> Me:
    """Become a member of the organisation that invites, and look at it."""
    person = signed_in.person
    async with database.write() as session:
        org_id = await join_by_invitation(session, token=asked.token, person=person, address=address_of(request))
        await choose_organisation(session, person_id=person.id, session_id=signed_in.row.id, org_id=org_id)
    again = await identify_session(database, read_cookie(request) or "")
    if again is None:
        raise Unauthenticated("sign in first")
    return show_me(again, again.org_id, again.role)


@router.delete("/v1/invitations/{invitation_id}", status_code=204, responses=problems(NotFound))
async def delete_invitation(
    invitation_id: Annotated[str, Path(max_length=40)], caller: MembersCaller, unit: Unit
) -> None:
    """Revoke an invitation: its link is void."""
    await revoke_invitation(unit, org_id=caller.org_id, invitation_id=invitation_id)


@router.get(
    "/v1/audit-log",
    name="list_audit_log",
)
async def get_audit_log(
    caller: MembersCaller,
    unit: ReadUnit,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="The `last_sequence` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> AuditPage:
    """Who did what, when and from where: keys, consents, members, sign-ins. Newest first."""
    rows = await list_audit_log(unit, org_id=caller.org_id, before=before, limit=limit + 1)
    shown = rows[:limit]
    last = shown[-1].sequence if shown else None
    return AuditPage(data=[_show_entry(row) for row in shown], has_more=len(rows) > limit, last_sequence=last)


@router.get("/v1/audit-log/check")
async def check_audit_log(caller: MembersCaller, unit: ReadUnit) -> AuditCheck:
    """Walk the whole log and say whether it is what was written."""
    verdict = await verify_audit_log(unit, org_id=caller.org_id)
    return AuditCheck(
        intact=verdict.broken_at is None,
        entries=verdict.entries,
        broken_at=verdict.broken_at,
        last_sha256=verdict.last_sha256,
    )


def _show_member(membership: Membership, person: Person) -> MemberView:
    return MemberView(
        id=person.id,
        name=person.name,
        email=person.email,
        role=cast(Role, membership.role),
        joined_at=membership.created_at,
    )


def _show_invitation(row: Invitation) -> InvitationView:
    return InvitationView(
        id=row.id,
        email=row.email,
        role=cast(Role, row.role),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _show_entry(row: AuditEntry) -> AuditView:
    return AuditView(
        sequence=row.sequence,
        at=row.at,
        action=cast(Action, row.action),
        subject=row.subject,
        actor_id=row.actor_id,
        actor=row.actor,
        address=row.address,
        details=row.details,
        sha256=row.entry_sha256,
    )
