"""A suspended organisation reads, downloads and exports as before; nothing new is submitted, by person or by key."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from storage.objects import Objects
from storage.queries.audit import list_audit_log
from storage.queries.payments import put_account
from storage.unit import Database
from studio.billing.prices import set_price
from tests.studio.conftest import Tenant, add_person, example_photo, sign_in_as
from tests.studio.generation.conftest import cast_character
from tests.studio.operator.conftest import CREDIT, do
from tests.studio.storyboard.films import Film, open_film
from tests.studio.test_mode.test_twin import open_twin

CONTACT, SUSPENDED = "help@example.com", "organisation_suspended"


@pytest.fixture
async def cast(tenant: Tenant, database: Database, objects: Objects) -> list[dict[str, str]]:
    return [{"character_id": await cast_character(database, objects, tenant.org_id)}]


async def _suspend(operator: httpx.AsyncClient, tenant: Tenant, **more: object) -> dict[str, Any]:
    reply = await do(operator, f"organisations/{tenant.org_id}/suspension", {"contact": CONTACT, **more})
    assert reply.status_code in (200, 201), reply.text
    act: dict[str, Any] = reply.json()
    return act


async def _film(http: httpx.AsyncClient, cast: list[dict[str, str]]) -> tuple[Film, str, str]:
    film = await open_film(http)
    scene = await film.scene()
    return film, scene, await film.shot(scene, characters=cast, size="256x256", seconds=1)


async def test_nothing_new_is_submitted_until_it_is_restored(
    operator: httpx.AsyncClient, app: FastAPI, tenant: Tenant, database: Database, cast: list[dict[str, str]]
) -> None:
    film, scene, shot = await _film(tenant.http, cast)
    take = {"prompt": "She nods", "characters": cast, "size": "256x256", "seconds": 1}
    before = (await tenant.http.post("/v1/takes", json=take)).json()
    photo = await tenant.photo(example_photo())
    owner = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
    shown = await _suspend(operator, tenant, dry_run=True)
    assert (shown["effect"]["unfinished_takes"], shown["effect"]["contact"]) == (1, CONTACT)
    assert (await tenant.http.post("/v1/takes", json=take | {"dry_run": True})).status_code == 200
    await _suspend(operator, tenant)
    for http in (tenant.http, owner):
        for path, body in (
            ("/v1/takes", take),
            ("/v1/takes", take | {"dry_run": True}),
            ("/v1/videos", {"prompt": "She nods", "model": "previs", "characters": [cast[0]["character_id"]]}),
            (f"/v1/shots/{shot}/takes", {}),
            ("/v1/speech", {"text": "At last.", "voice": "af_heart"}),
        ):
            refused = await http.post(path, json=body)
            told = refused.json().get("error", refused.json())
            assert (refused.status_code, told["code"], told.get("contact")) == (403, SUSPENDED, CONTACT), refused.text
        of_scene = (await http.post(f"/v1/scenes/{scene}/takes")).json()
        assert (of_scene["data"], [one["code"] for one in of_scene["refusals"]]) == ([], [SUSPENDED])
        estimate = (await http.post("/v1/takes/estimate", json=take)).json()
        assert (estimate["ok"], [one["code"] for one in estimate["problems"]]) == (False, [SUSPENDED])
    assert (await tenant.enrol(photo)).json()["code"] == SUSPENDED
    me = (await owner.get("/v1/me")).json()
    assert me["organisation"]["suspension"]["contact"] == CONTACT
    # what is there can be seen, changed, exported, and what waits goes on
    for path in ("/v1/takes", f"/v1/takes/{before['id']}", f"/v1/projects/{film.id}/board", "/v1/billing/export"):
        assert (await tenant.http.get(path)).status_code == 200, path
    assert (await tenant.http.get(f"/v1/takes/{before['id']}")).json()["state"] == "QUEUED"
    assert (await tenant.http.post(f"/v1/projects/{film.id}/cuts")).json()["code"] == "cut_empty"
    restored = await do(operator, f"organisations/{tenant.org_id}/restoration", {})
    assert restored.status_code == 201, restored.text
    assert (await tenant.http.post("/v1/takes", json=take)).status_code == 201
    assert (await owner.get("/v1/me")).json()["organisation"]["suspension"] is None


async def test_it_is_an_act_like_the_others(
    operator: httpx.AsyncClient, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    path = f"organisations/{tenant.org_id}"
    asked = {"contact": CONTACT, "reason": "the money was claimed back"}
    none = await do(operator, f"{path}/restoration", {})
    assert (none.status_code, none.json()["code"]) == (409, "not_suspended")
    for _ in range(2):
        assert (await do(operator, f"{path}/suspension", asked, "one key")).status_code == 201
    again = await do(operator, f"{path}/suspension", asked)
    assert (again.status_code, again.json()["code"]) == (409, "already_suspended")
    for wrong in ({"contact": ""}, {"contact": "a\nb"}, {"contact": CONTACT, "reason": " "}, {}):
        assert (await do(operator, f"{path}/suspension", wrong)).status_code == 422, wrong
    assert (await do(operator, "organisations/org_nobody/suspension", asked)).status_code == 404
    assert (await operator.get(f"/v1/operator/{path}")).json()["state"] == "suspended"
    assert (await operator.get(f"/v1/operator/organisations/{other_tenant.org_id}")).json()["state"] == "active"
    assert (await do(operator, f"{path}/restoration", {"reason": "it was won"})).status_code == 201
    acts = (await operator.get("/v1/operator/acts", params={"organisation_id": tenant.org_id})).json()["data"]
    assert [(act["action"], act["reason"]) for act in acts] == [
        ("organisation.restored", "it was won"),
        ("organisation.suspended", "the money was claimed back"),
    ]
    async with database.read(org_id=tenant.org_id) as session:
        entries = await list_audit_log(session, org_id=tenant.org_id, before=None, limit=100)
    told = [(entry.action, entry.actor) for entry in entries if entry.action.startswith("organisation.")]
    assert {("organisation.suspended", "the operator"), ("organisation.restored", "the operator")} <= set(told)


async def test_test_mode_is_suspended_with_it(operator: httpx.AsyncClient, app: FastAPI, tenant: Tenant) -> None:
    twin, take = await open_twin(app, tenant), {"prompt": "She nods", "characters": [{"character_id": "chr_none"}]}

    async def submit() -> tuple[int, str]:
        reply = await twin.http.post("/v1/takes", json=take)
        return reply.status_code, reply.json()["code"]

    assert await submit() == (404, "not_found"), "there is nobody yet to be cast"
    await _suspend(operator, tenant)
    assert await submit() == (403, SUSPENDED)
    await do(operator, f"organisations/{tenant.org_id}/restoration", {})
    assert await submit() == (404, "not_found")


async def test_a_test_mode_that_is_made_later_is_suspended_too(
    operator: httpx.AsyncClient, app: FastAPI, tenant: Tenant
) -> None:
    await _suspend(operator, tenant)
    twin, take = await open_twin(app, tenant), {"prompt": "She nods", "characters": [{"character_id": "chr_none"}]}
    assert (await twin.http.post("/v1/takes", json=take)).json()["code"] == SUSPENDED


async def test_what_was_agreed_to_goes_on_and_is_told(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    async with database.write(org_id=tenant.org_id) as session:
        await set_price(session, item="credit", amount=CREDIT, currency="usd")
        agreed = {"below": CREDIT, "top_up_micro_credits": 5 * CREDIT, "currency": "usd", "plan": "studio"}
        await put_account(session, org_id=tenant.org_id, **agreed)
    effect = (await _suspend(operator, tenant))["effect"]
    assert (effect["plan"], effect["tops_up"]) == ("studio", True)
