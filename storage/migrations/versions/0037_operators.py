"""Operators: a flag on a person, what they may look at over all tenants, a log of what they did; and refunds of single
charges in the ledger.

An operator's transaction names the person, and the policies ask the table of people whether that one is an operator:
a query of ours that names anybody else is shown nothing. They may look, and write nothing but their log; what they do
to a tenant is written in that tenant's own unit. Of takes they see those that have ended.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.append_only import append_only
from storage.migrations.isolation import force, permit, setting
from storage.tenant_scope import OPERATOR

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ID, WORD, NAME = sa.String(length=40), sa.String(length=40), sa.String(length=200)
INSTANT = sa.DateTime(timezone=True)
_ASKS = setting(OPERATOR)
IS_OPERATOR = f"{_ASKS} <> '' AND EXISTS (SELECT 1 FROM people WHERE people.id = {_ASKS} AND is_operator)"  # noqa: S608
SEEN = ("organisations", "memberships", "credit_lots", "credit_holds", "ledger_entries", "payment_orders", "attempts")
MOVES = (
    ("GRANT", "granted", "available"),
    ("HOLD", "available", "held"),
    ("CAPTURE", "held", "spent"),
    ("VOID", "held", "available"),
    ("REFUND", "spent", "available"),
    ("EXPIRE", "available", "expired"),
    ("REVERSAL", "available", "reversed"),
)


def upgrade() -> None:
    op.add_column("people", sa.Column("is_operator", sa.Boolean(), nullable=False, server_default=sa.false()))
    _create_acts()
    for table in SEEN:
        permit(table, f"{table}_for_operators", IS_OPERATOR, to="SELECT")
    ended = "state NOT IN ('QUEUED', 'RENDERING')"
    permit("takes", "takes_for_operators", f"{ended} AND {IS_OPERATOR}", to="SELECT")
    _let_entries_refund()


def _create_acts() -> None:
    op.create_table(
        "operator_acts",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("action", WORD, nullable=False),
        sa.Column("organisation_id", ID, nullable=True),
        sa.Column("subject", NAME, nullable=True),
        sa.Column("reason", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("asked_sha256", sa.String(length=64), nullable=False),
        sa.Column("outcome", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_acts")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_operator_acts_person_id_key")),
    )
    force("operator_acts")
    permit("operator_acts", "operator_acts_of_operators", IS_OPERATOR)
    append_only("operator_acts", of_tenant=False)


def _let_entries_refund() -> None:
    """SQLite's table is written anew, without its checks and triggers: all of them are said again."""
    moves = " OR ".join(
        f"(kind = '{kind}' AND debit = '{debit}' AND credit = '{credit}')" for kind, debit, credit in MOVES
    )
    changed = {
        "accounts_of_kind": moves,
        "hold_of_kind": "(hold_id IS NOT NULL) = (kind IN ('HOLD', 'CAPTURE', 'VOID', 'REFUND'))",
    }
    kept = {
        "sequence_from_one": "sequence >= 1",
        "moves_something": "micro_credits > 0",
        "resolves_its_hold": "resolves IS NULL OR (resolves = hold_id AND kind <> 'HOLD')",
    }
    on_postgresql = op.get_context().dialect.name == "postgresql"
    with op.batch_alter_table("ledger_entries") as entries:
        for name, words in (changed if on_postgresql else changed | kept).items():
            if on_postgresql:
                entries.drop_constraint(op.f(f"ck_ledger_entries_{name}"), type_="check")
            entries.create_check_constraint(op.f(f"ck_ledger_entries_{name}"), words)
    if not on_postgresql:
        append_only("ledger_entries", of_tenant=True)
    refunds = sa.text("kind = 'REFUND'")
    op.create_index(
        "uq_ledger_entries_refund",
        "ledger_entries",
        ["hold_id", "lot_id"],
        unique=True,
        postgresql_where=refunds,
        sqlite_where=refunds,
    )
