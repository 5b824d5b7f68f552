"""API keys over HTTP: made, listed and revoked with a key that has the scope `keys`."""

from __future__ import annotations

from fastapi import APIRouter

from storage.queries.accounts import list_api_keys
from storage.queries.timestamps import read_clock
from storage.tables import ApiKey
from studio.api_keys.keys import issue_api_key, revoke_key
from studio.api_keys.schemas import ApiKeyCreate, ApiKeyMade, ApiKeyView
from studio.auth.caller import KeysCaller
from studio.auth.unit import ReadUnit, Unit
from studio.http.errors import InvalidRequest, NotFound, ScopeMissing, problems
from studio.http.pagination import AskedPage, Page, cut_page

router = APIRouter(prefix="/v1/api-keys", tags=["api-keys"])


@router.post("", status_code=201)
async def create_api_key(asked: ApiKeyCreate, caller: KeysCaller, unit: Unit) -> ApiKeyMade:
    """Make a key. The reply is the only place where it can be read."""
    missing = set(asked.scopes) - caller.scopes
    if missing:
        raise ScopeMissing("a key cannot give what it has not", scopes=sorted(missing))
    if asked.expires_at is not None and asked.expires_at <= await read_clock(unit):
        words = f"expires_at: {asked.expires_at.isoformat()} is past already, so the key would never work"
        raise InvalidRequest(words, field="expires_at")
    issued = await issue_api_key(
        unit, org_id=caller.org_id, name=asked.name, scopes=asked.scopes, expires_at=asked.expires_at
    )
    return ApiKeyMade(**view_key(issued.row).model_dump(), key=issued.secret)


@router.get("", name="list_api_keys")
async def list_keys(caller: KeysCaller, unit: ReadUnit, asked: AskedPage) -> Page[ApiKeyView]:
    """The organisation's keys, newest first, revoked ones too."""
    rows = await list_api_keys(unit, org_id=caller.org_id, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    return Page(data=[view_key(row) for row in shown], has_more=more, last_id=shown[-1].id if shown else None)


@router.delete("/{key_id}", responses=problems(NotFound))
async def revoke_api_key(key_id: str, caller: KeysCaller, unit: Unit) -> ApiKeyView:
    """Revoke a key: the next request with it is refused."""
    row = await revoke_key(unit, org_id=caller.org_id, key_id=key_id)
    if row is None:
        raise NotFound(f"there is no key {key_id}")
    return view_key(row)


def view_key(row: ApiKey) -> ApiKeyView:
    """A key as clients see it."""
    return ApiKeyView(
        id=row.id,
        name=row.name,
        prefix=row.shown_prefix,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
