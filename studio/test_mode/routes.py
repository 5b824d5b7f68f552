"""Test mode over HTTP: its keys, and logged requests that are asked again."""

from __future__ import annotations

from fastapi import APIRouter, Request

from storage.queries.request_log import get_logged_request
from storage.queries.timestamps import read_clock
from storage.queries.twins import find_twin
from studio.api_keys.keys import issue_api_key
from studio.api_keys.routes import view_key
from studio.api_keys.schemas import ApiKeyCreate, ApiKeyMade
from studio.auth.caller import KeysCaller
from studio.auth.unit import ReadUnit, Unit
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, ScopeMissing, problems
from studio.test_mode.replay import LiveRequest, NotReplayable, replay
from studio.test_mode.schemas import ReplayedRequest, TestModeView
from studio.test_mode.twin import enter_test_mode

router = APIRouter(tags=["test-mode"])


@router.post("/v1/test-keys", status_code=201)
async def create_test_key(asked: ApiKeyCreate, caller: KeysCaller, unit: Unit) -> ApiKeyMade:
    """Make a key of test mode, `sk_test_…`: the same API with data of its own, in which nothing costs anything.

    The first one makes test mode. The reply is the only place where the key can be read.
    """
    missing = set(asked.scopes) - caller.scopes
    if missing:
        raise ScopeMissing("a key cannot give what it has not", scopes=sorted(missing))
    if asked.expires_at is not None and asked.expires_at <= await read_clock(unit):
        raise InvalidRequest("expires_at: is past already, so the key would never work", field="expires_at")
    twin_id = await enter_test_mode(unit, org_id=caller.org_id)
    issued = await issue_api_key(
        unit, org_id=twin_id, name=asked.name, scopes=asked.scopes, expires_at=asked.expires_at
    )
    return ApiKeyMade(**view_key(issued.row).model_dump(), key=issued.secret)


@router.get("/v1/test-mode", name="get_test_mode")
async def read_test_mode(caller: KeysCaller, unit: ReadUnit) -> TestModeView:
    """Whether the organisation has a test mode: its first test key makes it."""
    return TestModeView(exists=not caller.livemode or await find_twin(unit, org_id=caller.org_id) is not None)


@router.post("/v1/requests/{request_id}/replay", responses=problems(NotFound, LiveRequest, NotReplayable))
async def replay_request(
    request_id: str, request: Request, caller: KeysCaller, database: DatabaseOf
) -> ReplayedRequest:
    """Ask a logged request of test mode once more, as it was sent, but for its `Idempotency-Key`."""
    async with database.read(org_id=caller.org_id) as session:
        logged = await get_logged_request(session, org_id=caller.org_id, request_id=request_id)
    if logged is None:
        raise NotFound(f"there is no request {request_id} in the log; it is kept for 30 days, in test mode for 7")
    return await replay(request.app, caller, logged)
