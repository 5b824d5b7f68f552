"""`dramatis people`: who of those that sign in runs the installation."""

from __future__ import annotations

import asyncio
from pathlib import Path

from storage.queries.operator_acts import list_operators, set_operator
from storage.queries.people import find_owner, find_person_by_email, get_person
from storage.tables import Person
from storage.unit import Database
from studio.auth.sessions import name_of
from studio.commands.console import err, out, refuse
from studio.commands.local_database import local_database


def make_operator(data: Path | None, email: str | None, *, is_operator: bool) -> None:
    """Set or drop the flag of whoever signs in with this address; without one, of the folder's own owner."""

    async def make() -> str | None:
        async with local_database(data) as (database, local):
            person = await _find(database, local.org_id, email)
            if person is None:
                return None
            async with database.write() as session:
                await set_operator(session, person_id=person.id, is_operator=is_operator)
            return name_of(person)

    name = asyncio.run(make())
    if name is None:
        raise refuse(f"nobody signs in with {email}" if email is not None else "this folder has no owner yet")
    err.print(f"{name} is an operator" if is_operator else f"{name} is no operator any more", markup=False)


def show_operators(data: Path | None) -> None:
    """Print them."""

    async def listed() -> list[Person]:
        async with local_database(data) as (database, _), database.read() as session:
            return await list_operators(session)

    for person in asyncio.run(listed()):
        out.print(f"{person.id}  {name_of(person)}", markup=False)


async def _find(database: Database, org_id: str, email: str | None) -> Person | None:
    async with database.read(org_id=org_id) as session:
        if email is not None:
            return await find_person_by_email(session, email=email.lower())
        owner = await find_owner(session, org_id=org_id)
        return await get_person(session, person_id=owner) if owner is not None else None
