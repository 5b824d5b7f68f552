"""What holds for every route: tenants are blind to one another, one unit a request, errors of one shape, documented."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from storage.queries.accounts import get_livemode
from storage.queries.cuts import insert_cut
from storage.queries.payments import insert_order
from storage.queries.request_log import insert_logged_requests
from storage.queries.shot_takes import insert_note
from storage.queries.takes import get_take
from storage.queries.videos import insert_video
from storage.tables import Cut, PaymentOrder
from storage.unit import Database
from studio.app import ROUTERS, create_app
from studio.auth.unit import open_read_unit, open_unit
from studio.billing.caps import put_cap
from studio.config import Settings
from studio.webhooks.endpoints import require_endpoint
from studio.webhooks.messages import Message
from studio.webhooks.outbox import make_delivery
from tests.studio.conftest import Tenant, add_person, example_photo, open_client

OPEN_TO_ALL = {
    "GET /healthz",
    "GET /readyz",
    "GET /v1/sign-in-options",
    "POST /v1/people",
    "POST /v1/sessions",
    "POST /v1/password-resets",
    "POST /v1/password-resets/use",
    "POST /v1/invitations/inspect",
    "GET /welcome",
    "GET /oidc/start",
    "GET /oidc/callback",
    "GET /v1/organisation-deletions/{deletion_id}",
    "POST /v1/payments/notices/{provider}",  # by its signature
}
# Ambiguous beside another path: docs/decisions/0026-the-document-is-written-for-generators.md.
NOT_DOCUMENTED = {"GET /v1/videos/characters/{character_id}", "POST /v1/payments/notices/{provider}"} | {
    f"{method} /v1/operator/{{rest:path}}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
}
OWN_SESSION = {"/v1/sessions/{session_id}"}  # a person's, not an organisation's: test_every_role.py
ROUTES: list[BaseRoute] = list(itertools.chain.from_iterable(router.routes for router in ROUTERS))
API_ROUTES = [route for route in ROUTES if isinstance(route, APIRoute)]
CALLS = [(method, route) for route in API_ROUTES for method in sorted(route.methods - {"HEAD"})]
IDS = [f"{method} {route.path}" for method, route in CALLS]
BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/takes/{take_id}/move": {"after": None},
    "PATCH /v1/takes/{take_id}": {"priority": "batch"},
    "POST /v1/characters/{character_id}/consents": {"kind": "own"},
    "PATCH /v1/characters/{character_id}": {"name": "Mallory"},
    "POST /v1/characters/{character_id}/references": {"references": [{"asset_id": "ast_any"}]},
    "POST /v1/characters/{character_id}/references/compare": {"references": [{"asset_id": "ast_any"}]},
    "PUT /v1/characters/{character_id}/voice": {"voice": "af_heart"},
    "POST /v1/characters/{character_id}/voice/consents": {"kind": "own"},
    "POST /v1/characters/{character_id}/looks": {"name": "Rain", "wardrobe": "a raincoat"},
    "PATCH /v1/characters/{character_id}/looks/{look_id}": {"name": "Mine"},
    "POST /v1/videos/{video_id}/remix": {"prompt": "she smiles"},
    "POST /v1/projects/{project_id}/scenes": {"heading": "EXT. SEA - DAY"},
    "PATCH /v1/projects/{project_id}": {"name": "Mine now"},
    "PATCH /v1/scenes/{scene_id}": {"heading": "EXT. SEA - DAY"},
    "POST /v1/scenes/{scene_id}/move": {"after": None},
    "POST /v1/scenes/{scene_id}/shots": {"prompt": "she smiles"},
    "PATCH /v1/shots/{shot_id}": {"prompt": "she smiles"},
    "POST /v1/shots/{shot_id}/estimate": {"prompt": "she smiles"},
    "POST /v1/shots/{shot_id}/takes": {"count": 1},
    "PUT /v1/shots/{shot_id}/circled": {"take_id": None},
    "PATCH /v1/members/{member_id}": {"role": "viewer"},
    "PATCH /v1/billing/caps/{cap_id}": {"limit": 1000},
    "POST /v1/takes/{take_id}/notes": {"frame": 0, "text": "mine now"},
}
SPAN = {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}
BODIES |= {
    "POST /v1/webhook_endpoints/{endpoint_id}": {"name": "Mine now"},
    "POST /v1/webhook_endpoints/{endpoint_id}/test": {},
    "POST /v1/webhook_endpoints/{endpoint_id}/replay": SPAN,
}
INVITED = {"email": "grace@example.com", "role": "viewer"}
QUERIES = {"/v1/takes/{take_id}/preview": {"frame": 0}}


def error_type_of(route: APIRoute) -> str:
    """Under `/v1` errors have OpenAI's shape."""
    return "application/json" if route.path.startswith("/v1/videos") else "application/problem+json"


def _dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for below in dependant.dependencies:
        yield from _dependants(below)


