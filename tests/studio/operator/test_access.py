"""To whoever is no operator, the operators' routes are not there, whatever they send; and the database says so too."""

from __future__ import annotations

import ast
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from storage.queries.operator_accounts import list_accounts
from storage.queries.operator_acts import set_operator
from storage.queries.timestamps import read_clock
from storage.tenant_scope import operator_scope
from storage.unit import Database
from studio.operator.act_routes import router as acts_router
from studio.operator.routes import router
from tests.studio.conftest import Tenant, add_person, open_browser, open_client, sign_in_as
from tests.studio.operator.conftest import do

ROUTES = sorted(
    (method, route.path.replace("{table}", "work").replace("{", "").replace("}", ""))  # type: ignore[attr-defined]
    for each in (acts_router, router)
    for route in each.routes
    for method in route.methods  # type: ignore[attr-defined]
)


def told(reply: httpx.Response) -> tuple[int, object, object, object]:
    """What there is to learn from a reply."""
    body = reply.json() if reply.content else {}
    headers = {name for name in reply.headers if name not in ("date", "content-length")}
    return reply.status_code, body.get("code"), body.get("detail"), headers


@pytest.mark.parametrize("who", ["nobody", "owner", "key", "key of the operator's session"])
async def test_to_everybody_else_nothing_is_there(
    app: FastAPI, tenant: Tenant, database: Database, operator: httpx.AsyncClient, who: str
) -> None:
    match who:
        case "nobody":
            client = open_browser(app)
        case "owner":
            client = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
        case "key":
            client = tenant.http
        case _:
            client = open_client(app, tenant.http.headers["Authorization"].removeprefix("Bearer "))
            client.cookies = operator.cookies
    for method, path in ROUTES:
        absent = await client.request(method, "/v1/nothing/like/this", content=b"{")
        for body in (b"{", b'{"reason": "let me in"}', b""):
            reply = await client.request(method, path, content=body, headers={"Content-Type": "application/json"})
            assert told(reply) == told(absent), f"{method} {path} to {who}"
            assert reply.status_code == 404


async def test_an_operator_is_let_in_and_the_flag_counts_at_once(
    operator: httpx.AsyncClient, operator_id: str, database: Database
) -> None:
    assert (await operator.get("/v1/me")).json()["person"]["is_operator"] is True
    assert (await operator.get("/v1/operator/organisations")).status_code == 200
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert (await operator.post("/v1/operator/prices", json={}, headers=elsewhere)).status_code == 403
    async with database.write() as session:
        await set_operator(session, person_id=operator_id, is_operator=False)
    assert (await operator.get("/v1/operator/organisations")).status_code == 404
    assert (await do(operator, "prices", {"item": "previs", "amount": 1})).status_code == 404
    assert (await operator.get("/v1/me")).json()["person"]["is_operator"] is False


async def test_the_database_shows_accounts_to_operators_alone_and_lets_them_change_nothing(
    app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database, operator_id: str
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no row level security; the route's own check stands there alone")
    owner = await add_person(database, tenant.org_id, "owner")
    for person_id, sees in ((operator_id, True), (owner, False), ("", False), ("per_nobody", False)):
        async with database.write() as session:
            async with operator_scope(session, person_id):
                since = await read_clock(session)
                rows = await list_accounts(session, search="", since=since, after=None, limit=100)
                assert ({tenant.org_id, other_tenant.org_id} <= {row.id for row in rows}) is sees, person_id
                changed = await session.execute(text("UPDATE organisations SET name = 'mine'"))
                assert changed.rowcount == 0  # type: ignore[attr-defined]
            assert await list_accounts(session, search="", since=since, after=None, limit=100) == []
    async with database.read(org_id=tenant.org_id) as session:
        assert (await session.execute(text("SELECT count(*) FROM operator_acts"))).scalar_one() == 0


def test_accounts_of_all_are_reached_from_one_file() -> None:
    root = Path(__file__).resolve().parents[3]
    users = {
        str(path.relative_to(root))
        for package in ("studio", "storage")
        for path in (root / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name | ast.alias)
        and (node.id if isinstance(node, ast.Name) else node.name) in ("operator_scope", "OPERATOR")
        and "migrations" not in str(path)
    }
    assert users == {"studio/operator/access.py", "storage/tenant_scope.py"}
