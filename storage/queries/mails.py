"""E-mail to be sent, and tokens for new passwords."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after
from storage.tables import MailRow, Membership, PasswordReset, Person, database_now
from storage.tenant_scope import mail_scope


async def insert_mail(
    session: AsyncSession, *, mail_id: str, kind: str, to: str, language: str, values: dict[str, str]
) -> None:
    row = {"id": mail_id, "kind": kind, "to_address": to, "language": language, "told": values, "state": "pending"}
    async with mail_scope(session):
        await session.execute(insert(MailRow).values(**row, created_at=database_now()))


async def get_mail(session: AsyncSession, *, mail_id: str) -> MailRow | None:
    async with mail_scope(session):
        return await session.get(MailRow, mail_id)


async def settle_mail(session: AsyncSession, *, mail_id: str, error: str | None) -> None:
    """It is sent, or given up; what it said is forgotten."""
    ended: dict[str, object] = {
        "state": "sent" if error is None else "failed",
        "error": error and error[:200],
        "told": {},
    }
    async with mail_scope(session):
        await session.execute(update(MailRow).where(MailRow.id == mail_id).values(**ended, finished_at=database_now()))


async def forget_mails(session: AsyncSession, *, older_than: timedelta) -> None:
    """Forget what was sent or given up so long ago, and tokens that have expired."""
    before = await instant_after(session, -older_than)
    async with mail_scope(session):
        await session.execute(delete(MailRow).where(MailRow.finished_at < before))
    await session.execute(delete(PasswordReset).where(PasswordReset.expires_at < database_now()))


async def insert_password_reset(
    session: AsyncSession, *, person_id: str, token_sha256: str, valid_for: timedelta
) -> None:
    expires_at = await instant_after(session, valid_for)
    session.add(PasswordReset(token_sha256=token_sha256, person_id=person_id, expires_at=expires_at))
    await session.flush()


async def use_password_reset(session: AsyncSession, *, token_sha256: str) -> str | None:
    """Whose token it is, once; None where there is none that holds. All others of the person go with it."""
    found = await session.execute(
        delete(PasswordReset)
        .where(PasswordReset.token_sha256 == token_sha256, PasswordReset.expires_at > database_now())
        .returning(PasswordReset.person_id)
        .execution_options(synchronize_session=False)
    )
    person_id = found.scalar_one_or_none()
    if person_id is not None:
        await session.execute(delete(PasswordReset).where(PasswordReset.person_id == person_id))
    return person_id


async def list_admin_addresses(session: AsyncSession, *, org_id: str) -> list[str]:
    """E-mail addresses of the organisation's owners and admins."""
    query = (
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.org_id == org_id, Membership.role.in_(("owner", "admin")), Person.email.is_not(None))
    )
    return sorted(address for address in await session.scalars(query) if address is not None)