@pytest.mark.parametrize(("method", "route"), CALLS, ids=IDS)
def test_a_request_opens_one_unit_at_most(method: str, route: APIRoute) -> None:
    opened = {each.call for each in _dependants(route.dependant) if each.call in (open_unit, open_read_unit)}
    assert len(opened) <= 1
    assert method != "GET" or open_unit not in opened


async def test_nobody_gets_in_without_a_key(app: FastAPI) -> None:
    async with open_client(app, "drm_nonsense") as http:
        for method, route in CALLS:
            if f"{method} {route.path}" in OPEN_TO_ALL:
                continue
            reply = await http.request(method, route.path.replace("{", "").replace("}", ""))
            if route.path.startswith("/v1/operator/"):  # tests/studio/operator/test_access.py
                assert reply.status_code == 404
                continue
            assert reply.status_code == 401, f"{method} {route.path}"
            assert reply.headers["content-type"] == error_type_of(route)
            if route.path.startswith("/v1/videos"):
                assert reply.json()["error"].keys() >= {"message", "type", "param", "code"}
            else:
                assert {"type", "title", "status", "code", "detail"} <= reply.json().keys()


async def _things_of(tenant: Tenant, database: Database) -> dict[str, str]:
    """One of everything that a path can name, by the name of the path's parameter."""
    photo = await tenant.photo(example_photo())
    character = await tenant.enrol(photo)
    assert character.status_code == 201, character.text
    character_id = character.json()["id"]
    key = (await tenant.http.post("/v1/api-keys", json={"name": "mine"})).json()["id"]
    look = await tenant.http.post(f"/v1/characters/{character_id}/looks", json={"name": "Rain", "hair": "wet"})
    take = await tenant.queued_take(database, "take_mine", character_id)
    async with database.write(org_id=tenant.org_id) as session:
        await insert_video(
            session, org_id=tenant.org_id, video_id="video_mine", take_id=take, prompt="she nods", remixed_from_id=None
        )
    project = (await tenant.http.post("/v1/projects", json={"name": "Mine"})).json()["id"]
    scene = (await tenant.http.post(f"/v1/projects/{project}/scenes", json={"heading": "INT. ROOM"})).json()["id"]
    shot = (await tenant.http.post(f"/v1/scenes/{scene}/shots", json={"prompt": "she nods"})).json()["id"]
    async with database.write(org_id=tenant.org_id) as session:
        note = await insert_note(
            session, org_id=tenant.org_id, note_id="not_mine", take_id=take, frame=0, text="hold", person_id=None
        )
        await insert_cut(session, _waiting_cut(tenant.org_id, project))
        if await get_livemode(session, org_id=tenant.org_id):  # in test mode nothing is paid for
            await insert_order(session, _order(tenant.org_id))
        cap = await put_cap(
            session, org_id=tenant.org_id, scope="key", subject_id=key, period="day", micro_credits=1_000_000
        )
    async with database.write() as session:
        await insert_logged_requests(session, org_id=tenant.org_id, rows=[_logged_request(key)])
    return {
        "upload_id": photo,
        "asset_id": photo,
        "character_id": character_id,
        "look_id": look.json()["id"],
        "key_id": key,
        "take_id": take,
        "video_id": "video_mine",
        "model": "no_such",  # models belong to nobody
        "project_id": project,
        "scene_id": scene,
        "shot_id": shot,
        "note_id": note.id,
        "cut_id": "cut_mine",
        "order_id": "ord_mine",
        "org_id": tenant.org_id,
        "lot_id": "lot_mine",
        "charge_id": "hold_mine",
        "table": "table_mine",
        "rest": "rest_mine",
        "cap_id": cap.cap.id,
        "request_id": "req_mine",
        "member_id": await add_person(database, tenant.org_id, "editor"),
        **await _webhook_of(tenant, database),
        "invitation_id": (await tenant.http.post("/v1/invitations", json=INVITED)).json()["id"],
    }


def _logged_request(key_id: str) -> dict[str, Any]:
    row = {"id": "req_mine", "at": datetime.now(UTC), "key_id": key_id, "method": "POST", "path": "/v1/projects"}
    row |= {"query": "", "route": "/v1/projects", "status": 201, "ms": 1.0}
    return row | {"request_body": '{"name": "Mine"}', "request_cut": False, "response_cut": False}


async def _webhook_of(tenant: Tenant, database: Database) -> dict[str, str]:
    """An endpoint, and a delivery to it that nobody makes."""
    body = {"name": "mine", "url": "https://hooks.example.com/", "event_types": ["*"]}
    endpoint_id = (await tenant.http.post("/v1/webhook_endpoints", json=body)).json()["id"]
    async with database.write(org_id=tenant.org_id) as session:
        endpoint = await require_endpoint(session, org_id=tenant.org_id, endpoint_id=endpoint_id)
        message = Message("evt_mine", "take.failed", 1, datetime.now(UTC), "{}")
        delivery = await make_delivery(session, endpoint, message)
    return {"endpoint_id": endpoint_id, "delivery_id": delivery.id}


