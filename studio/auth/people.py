"""People: signing up, and signing in with a password."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.people import (
    find_person_by_email,
    insert_membership,
    insert_person,
    list_memberships_of,
    set_password_hash,
)
from storage.queries.sessions import delete_session, delete_tries, list_sessions
from storage.retry import retried
from storage.tables import Person
from storage.tenant_scope import enter_tenant
from storage.unit import Database
from studio.auth.actor import Actor
from studio.auth.passwords import check_password, hash_password, needs_rehash
from studio.auth.sessions import SignedIn, Visit, begin_session, name_of
from studio.auth.sign_in_limits import account_key, count_tries
from studio.http.errors import StudioError
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.organisations.creation import create_organisation
from studio.organisations.invitations import join_by_invitation


class EmailTaken(StudioError):
    """Somebody has signed up with this e-mail address."""

    status = 409
    code = "email_taken"


class SignInRefused(StudioError):
    """E-mail address or password is wrong."""

    status = 401
    code = "sign_in_refused"


class SignUpClosed(StudioError):
    """Signing up needs an invitation here."""

    status = 403
    code = "sign_up_closed"


async def sign_up(
    database: Database,
    *,
    email: str,
    password: str,
    name: str,
    organisation: str | None,
    invitation: str | None,
    visit: Visit,
) -> str:
    """A new person, in a new organisation or in the one that invites; returns a session's token.

    Raises TooManyTries, EmailTaken, and what an invitation raises.
    """
    await count_tries(database, address=visit.address)
    kept = await hash_password(password)

    @retried
    async def arrive() -> str:
        async with database.write() as session:
            person = await make_person(session, email=email, name=name, password_hash=kept)
            org_id = await place_in_organisation(
                session, person, organisation=organisation, invitation=invitation, address=visit.address
            )
            return await begin_session(session, person=person, way="password", visit=visit, org_id=org_id)

    return await arrive()


async def make_person(
    session: AsyncSession,
    *,
    email: str | None,
    name: str,
    password_hash: str | None = None,
    oidc: tuple[str, str] | None = None,
) -> Person:
    """Raises EmailTaken."""
    try:
        return await insert_person(
            session, person_id=new_id("per"), email=email, name=name, password_hash=password_hash, oidc=oidc
        )
    except IntegrityError:
        raise EmailTaken("sign in instead, or use another address") from None


async def place_in_organisation(
    session: AsyncSession, person: Person, *, organisation: str | None, invitation: str | None, address: str | None
) -> str:
    """Make a new person a member: of the organisation that invites, else of a new one as its owner; returns its id."""
    if invitation is not None:
        return await join_by_invitation(session, token=invitation, person=person, address=address)
    made = await create_organisation(session, name=organisation or f"{person.name}'s studio"[:200])
    await insert_membership(session, org_id=made.id, person_id=person.id, role="owner")
    actor = Actor(person.id, name_of(person), address)
    await audit(session, "organisation.made", org_id=made.id, subject=made.id, actor=actor, name=made.name)
    return made.id


async def sign_in(database: Database, *, email: str, password: str, visit: Visit) -> str:
    """A session's token for the right password. The tries are counted before the password is looked at.

    Raises TooManyTries, SignInRefused, NoOrganisation.
    """
    await count_tries(database, address=visit.address, email=email)
    async with database.read() as session:
        person = await find_person_by_email(session, email=email)
    kept = person.password_hash if person is not None else None
    matches = await check_password(password, kept)
    if person is None or kept is None or not matches:
        if person is not None:
            await _note_refusal(database, person, visit)
        raise SignInRefused("check both, or sign in the way that you signed up")
    fresh = await hash_password(password) if needs_rehash(kept) else None

    @retried
    async def enter() -> str:
        async with database.write() as session:
            await delete_tries(session, key=account_key(email))
            if fresh is not None:
                await set_password_hash(session, person_id=person.id, password_hash=fresh)
            return await begin_session(session, person=person, way="password", visit=visit)

    return await enter()


async def change_password(
    database: Database, signed_in: SignedIn, *, current: str, fresh: str, address: str | None
) -> None:
    """Another password; every other session of the person ends. Raises TooManyTries, SignInRefused."""
    person = signed_in.person
    if person.email is None or person.password_hash is None:
        raise SignInRefused("there is no password to change: you sign in another way")
    await count_tries(database, address=address, email=person.email)
    if not await check_password(current, person.password_hash):
        raise SignInRefused("the present password is another one")
    kept = await hash_password(fresh)
    await _set_password(database, signed_in, person.email, kept)


@retried
async def _set_password(database: Database, signed_in: SignedIn, email: str, kept: str) -> None:
    person = signed_in.person
    async with database.write() as session:
        await delete_tries(session, key=account_key(email))
        await set_password_hash(session, person_id=person.id, password_hash=kept)
        await enter_tenant(session, signed_in.org_id)
        for row in await list_sessions(session, person_id=person.id):
            if row.id != signed_in.row.id:
                await delete_session(session, person_id=person.id, session_id=row.id)
        await audit(session, "password.changed", org_id=signed_in.org_id, subject=person.id)


async def _note_refusal(database: Database, person: Person, visit: Visit) -> None:
    """Every organisation of the person is told that somebody tried."""
    async with database.read() as session:
        memberships = await list_memberships_of(session, person_id=person.id)
    actor = Actor(None, "somebody unknown", visit.address)
    for membership, _ in memberships:
        async with database.write(org_id=membership.org_id) as session:
            await audit(session, "session.refused", org_id=membership.org_id, subject=person.id, actor=actor)
