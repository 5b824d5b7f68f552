"""Grants, reversals, refunds and prices: with a reason, once, written down; shown before they happen."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.queries.audit import list_audit_log
from storage.queries.billing_ledger import list_entries
from storage.queries.events import list_events
from storage.queries.takes import get_take
from storage.unit import Database
from studio.billing.budgets import SpendCapReached, check_caps
from studio.billing.holds import Spender
from studio.billing.ledger import balance
from studio.billing.verify import verify_ledger
from tests.studio.billing.conftest import give
from tests.studio.conftest import Tenant, add_person, sign_in_as
from tests.studio.operator.conftest import CREDIT, do, render


async def _available(database: Database, tenant: Tenant) -> float:
    async with database.read(org_id=tenant.org_id) as session:
        return (await balance(session, org_id=tenant.org_id)).available / CREDIT


async def _problems(database: Database, tenant: Tenant) -> list[str]:
    async with database.read(org_id=tenant.org_id) as session:
        return (await verify_ledger(session, org_id=tenant.org_id)).problems


async def test_a_grant_is_shown_first_and_then_made_once(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    path = f"organisations/{tenant.org_id}/grants"
    asked = {"credits": 12.5, "kind": "gift", "reason": "to try it out"}
    shown = await do(operator, path, asked | {"dry_run": True})
    assert shown.status_code == 200, shown.text
    assert (shown.json()["effect"]["before"]["available"], shown.json()["effect"]["after"]["available"]) == (0, 12.5)
    assert await _available(database, tenant) == 0
    assert (await operator.get("/v1/operator/acts")).json()["data"] == []
    replies = await asyncio.gather(*(do(operator, path, asked, "one key") for _ in range(4)))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert sum("Idempotent-Replayed" in reply.headers for reply in replies) == 3
    assert await _available(database, tenant) == 12.5
    other = await do(operator, path, asked | {"credits": 13}, "one key")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    (act,) = (await operator.get("/v1/operator/acts", params={"organisation_id": tenant.org_id})).json()["data"]
    assert (act["action"], act["operator"], act["reason"]) == ("credits.granted", "olga@example.com", "to try it out")
    async with database.read(org_id=tenant.org_id) as session:
        entries = await list_audit_log(session, org_id=tenant.org_id, before=None, limit=100)
    (told,) = [entry for entry in entries if entry.action == "credits.granted"]
    assert (told.actor, told.address, told.details["reason"]) == ("the operator", None, "to try it out")


@pytest.mark.parametrize(
    "wrong",
    [
        {"credits": 0}, {"credits": 0.0000001}, {"reason": ""}, {"reason": "   "}, {"kind": "purchase"},
        {"credits": 1, "nothing": 1},
    ],
)  # fmt: skip
async def test_what_is_asked_wrongly_is_refused(
    operator: httpx.AsyncClient, tenant: Tenant, wrong: dict[str, object]
) -> None:
    reply = await do(operator, f"organisations/{tenant.org_id}/grants", {"credits": 1} | wrong)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request"), reply.text
    bare = await operator.post(
        f"/v1/operator/organisations/{tenant.org_id}/grants", json={"credits": 1, "reason": "why"}
    )
    assert bare.status_code == 422, "an act without a key could be done twice"
    nobody = await do(operator, "organisations/org_nobody/grants", {"credits": 1})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")


async def test_a_reversal_takes_what_is_left_and_says_so_before(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    lot_id = await give(database, tenant.org_id, 10)
    await render(database, tenant, 4)
    path = f"organisations/{tenant.org_id}/lots/{lot_id}/reversal"
    shown = (await do(operator, path, {"dry_run": True})).json()["effect"]
    assert (shown["credits"], shown["after"]["available"], shown["lots"][0]["kind"]) == (6, 0, "gift")
    too_much = await do(operator, path, {"credits": 7})
    assert (too_much.status_code, "6 credits of this lot" in too_much.json()["detail"]) == (422, True)
    assert (await do(operator, path, {"credits": 2})).status_code == 201
    assert await _available(database, tenant) == 4
    assert await _problems(database, tenant) == []


async def test_what_one_take_cost_goes_back_to_the_lots_that_paid_once(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    first, second = await give(database, tenant.org_id, 3), await give(database, tenant.org_id, 10)
    take_id, hold_id = await render(database, tenant, 4)
    path = f"organisations/{tenant.org_id}/charges/{hold_id}/refund"
    shown = await do(operator, path, {"dry_run": True})
    assert [(lot["lot_id"], lot["credits"]) for lot in shown.json()["effect"]["lots"]] == [(first, 3), (second, 1)]
    assert await _available(database, tenant) == 9
    replies = await asyncio.gather(*(do(operator, path, {"reason": "broken clip"}) for _ in range(3)))
    assert sorted(reply.status_code for reply in replies) == [201, 409, 409]
    assert {reply.json().get("code") for reply in replies} == {None, "already_refunded"}
    assert await _available(database, tenant) == 13
    assert await _problems(database, tenant) == []
    async with database.read(org_id=tenant.org_id) as session:
        entries = await list_entries(session, org_id=tenant.org_id, after=0, limit=100)
        take = await get_take(session, org_id=tenant.org_id, take_id=take_id)
        events = await list_events(session, org_id=tenant.org_id, after=0, limit=100)
    back = [(entry.lot_id, entry.micro_credits, entry.hold_id) for entry in entries if entry.kind == "REFUND"]
    assert back == [(first, 3 * CREDIT, hold_id), (second, CREDIT, hold_id)]
    assert take is not None
    assert take.usage is not None
    assert (take.usage["micro_credits"], take.usage["refunded"]) == (0, 4 * CREDIT)
    assert [event.payload["micro_credits"] for event in events if event.type == "credits.refunded"] == [4 * CREDIT]
    (charge,) = (await operator.get(f"/v1/operator/organisations/{tenant.org_id}/charges")).json()["data"]
    assert (charge["credits"], charge["refunded"], charge["subject_id"]) == (4, 4, take_id)
    month = (await tenant.http.get("/v1/billing/statements")).json()["data"][0]
    assert (month["charged"], month["refunded"], month["closing"]) == (4, 4, 13)


async def test_what_was_given_back_counts_under_no_cap(
    operator: httpx.AsyncClient, app: FastAPI, tenant: Tenant, database: Database
) -> None:
    await give(database, tenant.org_id, 10)
    owner = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
    key_id = (await owner.get("/v1/api-keys")).json()["data"][0]["id"]
    film = (await tenant.http.post("/v1/projects", json={"name": "The Letter"})).json()["id"]
    for scope, subject_id in (("key", key_id), ("project", film), ("organisation", None)):
        for period in ("day", "lifetime"):
            asked = {"scope": scope, "subject_id": subject_id, "period": period, "limit": 5}
            assert (await owner.post("/v1/billing/caps", json=asked)).status_code == 201
    spender = Spender(key_id=key_id, project_id=film)
    _, first = await render(database, tenant, 4, spender=spender)
    await render(database, tenant, 1, spender=spender)

    async def committed() -> set[float]:
        return {cap["committed"] for cap in (await owner.get("/v1/billing/caps")).json()["data"]}

    assert await committed() == {5.0}
    assert (await do(operator, f"organisations/{tenant.org_id}/charges/{first}/refund", {})).status_code == 201
    assert await committed() == {1.0}
    async with database.read(org_id=tenant.org_id) as session:
        await check_caps(session, org_id=tenant.org_id, spender=spender, micro_credits=4 * CREDIT)
        with pytest.raises(SpendCapReached):
            await check_caps(session, org_id=tenant.org_id, spender=spender, micro_credits=4 * CREDIT + 1)


async def test_the_database_itself_gives_nothing_back_twice(tenant: Tenant, database: Database) -> None:
    lot_id = await give(database, tenant.org_id, 10)
    _, hold_id = await render(database, tenant, 4)
    words = text(
        "INSERT INTO ledger_entries"
        " (org_id, sequence, livemode, kind, debit, credit, micro_credits, lot_id, hold_id, created_at)"
        " VALUES (:org, :number, true, 'REFUND', 'spent', 'available', 1, :lot, :hold, CURRENT_TIMESTAMP)"
    )
    values = {"org": tenant.org_id, "lot": lot_id, "hold": hold_id}
    async with database.write(org_id=tenant.org_id) as session:
        await session.execute(words, values | {"number": 1001})
        with pytest.raises(DBAPIError):
            await session.execute(words, values | {"number": 1002})
        await session.rollback()


async def test_what_cost_nothing_has_nothing_to_give_back(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    await give(database, tenant.org_id, 10)
    _, hold_id = await render(database, tenant, 1, failure="engine_lost")
    reply = await do(operator, f"organisations/{tenant.org_id}/charges/{hold_id}/refund", {})
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    nobody = await do(operator, f"organisations/{tenant.org_id}/charges/hold_nobody/refund", {})
    assert nobody.status_code == 404


async def test_a_charge_of_one_organisation_is_not_another_ones(
    operator: httpx.AsyncClient, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    lot_id = await give(database, tenant.org_id, 10)
    _, hold_id = await render(database, tenant, 1)
    for path in (f"charges/{hold_id}/refund", f"lots/{lot_id}/reversal"):
        assert (await do(operator, f"organisations/{other_tenant.org_id}/{path}", {})).status_code == 404


async def test_a_price_holds_from_its_moment_on_and_history_stays(
    operator: httpx.AsyncClient, database: Database
) -> None:
    first = await do(operator, "prices", {"item": "previs", "amount": 0.01})
    assert first.status_code == 201, first.text
    later = {"item": "previs", "amount": 0.02, "since": "2100-01-01T00:00:00Z"}
    assert (await do(operator, "prices", later | {"dry_run": True})).status_code == 200
    assert (await do(operator, "prices", later)).status_code == 201
    assert (await do(operator, "prices", {"item": "credit", "amount": 0.1, "currency": "usd"})).status_code == 201
    offer = (await operator.get("/v1/operator/offer")).json()
    told = [(price["item"], price["amount"], price["holds"], price["set_by"]) for price in offer["prices"]]
    assert told == [
        ("credit", 0.1, True, "the operator"),
        ("previs", 0.02, False, "the operator"),
        ("previs", 0.01, True, "the operator"),
    ]
    assert {plan["name"] for plan in offer["plans"]} >= {"starter", "studio"}
    for wrong in ({"item": "previs", "amount": 1, "since": "2020-01-01T00:00:00Z"}, {"item": "credit", "amount": 1}):
        assert (await do(operator, "prices", wrong)).status_code == 422
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as session:
            await session.execute(text("UPDATE prices SET amount = 1"))


async def test_the_log_is_added_to_and_never_changed(
    operator: httpx.AsyncClient, operator_id: str, database: Database
) -> None:
    await do(operator, "prices", {"item": "previs", "amount": 0.01})
    from storage.tenant_scope import operator_scope

    for words in ("UPDATE operator_acts SET reason = 'none'", "DELETE FROM operator_acts"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.write() as session, operator_scope(session, operator_id):
                await session.execute(text(words))