def _order(org_id: str) -> PaymentOrder:
    return PaymentOrder(
        id="ord_mine", org_id=org_id, kind="purchase", provider="stripe", micro_credits=1_000_000, amount=10,
        currency="usd", state="begun",
    )  # fmt: skip


def _waiting_cut(org_id: str, project_id: str) -> Cut:
    return Cut(
        id="cut_mine", org_id=org_id, project_id=project_id, name="Mine", width=768, height=432, fps=24,
        title_frames=48, frames=48, entries=[], missing=[],
    )  # fmt: skip


async def test_every_route_with_an_id_is_404_to_another_organisation(
    tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    mine = await _things_of(tenant, database)
    for method, route in CALLS:
        if "{" not in route.path or route.path in OWN_SESSION or f"{method} {route.path}" in OPEN_TO_ALL:
            continue
        path, query = route.path_format.format_map(mine), QUERIES.get(route.path)
        body = BODIES.get(f"{method} {route.path}")
        reply = await other_tenant.http.request(method, path, json=body, params=query)
        assert reply.status_code == 404, f"{method} {route.path}: {reply.status_code} {reply.text}"
    assert (await other_tenant.http.get("/v1/events", params={"take": mine["take_id"]})).status_code == 404
    for path in ("/v1/characters", "/v1/takes", "/v1/projects", "/v1/cuts"):
        assert (await other_tenant.http.get(path)).json()["data"] == []
    async with database.read(org_id=tenant.org_id) as session:
        take = await get_take(session, org_id=tenant.org_id, take_id=mine["take_id"])
    assert take is not None
    assert take.state == "QUEUED"
    assert mine["key_id"] not in (await other_tenant.http.get("/v1/api-keys")).text
    assert (await tenant.http.get(f"/v1/characters/{mine['character_id']}")).json()["consent"]["active"]


async def test_bodies_cannot_name_what_belongs_to_another_organisation(
    tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    mine = await _things_of(tenant, database)
    assert (await other_tenant.enrol(mine["asset_id"])).status_code == 404
    inspected = await other_tenant.http.post("/v1/characters/inspect", json={"asset_ids": [mine["asset_id"]]})
    assert inspected.status_code == 404
    theirs = await other_tenant.photo(example_photo())
    evidence = {"kind": "permission", "evidence_asset_id": mine["asset_id"]}
    assert (await other_tenant.enrol(theirs, consent=evidence)).status_code == 403
    moved = {"shot_ids": [mine["shot_id"]], "scene_id": mine["scene_id"], "after": None}
    assert (await other_tenant.http.post("/v1/shots/move", json=moved)).status_code == 404
    deleted = {"shot_ids": moved["shot_ids"]}
    assert (await other_tenant.http.post("/v1/shots/delete", json=deleted)).status_code == 404
    assert (await other_tenant.http.post("/v1/shots/duplicate", json=deleted)).status_code == 404
    assert (await other_tenant.http.post("/v1/shots/change", json={**deleted, "framing": "ws"})).status_code == 404
    project = (await other_tenant.http.post("/v1/projects", json={"name": "Theirs"})).json()["id"]
    scene = (await other_tenant.http.post(f"/v1/projects/{project}/scenes", json={"heading": "A"})).json()["id"]
    for content in (
        {"characters": [{"character_id": mine["character_id"]}]},
        {"plate": {"kind": "image", "asset_id": mine["asset_id"]}},
        {"after": mine["shot_id"]},
    ):
        assert (await other_tenant.http.post(f"/v1/scenes/{scene}/shots", json=content)).status_code == 404, content
    take = {"prompt": "she nods", "characters": [{"character_id": mine["character_id"]}]}
    assert (await other_tenant.http.post("/v1/takes", json=take)).status_code in (403, 404)


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("data"))).openapi()


@pytest.mark.parametrize(("method", "route"), CALLS, ids=IDS)
def test_every_route_is_documented_with_its_errors_and_examples(
    openapi: dict[str, Any], method: str, route: APIRoute
) -> None:
    if not route.include_in_schema:
        assert f"{method} {route.path}" in NOT_DOCUMENTED
        return
    told = openapi["paths"][route.path][method.lower()]
    assert told.get("description"), "a docstring says what it does"
    is_open = f"{method} {route.path}" in OPEN_TO_ALL
    if not is_open:
        assert ("404" if route.path.startswith("/v1/operator/") else "401") in told["responses"]
    for status, response in told["responses"].items():
        if int(status) >= 400 and route.path not in ("/healthz", "/readyz"):
            kinds = {error_type_of(route)} if status != "400" or not is_open else {"text/plain"}  # not HTTP at all
            assert kinds & response["content"].keys() == kinds, f"{status} has another shape"
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in body:
        schema = openapi["components"]["schemas"][body["$ref"].rpartition("/")[2]]
        assert schema.get("examples"), "a body has an example"
