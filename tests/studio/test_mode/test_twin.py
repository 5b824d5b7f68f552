"""Test mode through the API: a twin with rows of its own, which neither sees the live half nor is seen by it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from inference.catalogue import PREVIS, TEST
from storage.objects import Objects
from storage.queries.organisation_erasure import mark_organisation_deleted
from storage.queries.twins import find_twin, list_twins
from storage.unit import Database
from studio.api_keys.keys import PREFIX, TEST_PREFIX
from studio.billing.ledger import balance
from studio.generation.offered_models import OfferedModels
from studio.generation.take_queue import TakeQueue
from studio.organisations.erasure import finish_organisation_deletions
from studio.request_log.writing import RequestLogWriter
from studio.test_mode import sweep
from studio.test_mode.sweep import sweep_test_mode
from tests.studio.conftest import Tenant, add_person, example_photo, open_client, sign_in_as
from tests.studio.test_every_route import BODIES, CALLS, OPEN_TO_ALL, OWN_SESSION, QUERIES, _things_of

UNTOLD = {"GET /v1/events", "GET /v1/requests"}  # without end; what the stranger itself has just asked for
IN_TEST_MODE = {"Dramatis-Mode": "test"}


async def open_twin(app: FastAPI, tenant: Tenant) -> Tenant:
    """A client with the organisation's test key."""
    made = await tenant.http.post("/v1/test-keys", json={"name": "tests"})
    assert made.status_code == 201, made.text
    database: Database = app.state.database
    async with database.read(org_id=tenant.org_id) as session:
        twin_id = await find_twin(session, org_id=tenant.org_id)
    assert twin_id is not None
    return Tenant(twin_id, open_client(app, made.json()["key"]))


@pytest.fixture
async def twin(app: FastAPI, tenant: Tenant) -> AsyncIterator[Tenant]:
    queue: TakeQueue = app.state.queue

    async def offer(_: str) -> OfferedModels:
        return OfferedModels({PREVIS.name: PREVIS, TEST.name: TEST, "large": replace(PREVIS, name="large")})

    queue._offer = queue.in_test_mode._offer = offer
    opened = await open_twin(app, tenant)
    yield opened
    await opened.http.aclose()


async def test_every_test_key_leads_to_one_twin_with_play_money(
    app: FastAPI, tenant: Tenant, twin: Tenant, database: Database
) -> None:
    again = await open_twin(app, tenant)
    assert again.org_id == twin.org_id != tenant.org_id
    more = await twin.http.post("/v1/test-keys", json={"name": "of test mode itself"})
    assert more.json()["key"].startswith(TEST_PREFIX)
    usual = await twin.http.post("/v1/api-keys", json={"name": "made in test mode"})
    assert usual.json()["key"].startswith(TEST_PREFIX), "no live key comes out of test mode"
    live = await tenant.http.post("/v1/api-keys", json={"name": "live"})
    assert live.json()["key"].startswith(PREFIX)
    assert usual.json()["id"] not in (await tenant.http.get("/v1/api-keys")).text
    async with database.read(org_id=twin.org_id) as session:
        assert (await balance(session, org_id=twin.org_id)).available > 0
    async with database.read(org_id=tenant.org_id) as session:
        assert (await balance(session, org_id=tenant.org_id)).available == 0


async def test_test_mode_offers_the_previs_and_the_test_model_and_live_mode_no_slate(
    tenant: Tenant, twin: Tenant
) -> None:
    async def offered(asked: Tenant) -> set[str]:
        return {each["id"] for each in (await asked.http.get("/v1/models")).json()["data"]}

    assert await offered(twin) == {"previs", "test"}
    assert await offered(tenant) == {"previs", "large"}
    photo = await twin.photo(example_photo())
    character = (await twin.enrol(photo)).json()["id"]
    for model, status in (("test", 201), ("previs", 201), ("large", 422)):
        take = {"model": model, "prompt": "she nods", "characters": [{"character_id": character}]}
        assert (await twin.http.post("/v1/takes", json=take)).status_code == status, model


@pytest.mark.parametrize("direction", ["a test key asks for what is live", "a live key asks for what is a test's"])
async def test_neither_half_sees_the_other_on_any_route(
    tenant: Tenant, twin: Tenant, database: Database, direction: str
) -> None:
    owner, stranger = (tenant, twin) if direction.startswith("a test") else (twin, tenant)
    mine = await _things_of(owner, database)
    for method, route in CALLS:
        name = f"{method} {route.path}"
        if route.path in OWN_SESSION or name in OPEN_TO_ALL or name in UNTOLD:
            continue
        path = route.path_format.format_map(mine)
        reply = await stranger.http.request(method, path, json=BODIES.get(name), params=QUERIES.get(route.path))
        assert reply.status_code < 500, name
        if "{" in route.path:
            assert reply.status_code == 404, f"{name}: {reply.status_code} {reply.text}"
        else:
            told = {thing for thing in mine.values() if thing in reply.text} - {"no_such"}
            assert told == set(), f"{name} tells {told}"


