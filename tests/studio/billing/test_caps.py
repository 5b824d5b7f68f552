"""Caps that stop: whatever is asked at once, no more is ever spent and held than they say; and who hears of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from storage.queries.accounts import set_plan_name
from storage.queries.billing_holds import list_open_holds
from storage.queries.billing_ledger import get_balance
from storage.queries.events import list_events
from storage.unit import Database
from studio.billing import prices
from studio.billing.budgets import begin_of, threshold_of
from studio.billing.prices import set_price
from studio.billing.verify import verify_ledger
from tests.studio.billing.conftest import CREDIT, give
from tests.studio.conftest import Tenant, add_person, example_photo, sign_in_as


@pytest.fixture
async def cast(tenant: Tenant, database: Database) -> list[dict[str, str]]:
    """A cast for takes of an organisation with a thousand credits, in a studio whose previs costs one a second."""
    character = await tenant.enrol(await tenant.photo(example_photo()))
    async with database.write(org_id=tenant.org_id) as session:
        await set_price(session, item="previs", amount=CREDIT)
        await set_plan_name(session, org_id=tenant.org_id, plan="scale")
    await give(database, tenant.org_id, 1000)
    return [{"character_id": character.json()["id"]}]


async def _submit(tenant: Tenant, cast: list[dict[str, str]]) -> httpx.Response:
    return await tenant.http.post("/v1/takes", json={"prompt": "She nods", "characters": cast, "seconds": 1})


async def _cost(tenant: Tenant, cast: list[dict[str, str]]) -> float:
    body = {"prompt": "She nods", "characters": cast, "seconds": 1}
    price: float = (await tenant.http.post("/v1/takes/estimate", json=body)).json()["price"]["credits"]
    return price


async def _owner(app: FastAPI, tenant: Tenant, database: Database) -> httpx.AsyncClient:
    return await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))


async def _cap(owner: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    reply = await owner.post("/v1/billing/caps", json=asked)
    assert reply.status_code == 201, reply.text
    cap: dict[str, Any] = reply.json()
    return cap


async def test_two_hundred_at_once_never_pass_a_cap(
    app: FastAPI, tenant: Tenant, database: Database, cast: list[dict[str, str]]
) -> None:
    cost = await _cost(tenant, cast)
    owner = await _owner(app, tenant, database)
    cap = await _cap(owner, scope="organisation", period="day", limit=round(17.5 * cost, 6))
    replies = await asyncio.gather(*(_submit(tenant, cast) for _ in range(200)))
    codes = sorted(reply.status_code for reply in replies)
    assert codes == [201] * 17 + [402] * 183
    assert {reply.json()["code"] for reply in replies if reply.status_code == 402} == {"spend_cap_reached"}
    stands = (await owner.get(f"/v1/billing/caps/{cap['id']}")).json()
    assert stands["committed"] == pytest.approx(17 * cost)
    assert stands["committed"] <= stands["limit"]
    async with database.read(org_id=tenant.org_id) as session:
        assert len(await list_open_holds(session, org_id=tenant.org_id)) == 17
        assert (await verify_ledger(session, org_id=tenant.org_id)).problems == []


async def test_two_hundred_at_once_never_spend_more_than_there_is(
    tenant: Tenant, database: Database, cast: list[dict[str, str]]
) -> None:
    cost = await _cost(tenant, cast)
    async with database.write(org_id=tenant.org_id) as session:
        await set_price(session, item="previs", amount=round(CREDIT * 1000 / (12.5 * cost)))
    replies = await asyncio.gather(*(_submit(tenant, cast) for _ in range(200)))
    assert sorted(reply.status_code for reply in replies) == [201] * 12 + [402] * 188
    async with database.read(org_id=tenant.org_id) as session:
        balance = await get_balance(session, org_id=tenant.org_id)
    assert balance.available >= 0
    assert balance.available + balance.held == 1000 * CREDIT


async def test_a_refusal_names_the_cap_and_who_raises_it_and_replies_tell_how_it_stands(
    app: FastAPI, tenant: Tenant, database: Database, cast: list[dict[str, str]]
) -> None:
    cost = await _cost(tenant, cast)
    owner = await _owner(app, tenant, database)
    key_id = (await tenant.http.get("/v1/api-keys")).json()["data"][0]["id"]
    cap = await _cap(owner, scope="key", subject_id=key_id, period="month", limit=round(1.5 * cost, 6))
    first = await _submit(tenant, cast)
    assert first.status_code == 201
    assert first.headers["x-spend-limit"] == f"{1.5 * cost:.6f}"
    assert first.headers["x-spend-committed"] == f"{cost:.6f}"
    assert float(first.headers["x-spend-remaining"]) == pytest.approx(cost / 2, abs=1e-6)
    refused = await _submit(tenant, cast)
    told = refused.json()
    assert (refused.status_code, told["code"], told["cap_id"]) == (402, "spend_cap_reached", cap["id"])
    assert (told["scope"], told["subject_id"], told["period"]) == ("key", key_id, "month")
    assert told["raised_by"] == ["owner", "admin"]
    assert cap["id"] in told["detail"]
    await owner.patch(f"/v1/billing/caps/{cap['id']}", json={"limit": round(2.5 * cost, 6)})
    assert (await _submit(tenant, cast)).status_code == 201
    assert (await owner.delete(f"/v1/billing/caps/{cap['id']}")).status_code == 204
    freed = await _submit(tenant, cast)
    assert freed.status_code == 201
    assert "x-spend-limit" not in freed.headers


async def test_what_comes_to_nothing_makes_room_again(
    app: FastAPI, tenant: Tenant, database: Database, cast: list[dict[str, str]]
) -> None:
    cost = await _cost(tenant, cast)
    await _cap(await _owner(app, tenant, database), scope="organisation", period="lifetime", limit=round(1.5 * cost, 6))
    first = (await _submit(tenant, cast)).json()
    assert (await _submit(tenant, cast)).status_code == 402
    await tenant.http.post(f"/v1/takes/{first['id']}/cancel")
    assert (await _submit(tenant, cast)).status_code == 201


async def test_each_threshold_is_told_once_a_period(
    app: FastAPI, tenant: Tenant, database: Database, cast: list[dict[str, str]]
) -> None:
    cost = await _cost(tenant, cast)
    await _cap(await _owner(app, tenant, database), scope="organisation", period="day", limit=round(10 * cost, 6))
    for _ in range(10):
        assert (await _submit(tenant, cast)).status_code == 201
    async with database.read(org_id=tenant.org_id) as session:
        events = await list_events(session, org_id=tenant.org_id, after=0, limit=1000)
    told = [event.payload["percent"] for event in events if event.type == "budget.threshold"]
    assert told == [50, 80, 100]


async def test_a_key_raises_no_cap_that_stops_it_and_editors_none_at_all(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    owner = await _owner(app, tenant, database)
    own = (await tenant.http.get("/v1/api-keys")).json()["data"][0]["id"]
    other = (await tenant.http.post("/v1/api-keys", json={"name": "other"})).json()["id"]
    caps = [
        await _cap(owner, scope="organisation", period="day", limit=5),
        await _cap(owner, scope="key", subject_id=own, period="day", limit=5),
    ]
    for cap in caps:
        for refused in (
            await tenant.http.patch(f"/v1/billing/caps/{cap['id']}", json={"limit": 9}),
            await tenant.http.delete(f"/v1/billing/caps/{cap['id']}"),
        ):
            assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    by_key = {"scope": "key", "subject_id": other, "period": "day", "limit": 5}
    assert (await tenant.http.post("/v1/billing/caps", json=by_key)).status_code == 201
    editor = await sign_in_as(app, await add_person(database, tenant.org_id, "editor"))
    assert (await editor.post("/v1/billing/caps", json=by_key)).status_code == 403
    nobody = await owner.post("/v1/billing/caps", json=by_key | {"subject_id": "key_nobody"})
    assert (nobody.status_code, nobody.json()["field"]) == (404, "subject_id")
    again = await _cap(owner, scope="organisation", period="day", limit=7)
    assert (again["id"], again["limit"]) == (caps[0]["id"], 7)


@pytest.mark.parametrize(
    ("limit", "committed", "last", "percent"),
    [(100, 49, 1, 0), (100, 50, 10, 50), (100, 80, 10, 80), (100, 95, 10, 100), (100, 100, 1, 100)],
)
def test_a_threshold_is_the_highest_that_is_reached(limit: int, committed: int, last: int, percent: int) -> None:
    assert threshold_of(limit, committed, last) == percent


def test_days_and_months_begin_in_utc() -> None:
    now = datetime(2026, 11, 29, 19, 30, 5, 7, tzinfo=UTC)
    assert begin_of("day", now) == datetime(2026, 11, 29, tzinfo=UTC)
    assert begin_of("month", now) == datetime(2026, 11, 1, tzinfo=UTC)
    assert begin_of("lifetime", now) is None


async def test_what_is_free_asks_the_database_nothing_of_money(
    tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "KNOWN_FOR_S", 3600.0)  # of a busy machine ten seconds are soon over
    character = await tenant.enrol(await tenant.photo(example_photo()))
    cast = [{"character_id": character.json()["id"]}]
    first = await _submit(tenant, cast)  # it looks the prices up
    asked: list[str] = []
    for engine in database.engines:
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *words: asked.append(words[2]))
    reply = await _submit(tenant, cast)
    assert (first.status_code, reply.status_code, reply.json()["usage"]["held"]) == (201, 201, 0)
    await tenant.http.post(f"/v1/takes/{reply.json()['id']}/cancel")
    assert len(asked) > 5
    money = ("credit_", "ledger_", "spend_caps", "prices")
    assert [words for words in asked if any(table in words for table in money)] == []
