"""Members of an organisation: their roles, and their leaving."""

from __future__ import annotations

from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.people import count_owners, delete_membership, get_member, set_role
from storage.tables import Membership, Person
from studio.http.errors import NotFound, StudioError
from studio.organisations.audit import audit
from studio.organisations.roles import Role, require_rank


class LastOwner(StudioError):
    """An organisation keeps one owner at least."""

    status = 409
    code = "last_owner"


async def find_member(session: AsyncSession, *, org_id: str, person_id: str) -> tuple[Membership, Person]:
    """Raises NotFound."""
    found = await get_member(session, org_id=org_id, person_id=person_id)
    if found is None:
        raise NotFound(f"there is no member {person_id}")
    return found


async def change_role(session: AsyncSession, *, org_id: str, person_id: str, role: Role, by: Role) -> None:
    """Raises NotFound, RoleInsufficient, LastOwner."""
    before = await _release(session, org_id=org_id, person_id=person_id, role=role, by=by)
    await set_role(session, org_id=org_id, person_id=person_id, role=role)
    await audit(session, "member.role_changed", org_id=org_id, subject=person_id, before=before, role=role)


async def remove_member(session: AsyncSession, *, org_id: str, person_id: str, by: Role) -> None:
    """Their next request finds them outside. Raises NotFound, RoleInsufficient, LastOwner."""
    before = await _release(session, org_id=org_id, person_id=person_id, role=None, by=by)
    await delete_membership(session, org_id=org_id, person_id=person_id)
    await audit(session, "member.removed", org_id=org_id, subject=person_id, role=before)


async def _release(session: AsyncSession, *, org_id: str, person_id: str, role: Role | None, by: Role) -> Role:
    """Whether the member may go on to `role` (None: out); returns the role until now."""
    owners = await count_owners(session, org_id=org_id)
    membership, _ = await find_member(session, org_id=org_id, person_id=person_id)
    before = cast(Role, membership.role)
    require_rank(by, before, *([role] if role is not None else []))
    if before == "owner" and role != "owner" and owners == 1:
        raise LastOwner("make somebody else an owner first")
    return before
