"""Who calls: the organisation and the scopes behind a bearer key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal, cast

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from storage.queries.accounts import find_live_api_key, needs_touch, touch_api_key
from storage.queries.instants import read_clock
from storage.unit import Database
from studio.accounts.api_keys import Scope, hash_key, is_well_formed
from studio.kit.errors import ScopeMissing, Unauthenticated
from studio.kit.unit import DatabaseOf

_BEARER = HTTPBearer(auto_error=False, scheme_name="api_key", description="An API key, as `Authorization: Bearer …`.")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dramatis"'}


Role = Literal["owner", "admin", "editor", "viewer"]
_ADMIN_SCOPES: frozenset[Scope] = frozenset({"keys", "members"})


@dataclass(frozen=True)
class Caller:
    """Who asks, for which tenant, and what they may. Every query takes its org_id."""

    org_id: str
    scopes: frozenset[Scope]
    role: Role
    key_id: str | None = None
    person_id: str | None = None


async def identify_caller(database: Database, secret: str) -> Caller | None:
    """The caller behind a key; None for a key that is unknown, expired or revoked. Opens a short unit of its own,
    so that no transaction stays open while a route talks to engines or to the object store."""
    if not is_well_formed(secret):
        return None
    async with database.read() as session:
        key = await find_live_api_key(session, key_sha256=hash_key(secret))
        if key is None:
            return None
        stale = needs_touch(key, await read_clock(session))
    if stale:
        async with database.write(org_id=key.org_id) as session:
            await touch_api_key(session, org_id=key.org_id, key_id=key.id)
    scopes = frozenset(cast(list[Scope], key.scopes))
    return Caller(key.org_id, scopes, "admin" if scopes & _ADMIN_SCOPES else "editor", key_id=key.id)


async def authenticate(
    database: DatabaseOf, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Caller:
    """The caller of this request. Raises Unauthenticated."""
    if credentials is None:
        raise Unauthenticated("send a key as `Authorization: Bearer …`", headers=_CHALLENGE)
    caller = await identify_caller(database, credentials.credentials)
    if caller is None:
        raise Unauthenticated("this key is unknown, expired or revoked", headers=_CHALLENGE)
    return caller


CallerOf = Annotated[Caller, Depends(authenticate)]


def _needing(scope: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    async def check_scope(caller: CallerOf) -> Caller:
        if scope not in caller.scopes:
            raise ScopeMissing(f"this key lacks the scope `{scope}`", scope=scope)
        return caller

    return check_scope


AssetsCaller = Annotated[Caller, Depends(_needing("assets"))]
CharactersCaller = Annotated[Caller, Depends(_needing("characters"))]
TakesCaller = Annotated[Caller, Depends(_needing("takes"))]
ProjectsCaller = Annotated[Caller, Depends(_needing("projects"))]
KeysCaller = Annotated[Caller, Depends(_needing("keys"))]
MembersCaller = Annotated[Caller, Depends(_needing("members"))]