async def test_a_member_looks_into_test_mode_with_the_same_role_and_a_key_never_changes_its_half(
    app: FastAPI, tenant: Tenant, twin: Tenant, database: Database
) -> None:
    film = (await twin.http.post("/v1/projects", json={"name": "A test"})).json()["id"]
    for role, may in (("admin", True), ("viewer", False)):
        browser = await sign_in_as(app, await add_person(database, tenant.org_id, role))
        assert film not in (await browser.get("/v1/projects")).text
        assert film in (await browser.get("/v1/projects", headers=IN_TEST_MODE)).text
        made = await browser.post("/v1/projects", json={"name": "Mine"}, headers=IN_TEST_MODE)
        assert made.status_code == (201 if may else 403)
    assert film not in (await tenant.http.get("/v1/projects", headers=IN_TEST_MODE)).text, "a live key stays live"


async def test_without_a_test_key_there_is_no_test_mode(app: FastAPI, tenant: Tenant, database: Database) -> None:
    browser = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
    refused = await browser.get("/v1/projects", headers=IN_TEST_MODE)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert "test-keys" in refused.json()["detail"]


async def ask_and_find(app: FastAPI, asked: Tenant, method: str, path: str, **more: Any) -> str:  # noqa: ANN401
    """The id of a request that is in the log."""
    reply = await asked.http.request(method, path, **more)
    log: RequestLogWriter = app.state.request_log
    await log.write(app.state.database)
    return reply.headers["x-request-id"]


async def test_a_logged_request_is_asked_again_in_test_mode(app: FastAPI, twin: Tenant) -> None:
    request_id = await ask_and_find(app, twin, "POST", "/v1/projects", json={"name": "Twice"})
    replayed = (await twin.http.post(f"/v1/requests/{request_id}/replay")).json()
    assert replayed["status"] == 201
    assert json.loads(replayed["body"])["name"] == "Twice"
    names = [each["name"] for each in (await twin.http.get("/v1/projects")).json()["data"]]
    assert names == ["Twice", "Twice"]
    refused = await ask_and_find(app, twin, "GET", "/v1/takes/no_such")
    assert (await twin.http.post(f"/v1/requests/{refused}/replay")).json()["status"] == 404
    replay_of = await ask_and_find(app, twin, "POST", f"/v1/requests/{request_id}/replay")
    assert (await twin.http.post(f"/v1/requests/{replay_of}/replay")).json()["code"] == "not_replayable"


async def test_live_requests_and_those_with_secrets_or_files_are_not_asked_again(
    app: FastAPI, tenant: Tenant, twin: Tenant
) -> None:
    live = await ask_and_find(app, tenant, "POST", "/v1/projects", json={"name": "Once"})
    assert (await tenant.http.post(f"/v1/requests/{live}/replay")).json()["code"] == "live_request"
    assert (await twin.http.post(f"/v1/requests/{live}/replay")).status_code == 404
    for more in ({"json": {"prompt": "x", "api_key": "abc"}}, {"files": {"input_reference": ("a.png", b"x")}}):
        request_id = await ask_and_find(app, twin, "POST", "/v1/videos", **more)
        assert (await twin.http.post(f"/v1/requests/{request_id}/replay")).json()["code"] == "not_replayable"


async def test_what_is_a_week_old_goes_and_what_is_younger_and_what_is_live_stays(
    app: FastAPI, tenant: Tenant, twin: Tenant, database: Database, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _things_of(tenant, database)
    made = await ask_and_find(app, twin, "POST", "/v1/projects", json={"name": "Old"})
    photo = await twin.photo(example_photo())
    await twin.enrol(photo)
    paths = ("/v1/projects", "/v1/characters")

    async def kept(asked: Tenant) -> dict[str, int]:
        return {path: len((await asked.http.get(path)).json()["data"]) for path in paths}

    before = await kept(tenant)
    await sweep_test_mode(database, objects)
    assert (await kept(twin))["/v1/projects"] == 1
    monkeypatch.setattr(sweep, "KEPT_FOR", timedelta(0))
    await sweep_test_mode(database, objects)
    assert set((await kept(twin)).values()) == {0}
    assert (await twin.http.get(f"/v1/requests/{made}")).status_code == 404
    assert await kept(tenant) == before
    assert (await twin.http.post("/v1/projects", json={"name": "New"})).status_code == 201, "the key works on"


async def test_a_twin_goes_with_its_organisation(
    tenant: Tenant, twin: Tenant, database: Database, objects: Objects
) -> None:
    async with database.write(org_id=tenant.org_id) as session:
        await mark_organisation_deleted(session, org_id=tenant.org_id)
    await sweep_test_mode(database, objects)
    await finish_organisation_deletions(database, objects)
    async with database.read() as session:
        assert twin.org_id not in await list_twins(session)
    async with httpx.AsyncClient(transport=twin.http._transport, base_url="http://studio") as http:
        assert (await http.get("/v1/projects", headers=twin.http.headers)).status_code == 401
