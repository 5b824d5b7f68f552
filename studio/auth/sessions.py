"""Sessions of browsers: begun with a fresh token each time, recognised by its hash, listed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.people import list_memberships_of
from storage.queries.sessions import (
    delete_session,
    find_live_session,
    find_live_session_with_person,
    insert_session,
    touch_session,
)
from storage.tables import Membership, Organisation, Person, Session
from storage.tenant_scope import enter_tenant
from storage.unit import Database
from studio.auth.actor import Actor
from studio.auth.tokens import hash_token, new_token
from studio.http.errors import StudioError
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.organisations.roles import Role

VALID_FOR = timedelta(days=30)
_TOUCH_EVERY = timedelta(minutes=1)
_BROWSER_LENGTH = 200


class NoOrganisation(StudioError):
    """You are a member of no organisation."""

    status = 403
    code = "no_organisation"


@dataclass(frozen=True)
class SignedIn:
    """A live session, whose it is, and the organisation that it looks at."""

    row: Session
    person: Person
    memberships: list[tuple[Membership, Organisation]]
    org_id: str
    role: Role


@dataclass(frozen=True)
class Visit:
    """The browser that asks: where it is, what it calls itself, and the session token that it has shown."""

    address: str | None
    browser: str
    token: str | None


async def identify_session(database: Database, token: str) -> SignedIn | None:
    """Who is signed in with this token; None when it is unknown or expired, or its person a member of nothing.

    A short unit of its own. A person who was removed from the chosen organisation looks at another one.
    """
    async with database.read() as session:
        found = await find_live_session_with_person(session, token_sha256=hash_token(token))
        if found is None:
            return None
        row, person, now = found
        memberships = await list_memberships_of(session, person_id=person.id)
    if not memberships:
        return None
    if now - row.last_seen_at > _TOUCH_EVERY:
        async with database.write() as session:
            await touch_session(session, person_id=row.person_id, session_id=row.id)
    chosen = next((one for one, _ in memberships if one.org_id == row.chosen_org_id), memberships[0][0])
    return SignedIn(row, person, memberships, chosen.org_id, cast(Role, chosen.role))


async def begin_session(
    session: AsyncSession, *, person: Person, way: str, visit: Visit, org_id: str | None = None
) -> str:
    """Sign the browser in and end the session that it had; returns the new token. Raises NoOrganisation.

    `org_id`: the organisation to look at first; otherwise the oldest membership's.
    """
    memberships = await list_memberships_of(session, person_id=person.id)
    if not memberships:
        raise NoOrganisation("ask a member for an invitation")
    chosen = org_id or memberships[0][0].org_id
    await enter_tenant(session, chosen)
    await end_session_of_token(session, visit.token)
    token = new_token()
    row = await insert_session(
        session,
        session_id=new_id("ses"),
        token_sha256=hash_token(token),
        person_id=person.id,
        org_id=chosen,
        way=way,
        address=visit.address,
        browser=visit.browser[:_BROWSER_LENGTH],
        valid_for=VALID_FOR,
    )
    actor = Actor(person.id, name_of(person), visit.address)
    await audit(session, "session.begun", org_id=chosen, subject=row.id, actor=actor, way=way)
    return token


async def end_session_of_token(session: AsyncSession, token: str | None) -> None:
    """End the session of this token, if there is one: signing in never leaves an older one in the same browser."""
    if token is None:
        return
    row = await find_live_session(session, token_sha256=hash_token(token))
    if row is not None:
        await delete_session(session, person_id=row.person_id, session_id=row.id)


async def end_session(session: AsyncSession, signed_in: SignedIn, session_id: str) -> bool:
    """End one of the person's own sessions; False when there is no such one. The unit is their organisation's."""
    ended = await delete_session(session, person_id=signed_in.person.id, session_id=session_id)
    if ended:
        await audit(session, "session.ended", org_id=signed_in.org_id, subject=session_id)
    return ended


def name_of(person: Person) -> str:
    """How the audit log names a person."""
    return person.email or person.name
