"""Row level security of tenants' tables, as migrations set it up. On SQLite nothing happens.

A new table with `org_id` needs one line in its migration, `isolate("shots")`; a test fails without it. Policies are
forced, so the tables' owner is behind them too: a later migration that moves rows has to lift them for its own time.
"""

from __future__ import annotations

from alembic import op

from storage.tenant_scope import TENANT


def isolate(*tables: str, by: str = "org_id") -> None:
    """Show and accept only rows of the transaction's tenant, whose id is in the column `by`."""
    for table in tables:
        force(table)
        permit(table, f"{table}_of_tenant", f"{by} = {setting(TENANT)}")


def force(table: str) -> None:
    """Show nothing of the table but what `permit` lets through."""
    _on_postgresql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _on_postgresql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def permit(table: str, name: str, condition: str, *, to: str = "ALL") -> None:
    """Let rows that fit `condition` through, for every command or for `SELECT` alone."""
    _on_postgresql(f"CREATE POLICY {name} ON {table} FOR {to} USING ({condition})")


def setting(name: str) -> str:
    """The transaction's setting in SQL: NULL or empty when it was not set, which equals no id."""
    return f"(SELECT current_setting('{name}', true))"


def _on_postgresql(statement: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(statement)
