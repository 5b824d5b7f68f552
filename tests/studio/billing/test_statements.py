"""Statements and exports are what the entries say, and anybody can add them up with the lines that the docs show."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from storage.unit import Database
from studio.billing.holds import Spender, capture, hold, release
from studio.billing.ledger import reverse
from studio.billing.prices import Quote
from studio.billing.statements import bounds_of, export_entries, make_statement
from studio.billing.verify import LEDGER_DRIFT, measure_drift, verify_ledger
from tests.studio.billing.conftest import CREDIT, give
from tests.studio.conftest import Tenant, add_person, sign_in_as

DOCS = Path(__file__).parents[3] / "docs" / "billing.md"


async def _spend(database: Database, org_id: str, subject_id: str, credits: int, used_ms: int | None) -> None:
    quote = Quote("previs", CREDIT, 1000 * credits, credits * CREDIT)
    async with database.write(org_id=org_id) as session:
        made = await hold(session, org_id=org_id, subject="take", subject_id=subject_id, quote=quote, spender=Spender())
        if used_ms is None:
            await release(session, org_id=org_id, hold_id=made.id)
        else:
            await capture(session, org_id=org_id, hold_id=made.id, used_ms=used_ms)


@pytest.fixture
async def spent(tenant: Tenant, database: Database) -> Tenant:
    """An organisation that was given 30 credits, has spent 5.5 of them in three takes and had 4 taken back."""
    lot_id = await give(database, tenant.org_id, 10)
    await give(database, tenant.org_id, 20, kind="purchase")
    await _spend(database, tenant.org_id, "take_1", 3, 2_500)
    await _spend(database, tenant.org_id, "take_2", 3, 60_000)
    await _spend(database, tenant.org_id, "take_3", 2, None)
    async with database.write(org_id=tenant.org_id) as session:
        await reverse(session, org_id=tenant.org_id, lot_id=lot_id, micro_credits=4 * CREDIT, reason="by mistake")
    return tenant


async def test_a_statement_closes_where_the_balance_stands(spent: Tenant) -> None:
    (statement,) = (await spent.http.get("/v1/billing/statements")).json()["data"]
    figures = [
        statement[name] for name in ("opening", "granted", "charged", "refunded", "expired", "reversed", "closing")
    ]
    assert figures == [0, 30, 5.5, 0, 0, 4, 20.5]
    assert statement["charges"] == [{"item": "previs", "count": 2, "device_seconds": 62.5, "credits": 5.5}]
    balance = (await spent.http.get("/v1/billing/balance")).json()
    assert balance == {
        "available": 20.5, "held": 0, "spent": 5.5, "expired": 0, "reversed": 4, "livemode": True,
    }  # fmt: skip
    one = await spent.http.get("/v1/billing/statement", params={"month": statement["month"]})
    assert one.json() == statement


async def test_the_lines_of_the_docs_recompute_the_balance_from_the_export(spent: Tenant, tmp_path: Path) -> None:
    exported = await spent.http.get("/v1/billing/export")
    assert exported.headers["content-type"].startswith("text/csv")
    (tmp_path / "ledger.csv").write_text(exported.text)
    (lines,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
    assert len(lines.strip().splitlines()) <= 10
    printed = subprocess.run(
        [sys.executable, "-c", lines, tmp_path / "ledger.csv"], capture_output=True, text=True, check=True
    ).stdout
    balance = (await spent.http.get("/v1/billing/balance")).json()
    for line in printed.splitlines():
        account, credits = line.split()
        assert balance[account] == float(credits)


async def test_entries_come_in_pages_without_gaps(spent: Tenant) -> None:
    numbers: list[int] = []
    more = True
    while more:
        after = numbers[-1] if numbers else 0
        page = (await spent.http.get("/v1/billing/entries", params={"after": after, "limit": 3})).json()
        numbers += [entry["sequence"] for entry in page["data"]]
        more = page["has_more"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == 10  # two grants, three holds, two captures and two ends of what was left, a reversal


async def test_the_check_finds_what_was_changed_behind_the_ledgers_back(spent: Tenant, database: Database) -> None:
    async with database.read(org_id=spent.org_id) as session:
        verdict = await verify_ledger(session, org_id=spent.org_id)
    assert (verdict.problems, verdict.lots, verdict.holds) == ([], 2, 3)
    assert await measure_drift(database) == 0
    async with database.write(org_id=spent.org_id) as session:
        forged = "UPDATE credit_lots SET available = available + 1000000, spent = spent - 1000000 WHERE spent > 0"
        await session.execute(text(forged))
    async with database.read(org_id=spent.org_id) as session:
        verdict = await verify_ledger(session, org_id=spent.org_id)
    assert len(verdict.problems) == 2
    assert await measure_drift(database) == 2 * CREDIT
    assert LEDGER_DRIFT._value.get() == 2 * CREDIT


async def test_months_follow_one_another(database: Database, org_id: str) -> None:
    await give(database, org_id, 3)
    async with database.read(org_id=org_id) as session:
        long_after = await make_statement(session, org_id=org_id, month="2099-12")
    assert (long_after.opening, long_after.granted, long_after.closing) == (3 * CREDIT, 0, 3 * CREDIT)
    assert bounds_of("2026-12")[1].isoformat() == "2027-01-01T00:00:00+00:00"
    lines = [piece async for piece in export_entries(database, org_id=org_id, since=None, until=None)]
    assert "".join(lines).count("\n") == 2


async def test_an_editor_sees_the_balance_and_no_more(app: FastAPI, spent: Tenant, database: Database) -> None:
    editor = await sign_in_as(app, await add_person(database, spent.org_id, "editor"))
    assert (await editor.get("/v1/billing/balance")).status_code == 200
    assert (await editor.get("/v1/billing/prices")).json() == {"data": []}
    for path in ("lots", "entries", "export", "statements", "caps"):
        assert (await editor.get(f"/v1/billing/{path}")).status_code == 403
