"""Payments: orders of credits, refunds, and what an organisation has agreed to pay again.

Sweeps look for orders that are open and accounts with an automatic top-up or a subscription, whosever they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.isolation import isolate, permit, setting
from storage.tenant_scope import ON, SWEEP

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

ID, WORD, NAME, LINK = (sa.String(length=length) for length in (40, 40, 200, 4000))
INSTANT, COUNT = sa.DateTime(timezone=True), sa.BigInteger()
OPEN = "state IN ('begun', 'pending')"
TABLES = ("payment_orders", "payment_refunds", "payment_accounts")


def upgrade() -> None:
    _create_orders()
    _create_refunds()
    _create_accounts()
    isolate(*TABLES)
    for table in TABLES:
        permit(table, f"{table}_for_sweeps", f"{setting(SWEEP)} = '{ON}'", to="SELECT")


def _create_orders() -> None:
    conditions = {
        "live": "livemode",
        "kind": "kind IN ('purchase', 'top_up')",
        "state": "state IN ('begun', 'pending', 'paid', 'closed', 'mismatched')",
        "not_empty": "micro_credits > 0 AND amount > 0",
        "refunded_at_most_all": "refunded >= 0 AND refunded <= amount",
        "reversed_at_most_all": "reversed >= 0 AND owed >= 0 AND reversed + owed <= micro_credits",
        "paid_brings_a_lot": "(state = 'paid') = (lot_id IS NOT NULL)",
    }
    op.create_table(
        "payment_orders",
        sa.Column("id", ID, nullable=False),
        sa.Column("org_id", ID, nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("provider", WORD, nullable=False),
        sa.Column("micro_credits", COUNT, nullable=False),
        sa.Column("amount", COUNT, nullable=False),
        sa.Column("currency", WORD, nullable=False),
        sa.Column("tax", COUNT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("reference", NAME, nullable=True),
        sa.Column("url", LINK, nullable=True),
        sa.Column("receipt_url", LINK, nullable=True),
        sa.Column("lot_id", ID, nullable=True),
        sa.Column("refunded", COUNT, nullable=False),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("reversed", COUNT, nullable=False),
        sa.Column("owed", COUNT, nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("problem", NAME, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        _of_organisation("payment_orders"),
        *(sa.CheckConstraint(words, name=op.f(f"ck_payment_orders_{name}")) for name, words in conditions.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_orders")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_payment_orders_org_id_id")),
    )
    op.create_index(op.f("ix_payment_orders_org_id_created_at"), "payment_orders", ["org_id", "created_at"])
    for name, condition, unique in (
        ("ix_payment_orders_open", OPEN, False),
        ("uq_payment_orders_top_up", f"kind = 'top_up' AND {OPEN}", True),
    ):
        where = sa.text(condition)
        op.create_index(name, "payment_orders", ["org_id"], unique=unique, postgresql_where=where, sqlite_where=where)


def _create_refunds() -> None:
    op.create_table(
        "payment_refunds",
        sa.Column("id", ID, nullable=False),
        sa.Column("org_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("amount", COUNT, nullable=False),
        sa.Column("reason", NAME, nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_refunds_not_empty")),
        sa.ForeignKeyConstraint(
            ["org_id", "order_id"],
            ["payment_orders.org_id", "payment_orders.id"],
            name=op.f("fk_payment_refunds_org_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_refunds")),
    )
    op.create_index(op.f("ix_payment_refunds_org_id_order_id"), "payment_refunds", ["org_id", "order_id"])


def _create_accounts() -> None:
    whole = "(below IS NULL) = (top_up_micro_credits IS NULL) AND (below IS NULL) = (currency IS NULL)"
    op.create_table(
        "payment_accounts",
        sa.Column("org_id", ID, nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("subscription_id", NAME, nullable=True),
        sa.Column("plan", WORD, nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("below", COUNT, nullable=True),
        sa.Column("top_up_micro_credits", COUNT, nullable=True),
        sa.Column("currency", WORD, nullable=True),
        sa.Column("problem", NAME, nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _of_organisation("payment_accounts"),
        sa.CheckConstraint("livemode", name=op.f("ck_payment_accounts_live")),
        sa.CheckConstraint(whole, name=op.f("ck_payment_accounts_whole")),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_payment_accounts")),
    )


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["org_id", "livemode"],
        ["organisations.id", "organisations.livemode"],
        name=op.f(f"fk_{table}_org_id_livemode"),
        ondelete="CASCADE",
    )
