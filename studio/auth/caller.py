"""Who calls: the organisation, role and scopes behind a bearer key, or behind the session of a signed-in person."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from storage.queries.accounts import count_key_changes, find_live_api_key, needs_touch, touch_api_key
from storage.queries.twins import find_twin
from storage.unit import Database
from studio.api_keys.keys import Scope, hash_key, is_of_test_mode, is_well_formed
from studio.auth.actor import Actor, act_as, address_of
from studio.auth.cookies import HOST_COOKIE, SAFE_METHODS, read_cookie, refuse_other_sites
from studio.auth.sessions import SignedIn, Visit, identify_session, name_of
from studio.http.dependencies import DatabaseOf, get_database
from studio.http.errors import NotFound, ScopeMissing, Unauthenticated
from studio.http.headers import add_headers
from studio.organisations.request_limits import RequestLimits, TooManyRequests
from studio.organisations.roles import Role, RoleInsufficient, role_of_key, scopes_of_role

_BEARER = HTTPBearer(auto_error=False, scheme_name="api_key", description="An API key, as `Authorization: Bearer …`.")
SESSION_COOKIE = APIKeyCookie(
    name=HOST_COOKIE,
    auto_error=False,
    scheme_name="session",
    description="The session of a signed-in browser. Requests that change something must come from the studio's pages.",
)
MODE_HEADER = "dramatis-mode"  # `test`: of members; a key is of one mode for good
KEY_KNOWN_FOR_S = 1.0
MOST_KNOWN_KEYS = 10_000
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dramatis"'}


@dataclass(frozen=True)
class Caller:
    """Who asks, for which tenant, and what they may. Every query takes its org_id; in test mode that is the twin's."""

    org_id: str
    scopes: frozenset[Scope]
    role: Role
    key_id: str | None = None
    person_id: str | None = None
    name: str = ""
    livemode: bool = True


class KnownKeys:
    """Who is behind the keys that were looked up just now, so that the database is not asked at every request.

    A key is known for a second at most after it was asked for, whichever process revokes it, and only until this one
    next commits a change to any key: one that was revoked here is refused from the next request on.
    """

    def __init__(self) -> None:
        self._known: dict[str, _KnownKey] = {}

    async def identify(self, database: Database, secret: str) -> Caller | None:
        """As `identify_caller`."""
        key_sha256 = hash_key(secret)
        known = self._known.get(key_sha256)
        if known is not None and known.holds(database):
            return known.caller
        changes, asked_at = count_key_changes(database.memory), time.monotonic()
        found = await _find_key(database, secret)
        if found is None:
            return None
        caller, valid_s = found
        self._keep(key_sha256, _KnownKey(caller, changes, asked_at + valid_s))
        return caller

    def _keep(self, key_sha256: str, known: _KnownKey) -> None:
        if len(self._known) >= MOST_KNOWN_KEYS:
            self._known.clear()
        self._known[key_sha256] = known


@dataclass(frozen=True)
class _KnownKey:
    """changes: how many keys had before it was asked for; until: of `time.monotonic`."""

    caller: Caller
    changes: int
    until: float

    def holds(self, database: Database) -> bool:
        return time.monotonic() < self.until and count_key_changes(database.memory) == self.changes


async def identify_caller(database: Database, secret: str) -> Caller | None:
    """The caller behind a key; None for a key that is unknown, expired or revoked. Opens a short unit of its own,
    so that no transaction stays open while a route talks to engines or to the object store."""
    found = await _find_key(database, secret)
    return found[0] if found is not None else None


async def _find_key(database: Database, secret: str) -> tuple[Caller, float] | None:
    """The caller behind a key, and for how many seconds that may be remembered."""
    if not is_well_formed(secret):
        return None
    async with database.look() as session:
        found = await find_live_api_key(session, key_sha256=hash_key(secret))
    if found is None:
        return None
    key, now = found
    if needs_touch(key, now):
        async with database.write(org_id=key.org_id) as session:
            await touch_api_key(session, org_id=key.org_id, key_id=key.id)
    scopes = frozenset(cast(list[Scope], key.scopes))
    caller = Caller(key.org_id, scopes, role_of_key(scopes), key_id=key.id, name=f"key {key.name}"[:200])
    if is_of_test_mode(secret):
        caller = replace(caller, livemode=False)
    left_s = (key.expires_at - now).total_seconds() if key.expires_at is not None else KEY_KNOWN_FOR_S
    return caller, min(left_s, KEY_KNOWN_FOR_S)


def visit_of(request: Request) -> Visit:
    """The browser behind a request."""
    return Visit(address_of(request), request.headers.get("user-agent", ""), read_cookie(request))


async def find_signed_in(request: Request, database: DatabaseOf) -> SignedIn | None:
    """The session of this request's cookie, if there is a live one. Raises CrossSite."""
    token = read_cookie(request)
    signed_in = await identify_session(database, token) if token is not None else None
    if signed_in is not None:
        refuse_other_sites(request, strict=True)
        act_as(Actor(signed_in.person.id, name_of(signed_in.person), address_of(request)))
    return signed_in


