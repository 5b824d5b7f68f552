"""The operator's pages over three hundred thousand takes: revenue, failures, organisations, orders, on PostgreSQL.

As the studio's own role, behind row level security, as a page asks them: connections and statements are warm, nobody
else is served. The rows are made by the database itself, half a year of them, without foreign keys being looked up.
"""

# ruff: noqa: S608 (statements of our own)
from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from storage.migrate import migrate
from storage.queries.operator_accounts import find_account, list_accounts, list_all_orders
from storage.queries.operator_figures import count_ended, count_failures, sum_money, sum_work
from storage.queries.timestamps import read_clock
from storage.tenant_scope import operator_scope
from storage.unit import Database
from tests.bench.outcome import Outcome, Report
from tests.postgres import OWNER_ROLE, SUPERUSER, PostgresCluster, running_cluster

NAME = "operators"
ORGANISATIONS, TAKES, DAYS, ORDERS = 200, 300_000, 180, 6_000
TIMES = 7
MOST_S, MOST_OF_A_QUARTER_S = 1.0, 2.0
PERSON = "per_operator"
Ask = Callable[[AsyncSession], Awaitable[object]]

_WHEN = f"now() - interval '{DAYS} days' * (1 - i / {TAKES}.0)"
_ORG = f"'org_' || lpad((1 + (i % {ORGANISATIONS} * 7919) % {ORGANISATIONS})::text, 4, '0')"
_NUMBER = f"1 + 3 * (i / {ORGANISATIONS})"  # of an organisation's entries: each of its takes has three
_MODEL = "(ARRAY['previs', 'wan-vace-1.3b', 'wan-vace-14b'])[1 + i % 3]"
_FAILED = "i % 20 = 0"
_PROMPT = "(SELECT string_agg(md5(i || ':' || k), ' ') FROM generate_series(1, 20) k)"  # as wide as a request is
_SERIES = f"FROM generate_series(1, {TAKES}) i"
FILL = (
    f"INSERT INTO people (id, email, name, is_operator, created_at) "
    f"VALUES ('{PERSON}', 'olga@example.com', 'Olga', true, now())",
    f"INSERT INTO organisations (id, name, plan, example_due, deleted, last_event, last_audit, created_at) "
    f"SELECT 'org_' || lpad(i::text, 4, '0'), 'Studio ' || i, 'studio', false, false, 0, 0, now() "
    f"FROM generate_series(1, {ORGANISATIONS}) i",
    f"INSERT INTO credit_lots (id, org_id, livemode, kind, micro_credits, available, held, spent, expired, reversed, "
    f"source, reason, created_at) SELECT 'lot_' || lpad(i::text, 4, '0'), 'org_' || lpad(i::text, 4, '0'), true, "
    f"'purchase', 10^12, 10^12, 0, 0, 0, 0, 'bench', 'bench', now() FROM generate_series(1, {ORGANISATIONS}) i",
    f"INSERT INTO takes (id, org_id, state, request, model, prompt, seed, seconds, width, height, progress, attempt, "
    f"failure_code, notes, receipt_sha256, clip_asset_id, created_at, started_at, finished_at, render_ms, hold_id) "
    f"SELECT 'take_' || lpad(i::text, 9, '0'), {_ORG}, CASE WHEN {_FAILED} THEN 'FAILED' ELSE 'SUCCEEDED' END, "
    f"jsonb_build_object('prompt', {_PROMPT}), {_MODEL}, 'She nods', i, 5, 768, 432, 1, 1, "
    f"CASE WHEN {_FAILED} THEN (ARRAY['engine_lost', 'out_of_memory', 'identity_below_minimum'])[1 + i % 7 % 3] END, "
    f"'[]', md5(i::text) || md5(i::text), 'ast_' || i, {_WHEN}, {_WHEN}, {_WHEN}, "
    f"CASE WHEN NOT {_FAILED} THEN 4000 + i % 9000 END, 'hold_' || lpad(i::text, 9, '0') {_SERIES}",
    f"INSERT INTO attempts (take_id, number, org_id, key_prefix, state, created_at, ended_at) "
    f"SELECT 'take_' || lpad(i::text, 9, '0'), 1, {_ORG}, i || '/1', "
    f"CASE WHEN {_FAILED} THEN 'FAILED' ELSE 'SUCCEEDED' END, {_WHEN} - interval '9 seconds', {_WHEN} {_SERIES}",
    f"INSERT INTO credit_holds (id, org_id, livemode, subject, subject_id, item, price, predicted_ms, used_ms, "
    f"micro_credits, charge, outcome, resolved_at, created_at) "
    f"SELECT 'hold_' || lpad(i::text, 9, '0'), {_ORG}, true, 'take', 'take_' || lpad(i::text, 9, '0'), {_MODEL}, "
    f"10000, 9000, 8000, 90000, CASE WHEN {_FAILED} THEN 0 ELSE 80000 END, "
    f"CASE WHEN {_FAILED} THEN 'released' ELSE 'captured' END, {_WHEN}, {_WHEN} {_SERIES}",
    *(
        f"INSERT INTO ledger_entries (org_id, sequence, livemode, kind, debit, credit, micro_credits, lot_id, hold_id, "
        f"created_at) SELECT {_ORG}, {_NUMBER} + {place}, true, '{kind}', '{debit}', '{credit}', {amount}, "
        f"replace({_ORG}, 'org_', 'lot_'), 'hold_' || lpad(i::text, 9, '0'), {_WHEN} {_SERIES} WHERE {which}"
        for place, kind, debit, credit, amount, which in (
            (0, "HOLD", "available", "held", 90_000, "true"),
            (1, "CAPTURE", "held", "spent", 80_000, f"NOT {_FAILED}"),
            (1, "VOID", "held", "available", 90_000, _FAILED),
            (2, "REFUND", "spent", "available", 80_000, f"NOT {_FAILED} AND i % 101 = 0"),
        )
    ),
    f"INSERT INTO payment_orders (id, org_id, livemode, kind, provider, micro_credits, amount, currency, tax, state, "
    f"lot_id, refunded, disputed, reversed, owed, steps, created_at, paid_at) "
    f"SELECT 'ord_' || lpad(i::text, 9, '0'), 'org_' || lpad((1 + i % {ORGANISATIONS})::text, 4, '0'), true, "
    f"'purchase', 'stripe', 10^8, 1000, 'usd', 0, 'paid', 'lot_0001', 0, i % 500 = 0, 0, 0, 0, "
    f"now() - interval '{DAYS} days' * (1 - i / {ORDERS}.0), now() - interval '{DAYS} days' * (1 - i / {ORDERS}.0) "
    f"FROM generate_series(1, {ORDERS}) i",
)


