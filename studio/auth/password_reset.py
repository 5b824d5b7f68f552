"""A new password for whoever has forgotten theirs: by a one-time link to their e-mail address."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.mails import insert_password_reset, use_password_reset
from storage.queries.people import find_person_by_email, get_person, list_memberships_of, set_password_hash
from storage.queries.sessions import count_try, delete_session, delete_tries, list_sessions
from storage.queries.timestamps import read_clock
from storage.retry import retried
from storage.tables import Person
from storage.unit import Database
from studio.auth.actor import Actor
from studio.auth.passwords import hash_password
from studio.auth.post import Language, Mail, Post
from studio.auth.sessions import name_of
from studio.auth.sign_in_limits import WINDOW, account_key, count_tries
from studio.auth.tokens import hash_token, new_token
from studio.http.errors import StudioError
from studio.organisations.audit import audit

VALID_FOR = timedelta(hours=1)
MOST_MAILS = 3  # to one address within the window of sign-ins


class MailIsOff(StudioError):
    """This studio sends no e-mail."""

    status = 409
    code = "mail_is_off"


class PasswordResetGone(StudioError):
    """This link for a new password was used before, or has expired."""

    status = 410
    code = "password_reset_gone"


async def ask_for_reset(
    database: Database, post: Post | None, *, origin: str, email: str, language: Language, address: str | None
) -> None:
    """Mail a link, if somebody signs in with this address and a password; nobody learns whether that is so.

    Raises MailIsOff, TooManyTries.
    """
    if post is None:
        raise MailIsOff("ask whoever runs the studio for a link: `dramatis password-link` makes one")
    await count_tries(database, address=address)
    await _mail_link(database, post, origin=origin, email=email, language=language)


@retried
async def _mail_link(database: Database, post: Post, *, origin: str, email: str, language: Language) -> None:
    async with database.write() as session:
        now = await read_clock(session)
        tries, until = await count_try(session, key=f"reset:{account_key(email)}", window=WINDOW)
        person = await find_person_by_email(session, email=email)
        if person is None or person.password_hash is None or (tries > MOST_MAILS and until > now):
            return
        link = f"{origin}/new-password?token={await make_token(session, person)}"
        await post(session, Mail("password_reset", email, language, {"email": email, "link": link}))


async def make_token(session: AsyncSession, person: Person) -> str:
    """A one-time token of the person's."""
    token = new_token()
    await insert_password_reset(session, person_id=person.id, token_sha256=hash_token(token), valid_for=VALID_FOR)
    return token


async def reset_password(database: Database, *, token: str, password: str, address: str | None) -> None:
    """Another password for the token's, once; every session of the person ends.

    Raises TooManyTries, PasswordResetGone.
    """
    await count_tries(database, address=address)
    kept = await hash_password(password)
    person = await _set_password(database, token, kept)
    if person is None:
        raise PasswordResetGone("ask for a new one")
    await _write_down(database, person, address)


@retried
async def _set_password(database: Database, token: str, kept: str) -> Person | None:
    async with database.write() as session:
        person_id = await use_password_reset(session, token_sha256=hash_token(token))
        person = await get_person(session, person_id=person_id) if person_id is not None else None
        if person is None:
            return None
        await delete_tries(session, key=account_key(person.email or ""))
        await set_password_hash(session, person_id=person.id, password_hash=kept)
        for row in await list_sessions(session, person_id=person.id):
            await delete_session(session, person_id=person.id, session_id=row.id)
        return person


async def _write_down(database: Database, person: Person, address: str | None) -> None:
    """In the log of every organisation of the person."""
    async with database.read() as session:
        memberships = await list_memberships_of(session, person_id=person.id)
    actor = Actor(person.id, name_of(person), address)
    for membership, _ in memberships:
        async with database.write(org_id=membership.org_id) as session:
            await audit(session, "password.changed", org_id=membership.org_id, subject=person.id, actor=actor)
