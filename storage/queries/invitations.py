"""Invitations: made, looked at by their token, used once, revoked."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after
from storage.tables import Invitation, database_now
from storage.tenant_scope import set_secret_scope


async def insert_invitation(
    session: AsyncSession,
    *,
    org_id: str,
    invitation_id: str,
    email: str,
    role: str,
    token_sha256: str,
    valid_for: timedelta,
) -> Invitation:
    invitation = Invitation(
        id=invitation_id,
        org_id=org_id,
        email=email,
        role=role,
        token_sha256=token_sha256,
        expires_at=await instant_after(session, valid_for),
    )
    session.add(invitation)
    await session.flush()
    return invitation


async def find_open_invitation(session: AsyncSession, *, token_sha256: str) -> Invitation | None:
    """The invitation with this token's hash, if it can be accepted. No tenant is known yet: this query finds out."""
    await set_secret_scope(session, token_sha256)
    return await session.scalar(select(Invitation).where(Invitation.token_sha256 == token_sha256, *_OPEN))


async def list_open_invitations(session: AsyncSession, *, org_id: str) -> list[Invitation]:
    """Those that can still be accepted, newest first."""
    query = select(Invitation).where(Invitation.org_id == org_id, *_OPEN).order_by(Invitation.id.desc())
    return list(await session.scalars(query))


async def accept_invitation_row(session: AsyncSession, *, org_id: str, invitation_id: str, person_id: str) -> bool:
    """Use the invitation up; False when it is not open any more."""
    accepted = await session.execute(
        update(Invitation)
        .where(Invitation.org_id == org_id, Invitation.id == invitation_id, *_OPEN)
        .values(accepted_at=database_now(), accepted_by=person_id)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    return accepted.first() is not None


async def revoke_invitation_row(session: AsyncSession, *, org_id: str, invitation_id: str) -> Invitation | None:
    """The invitation, now revoked; None when the organisation has no open one with this id."""
    return await session.scalar(
        update(Invitation)
        .where(Invitation.org_id == org_id, Invitation.id == invitation_id, *_OPEN)
        .values(revoked_at=database_now())
        .returning(Invitation)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


_OPEN = (Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > database_now())