def run(report: Report) -> Outcome:
    """Targets: each part of a page within a second, and a quarter's figures within two."""
    outcome = Outcome()
    with running_cluster() as cluster, tempfile.TemporaryDirectory(prefix="dramatis-operator-") as folder:
        url = cluster.create(NAME)
        migrate(url, backups=Path(folder), owner_url=cluster.url(NAME, OWNER_ROLE))
        rows = _fill(cluster, report)
        outcome.note("rows", rows)
        asyncio.run(_measure(url, outcome, report))
    return outcome


def _fill(cluster: PostgresCluster, report: Report) -> dict[str, int]:
    """Returns how many rows there are of each table."""
    where = f"host=127.0.0.1 port={cluster.port} user={SUPERUSER} dbname={NAME}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers, and so no foreign keys
        rows: dict[str, int] = {}
        for statement in FILL:
            began = time.monotonic()
            table = statement.split()[2]
            rows[table] = rows.get(table, 0) + connection.execute(statement).rowcount  # type: ignore[call-overload]
            report(f"operator: {table}, {rows[table]} rows, {time.monotonic() - began:.0f} s")
        connection.execute("VACUUM ANALYZE")  # as autovacuum would
    return rows


async def _measure(url: str, outcome: Outcome, report: Report) -> None:
    database = Database(url)
    async with database.read() as session:
        now = await read_clock(session)
    month, quarter = now - timedelta(days=30), now - timedelta(days=90)
    asked: dict[str, Ask] = {
        "work_30_days": lambda session: sum_work(session, since=month, until=now),
        "work_90_days": lambda session: sum_work(session, since=quarter, until=now),
        "money_30_days": lambda session: sum_money(session, since=month, until=now),
        "failures": lambda session: count_failures(session, now=now),
        "ended": lambda session: count_ended(session, now=now),
        "organisations": lambda session: list_accounts(session, search="", since=month, after=None, limit=51),
        "organisations_search": lambda session: list_accounts(
            session, search="Studio 17", since=month, after=None, limit=51
        ),
        "one_organisation": lambda session: find_account(session, org_id="org_0100", since=month),
        "orders_attention": lambda session: list_all_orders(
            session, show="attention", org_id=None, after=None, limit=101
        ),
    }
    try:
        for name, ask in asked.items():
            times = [await _time(database, ask) for _ in range(TIMES)]
            most_s = MOST_OF_A_QUARTER_S if name == "work_90_days" else MOST_S
            outcome.check(f"{name}_s", round(float(np.median(times)), 3), "<=", most_s)
            report(f"operator: {name}: first {times[0]:.3f} s, median {np.median(times):.3f} s")
    finally:
        await database.close()


async def _time(database: Database, ask: Ask) -> float:
    began = time.perf_counter()
    async with database.read() as session, operator_scope(session, PERSON):
        found = await ask(session)
    assert found, "nothing was found: the rows are not what the pages ask for"
    return time.perf_counter() - began
