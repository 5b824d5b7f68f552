"""Every route of the OpenAPI document, asked by each role and by another organisation: nobody sees or does too much."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from storage.unit import Database
from studio.organisations.roles import Role
from tests.studio.conftest import Tenant, add_person, sign_in_as
from tests.studio.test_every_route import BODIES, NOT_DOCUMENTED, OPEN_TO_ALL, QUERIES, _things_of

SAFE = {"GET", "HEAD"}
# What everybody may do to their own session, whatever their role.
OWN = {
    "DELETE /v1/sessions/current",
    "DELETE /v1/sessions/{session_id}",
    "PUT /v1/me/organisation",
    "PUT /v1/me/password",
    "POST /v1/invitations/accept",
}
ADMINS_ALONE = {
    "POST /v1/api-keys",
    "GET /v1/api-keys",
    "DELETE /v1/api-keys/{key_id}",
    "PATCH /v1/organisation",
    "POST /v1/organisation/deletion",
    "PUT /v1/organisation/standing-consent",
    "GET /v1/organisation/standing-consent",
    "DELETE /v1/organisation/standing-consent",
    "PATCH /v1/members/{member_id}",
    "DELETE /v1/members/{member_id}",
    "GET /v1/invitations",
    "POST /v1/invitations",
    "DELETE /v1/invitations/{invitation_id}",
    "DELETE /v1/payments/top-up",
    "GET /v1/payments",
    "GET /v1/payments/orders",
    "GET /v1/payments/orders/{order_id}",
    "GET /v1/payments/orders/{order_id}/code.svg",
    "POST /v1/payments/orders",
    "POST /v1/payments/orders/{order_id}/check",
    "POST /v1/payments/portal",
    "POST /v1/payments/subscription",
    "PUT /v1/payments/top-up",
    "GET /v1/requests",
    "GET /v1/requests/{request_id}",
    "POST /v1/requests/{request_id}/replay",
    "POST /v1/test-keys",
    "GET /v1/test-mode",
    "GET /v1/audit-log",
    "GET /v1/audit-log/check",
    "GET /v1/webhook_endpoints",
    "POST /v1/webhook_endpoints",
    "GET /v1/webhook_event_types",
    "GET /v1/webhook_endpoints/{endpoint_id}",
    "POST /v1/webhook_endpoints/{endpoint_id}",
    "DELETE /v1/webhook_endpoints/{endpoint_id}",
    "POST /v1/webhook_endpoints/{endpoint_id}/rotate_secret",
    "POST /v1/webhook_endpoints/{endpoint_id}/test",
    "POST /v1/webhook_endpoints/{endpoint_id}/replay",
    "GET /v1/webhook_deliveries",
    "GET /v1/webhook_deliveries/{delivery_id}",
    "POST /v1/webhook_deliveries/{delivery_id}/replay",
    "GET /v1/billing/lots",
    "GET /v1/billing/entries",
    "GET /v1/billing/export",
    "GET /v1/billing/statements",
    "GET /v1/billing/statement",
    "GET /v1/billing/caps",
    "POST /v1/billing/caps",
    "GET /v1/billing/caps/{cap_id}",
    "PATCH /v1/billing/caps/{cap_id}",
    "DELETE /v1/billing/caps/{cap_id}",
}
ENDLESS = {"GET /v1/events"}
OPERATORS = "/v1/operator/"  # to no role of an organisation are they there: tests/studio/operator/test_access.py


def walk(app: FastAPI) -> list[tuple[str, str, str]]:
    """Every call of the document: its name, method and path."""
    calls = [(name, *name.replace(":path}", "}").split()) for name in sorted(NOT_DOCUMENTED)]
    for path, operations in app.openapi()["paths"].items():
        calls += [(f"{method.upper()} {path}", method.upper(), path) for method in operations]
    return [call for call in calls if call[0] not in OPEN_TO_ALL | ENDLESS]


async def ask(browser: httpx.AsyncClient, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    body: dict[str, Any] | None = BODIES.get(f"{method} {path}")
    return await browser.request(method, path.format_map(ids), json=body, params=QUERIES.get(path))


def code_of(reply: httpx.Response) -> str:
    told = reply.json() if reply.request.method != "HEAD" else {"code": "told without a body"}
    return str(told.get("code") or told["error"]["code"])


class Nothing(dict[str, str]):
    """Ids of things that are not there."""

    def __missing__(self, key: str) -> str:
        return "not_there"


@pytest.mark.parametrize("role", ["viewer", "editor", "admin", "owner"])
async def test_a_role_may_do_what_it_says_and_no_more(
    app: FastAPI, tenant: Tenant, database: Database, role: Role
) -> None:
    browser = await sign_in_as(app, await add_person(database, tenant.org_id, role))
    for name, method, path in walk(app):
        if name == "DELETE /v1/sessions/current":
            continue  # it would end the walk
        reply = await ask(browser, method, path, Nothing())
        assert reply.status_code < 500, f"{name}: {reply.text}"
        if path.startswith(OPERATORS):
            assert (reply.status_code, code_of(reply)) == (404, "not_found"), name
            continue
        refused = (name in ADMINS_ALONE and role in ("viewer", "editor")) or (
            role == "viewer" and method not in SAFE and name not in OWN
        )
        if refused:
            assert (reply.status_code, code_of(reply)) == (403, "role_insufficient"), name
        else:
            assert reply.status_code not in (401, 403), f"{name}: {reply.text}"
    assert (await browser.delete("/v1/sessions/current")).status_code == 204


async def test_the_owner_of_another_organisation_sees_nothing_and_learns_nothing(
    app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    mine = await _things_of(tenant, database)
    person_id = await add_person(database, tenant.org_id, "owner", "ada@example.com")
    ours = await sign_in_as(app, person_id)
    mine["session_id"] = (await ours.get("/v1/sessions")).json()["data"][0]["id"]
    stranger = await sign_in_as(app, await add_person(database, other_tenant.org_id, "owner"))
    secrets = {*mine.values(), tenant.org_id, person_id, "ada@example.com"}
    before = await _state(ours, mine)
    for name, method, path in walk(app):
        if name == "DELETE /v1/sessions/current":
            continue
        theirs = await ask(stranger, method, path, mine)
        assert theirs.status_code < 500, f"{name}: {theirs.text}"
        if "{" in path or path.startswith(OPERATORS):
            nobodys = await ask(stranger, method, path, Nothing())
            assert theirs.status_code == 404, f"{name}: {theirs.text}"
            assert nobodys.status_code == 404, f"{name}: {nobodys.text}"
            assert code_of(theirs) == code_of(nobodys), f"{name} tells what is there from what is not"
        else:
            leaked = {secret for secret in secrets if secret in theirs.text}
            assert leaked == set(), f"{name} tells {leaked}"
    assert await _state(ours, mine) == before


async def _state(ours: httpx.AsyncClient, mine: dict[str, str]) -> list[object]:
    paths = ("/v1/members", "/v1/projects", "/v1/characters", "/v1/invitations", f"/v1/shots/{mine['shot_id']}")
    replies = [(await ours.get(path)) for path in paths]
    assert all(reply.status_code == 200 for reply in replies)
    return [_without_links(reply.json()) for reply in replies]


def _without_links(told: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(told, dict):
        return {key: _without_links(value) for key, value in told.items() if not key.endswith("url")}
    return [_without_links(each) for each in told] if isinstance(told, list) else told
