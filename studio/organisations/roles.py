"""Roles of members, and what each may do."""

from __future__ import annotations

from typing import Literal

from studio.api_keys.keys import SCOPES, Scope
from studio.http.errors import StudioError

Role = Literal["owner", "admin", "editor", "viewer"]
_ADMIN_SCOPES: frozenset[Scope] = frozenset({"keys", "members"})
_RANK: dict[Role, int] = {"owner": 3, "admin": 2, "editor": 1, "viewer": 0}


class RoleInsufficient(StudioError):
    """Your role does not allow that."""

    status = 403
    code = "role_insufficient"


def scopes_of_role(role: Role) -> frozenset[Scope]:
    """What a member with this role may touch; a viewer may only look at it."""
    everything = frozenset(SCOPES)
    return everything if role in ("owner", "admin") else everything - _ADMIN_SCOPES


def role_of_key(scopes: frozenset[Scope]) -> Role:
    """The role that an API key with these scopes stands for: no key is an owner."""
    return "admin" if scopes & _ADMIN_SCOPES else "editor"


def require_rank(role: Role, *touched: Role) -> None:
    """Nobody appoints, changes or removes anybody above themselves. Raises RoleInsufficient."""
    highest = max(touched, key=lambda each: _RANK[each])
    if _RANK[role] < _RANK[highest]:
        raise RoleInsufficient(f"only an {highest} can do that", role=role)
