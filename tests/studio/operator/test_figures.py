"""What an operator looks at: organisations, orders, revenue beside devices' seconds, failures; and the same as CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import update

from storage.queries.payments import insert_order
from storage.queries.timestamps import read_clock
from storage.tables import Attempt, PaymentOrder, Take
from storage.unit import Database
from studio.billing.caps import put_cap
from studio.billing.ledger import grant
from studio.organisations.creation import create_organisation
from studio.test_mode.twin import enter_test_mode
from tests.studio.billing.conftest import give
from tests.studio.conftest import Tenant, add_person
from tests.studio.operator.conftest import CREDIT, do, render


async def _read(operator: httpx.AsyncClient, path: str, **query: Any) -> Any:  # noqa: ANN401 (JSON)
    reply = await operator.get(f"/v1/operator/{path}", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def _export(operator: httpx.AsyncClient, table: str, **query: Any) -> list[dict[str, str]]:  # noqa: ANN401
    reply = await operator.get(f"/v1/operator/exports/{table}", params=query)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/csv; charset=utf-8"), reply.text
    return list(csv.DictReader(io.StringIO(reply.text)))


async def _ordered(database: Database, tenant: Tenant, order_id: str, **values: Any) -> None:  # noqa: ANN401
    """An order that was paid just now."""
    async with database.write(org_id=tenant.org_id) as session:
        lot = await grant(
            session, org_id=tenant.org_id, kind="purchase", micro_credits=10 * CREDIT, reason="bought",
            source="stripe", reference=order_id,
        )  # fmt: skip
        told = {"kind": "purchase", "provider": "stripe", "micro_credits": 10 * CREDIT, "amount": 1000} | values
        paid = {"state": "paid", "paid_at": await read_clock(session), "lot_id": lot.id, "currency": "usd"}
        await insert_order(session, PaymentOrder(id=order_id, org_id=tenant.org_id, **(paid | told)))


async def test_organisations_are_found_by_name_id_and_a_members_address(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    await tenant.http.patch("/v1/organisation", json={"name": "Köln 100% Film"})
    await add_person(database, tenant.org_id, "owner", "grace@example.com")
    await give(database, tenant.org_id, 10)
    await render(database, tenant, 4)
    for search in ("100% f", tenant.org_id, "GRACE@"):
        (found,) = (await _read(operator, "organisations", search=search))["data"]
        assert (found["id"], found["members"], found["available"], found["spent_30_days"]) == (tenant.org_id, 1, 6, 4)
        assert (found["plan"], found["state"]) == ("starter", "active")
    for search in ("%", "_", "nobody@"):
        names = {each["name"] for each in (await _read(operator, "organisations", search=search))["data"]}
        assert names <= {"Köln 100% Film"}, "what is searched for is no pattern"
    pages, after = [], None
    while True:
        page = await _read(operator, "organisations", limit=1, **({"after": after} if after else {}))
        pages += [each["id"] for each in page["data"]]
        after = page["last_id"]
        if not page["has_more"]:
            break
    assert pages == sorted(pages, reverse=True)
    assert tenant.org_id in pages


async def test_one_organisation_is_told_with_its_balance_caps_and_owners_and_its_test_mode_is_none(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    await add_person(database, tenant.org_id, "owner", "grace@example.com")
    await add_person(database, tenant.org_id, "editor", "edith@example.com")
    lot_id = await give(database, tenant.org_id, 10)
    async with database.write(org_id=tenant.org_id) as session:
        await put_cap(
            session, org_id=tenant.org_id, scope="organisation", subject_id=None, period="month",
            micro_credits=25 * CREDIT,
        )  # fmt: skip
    told = await _read(operator, f"organisations/{tenant.org_id}")
    assert (told["balance"]["available"], told["owners"], told["caps"][0]["limit"]) == (10, ["grace@example.com"], 25)
    assert (await _read(operator, f"organisations/{tenant.org_id}/lots"))["data"][0]["id"] == lot_id
    await tenant.http.post("/v1/test-keys", json={"name": "try"})
    listed = {each["id"] for each in (await _read(operator, "organisations", limit=100))["data"]}
    async with database.write(org_id=tenant.org_id) as session:
        twin = await enter_test_mode(session, org_id=tenant.org_id)
    assert twin not in listed
    assert (await operator.get(f"/v1/operator/organisations/{twin}")).status_code == 404
    assert (await do(operator, f"organisations/{twin}/grants", {"credits": 1})).status_code == 404


async def test_revenue_stands_beside_what_devices_did(
    operator: httpx.AsyncClient, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    for each in (tenant, other_tenant):
        await give(database, each.org_id, 100)
    await render(database, tenant, 4)
    _, hold_id = await render(database, other_tenant, 6)
    await render(database, tenant, 1, failure="engine_lost")
    await render(database, tenant, 2, model="wan-vace-14b")
    async with database.write(org_id=tenant.org_id) as session:
        await session.execute(
            update(Attempt).where(Attempt.org_id == tenant.org_id).values(created_at=Attempt.ended_at)
        )
    await do(operator, f"organisations/{other_tenant.org_id}/charges/{hold_id}/refund", {})
    await _ordered(database, tenant, "ord_1", tax=190)
    await _ordered(database, other_tenant, "ord_2", refunded=250, disputed=True)
    await _ordered(database, other_tenant, "ord_3", currency="cny", amount=7000)
    told = await _read(operator, "revenue")
    work = {line["item"]: line for line in told["work"]}
    assert (work["previs"]["takes"], work["previs"]["succeeded"]) == (3, 0), "the fixture's takes ended as failed"
    assert (work["previs"]["charged"], work["previs"]["refunded"], work["previs"]["device_seconds"]) == (10, 6, 20)
    assert (work["wan-vace-14b"]["charged"], work["wan-vace-14b"]["busy_seconds"]) == (2, 0)
    assert work["previs"]["busy_seconds"] >= 0
    money = {line["currency"]: line for line in told["money"]}
    assert (money["usd"]["orders"], money["usd"]["paid"], money["usd"]["tax"]) == (2, 2000, 190)
    assert (money["usd"]["refunded"], money["usd"]["disputed"], money["cny"]["paid"]) == (250, 1, 7000)
    rows = await _export(operator, "work")
    assert [(row["item"], row["charged"]) for row in rows] == [
        (line["item"], str(line["charged"])) for line in told["work"]
    ]
    assert {row["currency"] for row in await _export(operator, "money")} == {"usd", "cny"}
    past = {"since": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"}
    assert (await _read(operator, "revenue", **past))["work"] == []
    backwards = await operator.get("/v1/operator/revenue", params={"since": past["until"], "until": past["since"]})
    assert backwards.status_code == 422


async def test_failures_are_counted_by_code_and_model_over_three_spans(
    operator: httpx.AsyncClient, tenant: Tenant, database: Database
) -> None:
    await give(database, tenant.org_id, 100)
    ago = {}
    for name, days in (("now", 0), ("week", 3), ("month", 20), ("old", 40)):
        take_id, _ = await render(database, tenant, 1, failure="engine_lost")
        ago[take_id] = timedelta(days=days)
        assert name
    await render(database, tenant, 1, failure="identity_below_minimum", model="wan-vace-14b")
    async with database.write(org_id=tenant.org_id) as session:
        now = await read_clock(session)
        for take_id, span in ago.items():
            await session.execute(update(Take).where(Take.id == take_id).values(finished_at=now - span))
    told = await _read(operator, "failures")
    lines = [(line["code"], line["model"], line["day"], line["week"], line["month"]) for line in told["failures"]]
    assert lines == [("engine_lost", "previs", 1, 2, 3), ("identity_below_minimum", "wan-vace-14b", 1, 1, 1)]
    assert {line["model"]: line["month"] for line in told["ended"]} == {"previs": 3, "wan-vace-14b": 1}
    assert [row["code"] for row in await _export(operator, "failures")] == ["engine_lost", "identity_below_minimum"]


async def test_orders_that_want_a_look_are_told_apart(
    operator: httpx.AsyncClient, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    await _ordered(database, tenant, "ord_1")
    await _ordered(database, tenant, "ord_2", refunded=250, reversed=2_500_000)
    await _ordered(database, other_tenant, "ord_3", disputed=True)
    await _ordered(database, other_tenant, "ord_4", owed=1)
    for show, expected in (
        ("all", ["ord_4", "ord_3", "ord_2", "ord_1"]), ("attention", ["ord_4", "ord_3"]),
        ("refunded", ["ord_3", "ord_2"]),
    ):  # fmt: skip
        shown = (await _read(operator, "orders", show=show))["data"]
        assert [each["id"] for each in shown] == expected, show
    assert {each["organisation_id"] for each in shown} == {tenant.org_id, other_tenant.org_id}
    of_one = (await _read(operator, "orders", organisation_id=tenant.org_id))["data"]
    assert [each["id"] for each in of_one] == ["ord_2", "ord_1"]
    assert [row["id"] for row in await _export(operator, "orders", show="refunded")] == ["ord_3", "ord_2"]


async def test_names_that_customers_chose_are_no_formulas_in_a_spreadsheet(
    operator: httpx.AsyncClient, database: Database
) -> None:
    async with database.write() as session:
        made = await create_organisation(session, name='=HYPERLINK("https://evil.example")')
    (row,) = [row for row in await _export(operator, "organisations") if row["id"] == made.id]
    assert row["name"] == '\'=HYPERLINK("https://evil.example")'
