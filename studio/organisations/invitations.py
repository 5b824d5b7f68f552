"""Invitations: a one-time link that its maker hands over, good for the person with that e-mail address alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation
from storage.queries.invitations import (
    accept_invitation_row,
    find_open_invitation,
    insert_invitation,
    revoke_invitation_row,
)
from storage.queries.people import get_membership, insert_membership
from storage.tables import Invitation, Organisation, Person
from storage.tenant_scope import enter_tenant, set_tenant_scope
from studio.auth.actor import Actor
from studio.auth.tokens import hash_token, new_token
from studio.http.errors import NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.organisations.roles import Role

VALID_FOR = timedelta(days=7)


class InvitationGone(StudioError):
    """This invitation cannot be accepted: it was used, revoked, has expired, or never was."""

    status = 410
    code = "invitation_gone"


class InvitationForAnother(StudioError):
    """This invitation is for another e-mail address."""

    status = 403
    code = "invitation_for_another"


class MemberAlready(StudioError):
    """You are a member of this organisation already."""

    status = 409
    code = "member_already"


@dataclass(frozen=True)
class Made:
    """A new invitation. `token` is shown this once and kept nowhere."""

    row: Invitation
    token: str


@dataclass(frozen=True)
class Offer:
    """What a token invites to."""

    row: Invitation
    organisation: Organisation


async def invite(session: AsyncSession, *, org_id: str, email: str, role: Role) -> Made:
    """Make an invitation, for its maker to hand over."""
    token = new_token()
    row = await insert_invitation(
        session,
        org_id=org_id,
        invitation_id=new_id("inv"),
        email=email,
        role=role,
        token_sha256=hash_token(token),
        valid_for=VALID_FOR,
    )
    await audit(session, "invitation.made", org_id=org_id, subject=row.id, email=email, role=role)
    return Made(row, token)


async def revoke_invitation(session: AsyncSession, *, org_id: str, invitation_id: str) -> Invitation:
    """Raises NotFound."""
    row = await revoke_invitation_row(session, org_id=org_id, invitation_id=invitation_id)
    if row is None:
        raise NotFound(f"there is no open invitation {invitation_id}")
    await audit(session, "invitation.revoked", org_id=org_id, subject=row.id, email=row.email)
    return row


async def look_at_invitation(session: AsyncSession, *, token: str) -> Offer:
    """What the token invites to; from here on the unit is that organisation's. Raises InvitationGone."""
    row = await find_open_invitation(session, token_sha256=hash_token(token))
    if row is None:
        raise InvitationGone("ask for a new one")
    await set_tenant_scope(session, row.org_id)
    organisation = await get_organisation(session, org_id=row.org_id)
    if organisation is None:
        raise InvitationGone("ask for a new one")
    return Offer(row, organisation)


async def join_by_invitation(session: AsyncSession, *, token: str, person: Person, address: str | None) -> str:
    """Make the person a member, once; returns the organisation's id.

    Raises InvitationGone, InvitationForAnother, MemberAlready.
    """
    offer = await look_at_invitation(session, token=token)
    org_id, role = offer.row.org_id, cast(Role, offer.row.role)
    await enter_tenant(session, org_id)
    if offer.row.email != person.email:
        raise InvitationForAnother("sign in with the address that was invited, or ask for another invitation")
    if await get_membership(session, org_id=org_id, person_id=person.id) is not None:
        raise MemberAlready(f"you are a member of {offer.organisation.name}")
    if not await accept_invitation_row(session, org_id=org_id, invitation_id=offer.row.id, person_id=person.id):
        raise InvitationGone("ask for a new one")
    await insert_membership(session, org_id=org_id, person_id=person.id, role=role)
    actor = Actor(person.id, person.email or person.name, address)
    await audit(session, "member.joined", org_id=org_id, subject=person.id, actor=actor, role=role)
    return org_id
