"""People and their memberships."""

from __future__ import annotations

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Membership, Organisation, Person
from storage.tenant_scope import set_person_scope


async def insert_person(
    session: AsyncSession,
    *,
    person_id: str,
    email: str | None,
    name: str,
    password_hash: str | None = None,
    oidc: tuple[str, str] | None = None,
) -> Person:
    """A new person; `oidc`: issuer and subject. Raises IntegrityError when the e-mail address or subject is taken."""
    issuer, subject = oidc or (None, None)
    person = Person(
        id=person_id,
        email=email,
        name=name,
        password_hash=password_hash,
        oidc_issuer=issuer,
        oidc_subject=subject,
    )
    session.add(person)
    await session.flush()
    return person


async def get_person(session: AsyncSession, *, person_id: str) -> Person | None:
    return await session.get(Person, person_id)


async def find_person_by_email(session: AsyncSession, *, email: str) -> Person | None:
    return await session.scalar(select(Person).where(Person.email == email))


async def find_person_by_subject(session: AsyncSession, *, issuer: str, subject: str) -> Person | None:
    return await session.scalar(select(Person).where(Person.oidc_issuer == issuer, Person.oidc_subject == subject))


async def set_password_hash(session: AsyncSession, *, person_id: str, password_hash: str) -> None:
    await session.execute(update(Person).where(Person.id == person_id).values(password_hash=password_hash))


async def insert_membership(session: AsyncSession, *, org_id: str, person_id: str, role: str) -> Membership:
    membership = Membership(org_id=org_id, person_id=person_id, role=role)
    session.add(membership)
    await session.flush()
    return membership


async def get_membership(session: AsyncSession, *, org_id: str, person_id: str) -> Membership | None:
    return await session.scalar(
        select(Membership).where(Membership.org_id == org_id, Membership.person_id == person_id)
    )


async def list_memberships_of(session: AsyncSession, *, person_id: str) -> list[tuple[Membership, Organisation]]:
    """The person's organisations with the role in each, oldest first; one that is being deleted is none any more.

    Over tenants: they are the person's own.
    """
    await set_person_scope(session, person_id)
    rows = await session.execute(
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.org_id)
        .where(Membership.person_id == person_id, Organisation.deleted.is_(False))
        .order_by(Membership.created_at, Membership.org_id)
    )
    return [(membership, organisation) for membership, organisation in rows]


async def list_members(session: AsyncSession, *, org_id: str) -> list[tuple[Membership, Person]]:
    """The organisation's members, oldest first."""
    rows = await session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.org_id == org_id)
        .order_by(Membership.created_at, Membership.person_id)
    )
    return [(membership, person) for membership, person in rows]


async def get_member(session: AsyncSession, *, org_id: str, person_id: str) -> tuple[Membership, Person] | None:
    row = (
        await session.execute(
            select(Membership, Person)
            .join(Person, Person.id == Membership.person_id)
            .where(Membership.org_id == org_id, Membership.person_id == person_id)
        )
    ).first()
    return None if row is None else (row[0], row[1])


async def find_owner(session: AsyncSession, *, org_id: str) -> str | None:
    """The id of the organisation's first owner."""
    return await session.scalar(
        select(Membership.person_id)
        .where(Membership.org_id == org_id, Membership.role == "owner")
        .order_by(Membership.created_at, Membership.person_id)
        .limit(1)
    )


async def count_owners(session: AsyncSession, *, org_id: str) -> int:
    """How many there are. The unit holds the organisation until it ends: two who leave at once leave one."""
    owners = select(func.count()).where(Membership.org_id == org_id, Membership.role == "owner")
    return int((await session.execute(owners)).scalar_one())


async def set_role(session: AsyncSession, *, org_id: str, person_id: str, role: str) -> None:
    await session.execute(
        update(Membership).where(Membership.org_id == org_id, Membership.person_id == person_id).values(role=role)
    )


async def delete_membership(session: AsyncSession, *, org_id: str, person_id: str) -> None:
    await session.execute(delete(Membership).where(Membership.org_id == org_id, Membership.person_id == person_id))


async def delete_person(session: AsyncSession, *, person_id: str) -> None:
    """Somebody who is in no organisation any more, with every session."""
    await session.execute(delete(Person).where(Person.id == person_id))