async def require_signed_in(
    found: Annotated[SignedIn | None, Depends(find_signed_in)], _: Annotated[str | None, Depends(SESSION_COOKIE)]
) -> SignedIn:
    """The person's own session, for what everybody may do to it whatever their role. Raises Unauthenticated."""
    if found is None:
        raise Unauthenticated("sign in first")
    return found


async def admit(request: Request) -> Caller:
    """The caller of this request, which counts: found out once, by whatever needs to know it first.

    Raises Unauthenticated, CrossSite, RoleInsufficient, and TooManyRequests; the reply's headers say how the plan
    stands.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    database = await get_database(request)
    caller = request.state.identified = await _authenticate(request, database)
    limits: RequestLimits = request.app.state.limits
    standing = await limits.count(database, caller.org_id)
    add_headers(request, standing.headers())
    if standing.retry_after_s is not None:
        words = f"this plan allows {standing.limit} requests a minute"
        raise TooManyRequests(words, headers={"Retry-After": str(standing.retry_after_s)})
    request.state.caller = caller
    return caller


async def _authenticate(request: Request, database: Database) -> Caller:
    """A key goes before a cookie."""
    if "authorization" not in request.headers:
        signed_in = await find_signed_in(request, database)
        if signed_in is None:
            raise Unauthenticated("sign in, or send a key as `Authorization: Bearer …`", headers=_CHALLENGE)
        return await _in_asked_mode(request, database, _member(request, signed_in))
    credentials = await _BEARER(request)
    known_keys: KnownKeys = request.app.state.known_keys
    caller = await known_keys.identify(database, credentials.credentials) if credentials is not None else None
    if caller is None:
        raise Unauthenticated("this key is unknown, expired or revoked", headers=_CHALLENGE)
    act_as(Actor(caller.key_id, caller.name, address_of(request)))
    return caller


async def within_request_limit(request: Request, database: Database, caller: Caller) -> bool:
    """Whether a request that stays open for long still has a good key or session: revoked means within a second."""
    if caller.key_id is not None:
        return await identify_caller(database, request.headers["authorization"].partition(" ")[2]) is not None
    signed_in = await identify_session(database, read_cookie(request) or "")
    if signed_in is None:
        return False
    return (await _in_asked_mode(request, database, _member(request, signed_in))).org_id == caller.org_id


async def _in_asked_mode(request: Request, database: Database, member: Caller) -> Caller:
    """A member may look into the organisation's test mode, with the same role. Raises NotFound where there is none."""
    if request.headers.get(MODE_HEADER) != "test":
        return member
    async with database.look(org_id=member.org_id) as session:
        twin_id = await find_twin(session, org_id=member.org_id)
    if twin_id is None:
        raise NotFound("there is no test mode yet: the first test key makes it (POST /v1/test-keys)")
    return replace(member, org_id=twin_id, livemode=False)


def _member(request: Request, signed_in: SignedIn) -> Caller:
    if signed_in.role == "viewer" and request.method not in SAFE_METHODS:
        raise RoleInsufficient("a viewer looks and changes nothing: ask an admin for another role", role="viewer")
    return Caller(
        signed_in.org_id,
        scopes_of_role(signed_in.role),
        signed_in.role,
        person_id=signed_in.person.id,
        name=name_of(signed_in.person),
    )


async def get_caller(
    request: Request,
    _key: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    _session: Annotated[str | None, Depends(SESSION_COOKIE)],
) -> Caller:
    """`admit` for routes. What it depends on is for the document, which tells of both ways to say who calls."""
    return await admit(request)


CallerOf = Annotated[Caller, Depends(get_caller)]
SignedInOf = Annotated[SignedIn, Depends(require_signed_in)]


def _needing(scope: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    async def check_scope(caller: CallerOf) -> Caller:
        if scope in caller.scopes:
            return caller
        if caller.person_id is not None:
            raise RoleInsufficient("only owners and admins can do that", role=caller.role)
        raise ScopeMissing(f"this key lacks the scope `{scope}`", scope=scope)

    return check_scope


async def check_colleague(caller: CallerOf) -> Caller:
    """Every member may see who the others are; a key needs the scope `members`."""
    if caller.person_id is None and "members" not in caller.scopes:
        raise ScopeMissing("this key lacks the scope `members`", scope="members")
    return caller


AssetsCaller = Annotated[Caller, Depends(_needing("assets"))]
CharactersCaller = Annotated[Caller, Depends(_needing("characters"))]
TakesCaller = Annotated[Caller, Depends(_needing("takes"))]
ProjectsCaller = Annotated[Caller, Depends(_needing("projects"))]
KeysCaller = Annotated[Caller, Depends(_needing("keys"))]
MembersCaller = Annotated[Caller, Depends(_needing("members"))]
ColleagueCaller = Annotated[Caller, Depends(check_colleague)]
