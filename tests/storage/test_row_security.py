"""The second wall: on PostgreSQL a query that forgets its tenant sees nothing of another one.

The rows come from the tables themselves, two of every kind, so that a table of tomorrow is in these tests too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import JSON, Boolean, Column, DateTime, Float, LargeBinary, Numeric, String, TypeDecorator
from sqlalchemy import Table as SqlTable

from storage.queries.tenants import each_tenant, passes_row_security
from storage.tables import Table
from storage.unit import Database
from tests.postgres import APP_ROLE, OWNER_ROLE, PostgresCluster

ONE, OTHER = "org_one", "org_other"
TENANT_OF = {
    table.name: "id" if table.name == "organisations" else "org_id"
    for table in Table.metadata.sorted_tables
    if "org_id" in table.columns or table.name == "organisations"
}
# What may be read before the tenant is known, or beside it. Whoever adds to this list says why in the migration.
EXCEPTIONS = {
    ("organisations", "organisations_for_sweeps", "SELECT"),
    ("organisations", "organisations_in_test_mode", "SELECT"),
    ("api_keys", "api_keys_by_secret", "SELECT"),
    ("takes", "takes_for_figures", "SELECT"),
    ("memberships", "memberships_of_person", "SELECT"),
    ("organisations", "organisations_of_person", "SELECT"),
    ("invitations", "invitations_by_secret", "SELECT"),
    ("sign_in_links", "sign_in_links_by_secret", "SELECT"),
    ("sessions", "sessions_of_person", "ALL"),
    ("sessions", "sessions_by_secret", "SELECT"),
    ("sessions", "sessions_for_sweeps", "ALL"),
    ("organisation_deletions", "organisation_deletions_by_id", "SELECT"),
    ("organisation_deletions", "organisation_deletions_for_sweeps", "SELECT"),
    ("mails", "mails_for_the_post", "ALL"),
    ("credit_lots", "credit_lots_for_sweeps", "SELECT"),
    ("credit_holds", "credit_holds_for_sweeps", "SELECT"),
    ("payment_orders", "payment_orders_for_sweeps", "SELECT"),
    ("payment_refunds", "payment_refunds_for_sweeps", "SELECT"),
    ("payment_accounts", "payment_accounts_for_sweeps", "SELECT"),
    ("organisations", "organisations_for_operators", "SELECT"),
    ("memberships", "memberships_for_operators", "SELECT"),
    ("credit_lots", "credit_lots_for_operators", "SELECT"),
    ("credit_holds", "credit_holds_for_operators", "SELECT"),
    ("ledger_entries", "ledger_entries_for_operators", "SELECT"),
    ("payment_orders", "payment_orders_for_operators", "SELECT"),
    ("attempts", "attempts_for_operators", "SELECT"),
    ("takes", "takes_for_operators", "SELECT"),
    ("operator_acts", "operator_acts_of_operators", "ALL"),
}
# No tenant's: people (by whom others are found), counters, sign-ins under way, pools of nodes and their times, prices.
OPEN = {"nodes", "people", "sign_in_tries", "request_buckets", "oidc_flows", "password_resets", "pools", "prices"}
APPEND_ONLY = {"audit_log"}


@pytest.fixture(scope="module")
def filled(postgres: PostgresCluster, migrated_postgres: str) -> Iterator[str]:
    """A database with a row of each of two organisations in every tenant's table; returns the studio's URL."""
    name = "row_security"
    url = postgres.create(name, migrated_postgres)
    with _connect(postgres, name, "postgres") as connection:
        connection.execute("SET session_replication_role = replica")  # rows need no partners
        for table in Table.metadata.sorted_tables:
            _drop_checks(connection, table.name)
            if table.name in TENANT_OF or table.name == "sessions":
                _insert(connection, table, ONE)
                _insert(connection, table, OTHER)
    yield url
    postgres.drop(name)


def _connect(postgres: PostgresCluster, name: str, role: str = APP_ROLE) -> psycopg.Connection[Any]:
    return psycopg.connect(f"host=127.0.0.1 port={postgres.port} user={role} dbname={name}", autocommit=True)


@pytest.fixture(params=[APP_ROLE, OWNER_ROLE])
def connection(
    request: pytest.FixtureRequest, postgres: PostgresCluster, filled: str
) -> Iterator[psycopg.Connection[Any]]:
    """As the studio, and as the owner of the tables, whom the policies hold as well."""
    assert filled.endswith("/row_security")
    with _connect(postgres, "row_security", request.param) as opened, opened.transaction(force_rollback=True):
        yield opened


def test_every_table_of_a_tenant_has_a_forced_policy(connection: psycopg.Connection[Any]) -> None:
    walled = connection.execute(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)"
    ).fetchall()
    assert {name for (name,) in walled} == set(Table.metadata.tables) - OPEN
    assert set(TENANT_OF).isdisjoint(OPEN)


def test_the_ways_around_the_tenant_are_those_that_are_named(connection: psycopg.Connection[Any]) -> None:
    policies = connection.execute("SELECT tablename, policyname, cmd FROM pg_policies").fetchall()
    usual = {(table, f"{table}_of_tenant", "ALL") for table in TENANT_OF}
    assert set(policies) - usual == EXCEPTIONS


def test_without_a_tenant_nothing_is_seen(connection: psycopg.Connection[Any]) -> None:
    assert [table for table in TENANT_OF if _count(connection, table)] == []


def test_without_a_filter_only_the_tenants_own_rows_are_seen(connection: psycopg.Connection[Any]) -> None:
    for tenant in (ONE, OTHER):
        connection.execute("SELECT set_config('dramatis.org_id', %s, true)", [tenant])
        for table, column in TENANT_OF.items():
            rows = connection.execute(
                sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
            ).fetchall()
            assert rows == [(tenant,)], table


def test_rows_of_another_tenant_are_neither_written_changed_nor_deleted(connection: psycopg.Connection[Any]) -> None:
    connection.execute("SELECT set_config('dramatis.org_id', %s, true)", [ONE])
    for name, column in TENANT_OF.items():
        if name in APPEND_ONLY:
            continue
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            _insert(connection, Table.metadata.tables[name], "org_third")
        words = {"table": sql.Identifier(name), "column": sql.Identifier(column), "other": OTHER}
        changed = sql.SQL("UPDATE {table} SET {column} = {column} WHERE {column} = {other}").format(**words)
        deleted = sql.SQL("DELETE FROM {table} WHERE {column} = {other}").format(**words)
        for statement in (changed, deleted):
            assert connection.execute(statement).rowcount == 0, name
        moved = sql.SQL("UPDATE {table} SET {column} = {other}").format(**words)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(moved)


def test_a_session_is_seen_by_its_person_or_its_token_alone(connection: psycopg.Connection[Any]) -> None:
    assert _count(connection, "sessions") == 0
    connection.execute("SELECT set_config('dramatis.org_id', %s, true)", [ONE])
    assert _count(connection, "sessions") == 0
    connection.execute("SELECT set_config('dramatis.secret_sha256', %s, true)", [f"token_sha256 of {ONE}"])
    assert _count(connection, "sessions") == 1
    connection.execute("SELECT set_config('dramatis.person_id', %s, true)", [f"person_id of {OTHER}"])
    assert _count(connection, "sessions") == 2


def test_an_operator_sees_accounts_of_all_and_changes_none(connection: psycopg.Connection[Any]) -> None:
    connection.execute("INSERT INTO people (id, name, is_operator, created_at) VALUES ('per_op', 'Olga', true, now())")
    connection.execute("INSERT INTO people (id, name, is_operator, created_at) VALUES ('per_no', 'Nora', false, now())")
    seen = [table for table, name, _ in sorted(EXCEPTIONS) if name.endswith("_for_operators")]
    for person_id, count in (("per_no", 0), ("per_op", 2), ("", 0)):
        connection.execute("SELECT set_config('dramatis.operator_id', %s, true)", [person_id])
        assert {table: _count(connection, table) for table in TENANT_OF} == {
            table: count if table in seen else 0 for table in TENANT_OF
        }
        for table in seen:
            words = {"table": sql.Identifier(table), "column": sql.Identifier(TENANT_OF[table])}
            for statement in ("UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"):
                assert connection.execute(sql.SQL(statement).format(**words)).rowcount == 0, table


def test_the_audit_log_can_be_added_to_and_not_changed(postgres: PostgresCluster, filled: str) -> None:
    assert filled.endswith("/row_security")
    with _connect(postgres, "row_security") as studio:
        for words in ("UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                studio.execute(words)


async def test_the_studio_connects_as_a_role_that_the_wall_holds_and_sweeps_one_tenant_at_a_time(filled: str) -> None:
    database = Database(filled)
    async with database.read() as session:
        assert not await passes_row_security(session)
        seen = []
        async for org_id in each_tenant(session):
            rows = await (await session.connection()).exec_driver_sql("SELECT org_id FROM assets")
            seen.append((org_id, [row.org_id for row in rows]))
    await database.close()
    assert seen == [(ONE, [ONE]), (OTHER, [OTHER])]


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def _drop_checks(connection: psycopg.Connection[Any], table: str) -> None:
    """Values made up by type fit no CHECK."""
    found = connection.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass", [table]
    ).fetchall()
    for (name,) in found:
        words = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
        connection.execute(words)


def _insert(connection: psycopg.Connection[Any], table: SqlTable, tenant: str) -> None:
    values = {column.name: _made_up(column, tenant) for column in table.columns if not column.nullable}
    if table.name in TENANT_OF:
        values[TENANT_OF[table.name]] = tenant
    words = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
    )
    connection.execute(words, list(values.values()))


def _made_up(column: Column[Any], tenant: str) -> object:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    match kind:
        case Boolean():
            return False
        case String():
            return f"{column.name} of {tenant}"[: kind.length]
        case DateTime():
            return datetime.now(UTC)
        case JSON():
            return json.dumps({})
        case LargeBinary():
            return b""
        case Float() | Numeric():
            return 0.5
        case _:
            return 1
