"""Credits: prices, lots, holds, the ledger, caps; and an organisation says whether it pays, or is another's test mode.

Prices are no tenant's. Sweeps look for lots that have expired and holds that are open, whosever they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.append_only import append_only, guard
from storage.migrations.isolation import isolate, permit, setting
from storage.tenant_scope import ON, SWEEP

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ID, WORD, NAME = sa.String(length=40), sa.String(length=40), sa.String(length=200)
INSTANT = sa.DateTime(timezone=True)
LOTS = ("grant", "gift", "subscription", "purchase")
MOVES = (
    ("GRANT", "granted", "available"),
    ("HOLD", "available", "held"),
    ("CAPTURE", "held", "spent"),
    ("VOID", "held", "available"),
    ("EXPIRE", "available", "expired"),
    ("REVERSAL", "available", "reversed"),
)


def upgrade() -> None:
    op.add_column("organisations", sa.Column("livemode", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("organisations", sa.Column("test_of", ID, nullable=True))
    op.create_index(op.f("ix_organisations_id_livemode"), "organisations", ["id", "livemode"], unique=True)
    op.create_index(op.f("ix_organisations_test_of"), "organisations", ["test_of"], unique=True)
    op.add_column("takes", sa.Column("hold_id", ID, nullable=True))
    op.add_column("takes", sa.Column("usage", JSON, nullable=True))
    op.add_column("takes", sa.Column("guarantee", JSON, nullable=True))
    _create_prices()
    _create_lots()
    _create_holds()
    _create_entries()
    _create_caps()
    isolate("credit_lots", "credit_holds", "ledger_entries", "spend_caps")
    for table in ("credit_lots", "credit_holds"):
        permit(table, f"{table}_for_sweeps", f"{setting(SWEEP)} = '{ON}'", to="SELECT")
    append_only("ledger_entries", of_tenant=True)
    append_only("prices", of_tenant=False)
    guard("credit_holds", "credit_holds_end_once", "UPDATE", when="OLD.outcome IS NOT NULL")


def _create_prices() -> None:
    op.create_table(
        "prices",
        sa.Column("id", ID, nullable=False),
        sa.Column("item", WORD, nullable=False),
        sa.Column("unit", WORD, nullable=False),
        sa.Column("currency", WORD, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("set_by", NAME, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("unit IN ('device_second', 'each')", name=op.f("ck_prices_unit")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_prices_amount_not_negative")),
        sa.CheckConstraint("(item = 'credit') = (currency <> 'credits')", name=op.f("ck_prices_credits_cost_money")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint("item", "currency", "since", name=op.f("uq_prices_item_currency_since")),
    )


def _of_organisation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["org_id", "livemode"],
        ["organisations.id", "organisations.livemode"],
        name=op.f(f"fk_{table}_org_id_livemode"),
        ondelete="CASCADE",
    )


def _create_lots() -> None:
    accounts = ("available", "held", "spent", "expired", "reversed")
    op.create_table(
        "credit_lots",
        sa.Column("id", ID, nullable=False),
        sa.Column("org_id", ID, nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("micro_credits", sa.BigInteger(), nullable=False),
        *(sa.Column(account, sa.BigInteger(), nullable=False) for account in accounts),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("source", WORD, nullable=False),
        sa.Column("reference", NAME, nullable=True),
        sa.Column("reason", NAME, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _of_organisation("credit_lots"),
        sa.CheckConstraint(f"kind IN {LOTS}", name=op.f("ck_credit_lots_kind")),
        sa.CheckConstraint("micro_credits > 0", name=op.f("ck_credit_lots_not_empty")),
        sa.CheckConstraint(
            " AND ".join(f"{account} >= 0" for account in accounts), name=op.f("ck_credit_lots_not_negative")
        ),
        sa.CheckConstraint(f"{' + '.join(accounts)} = micro_credits", name=op.f("ck_credit_lots_adds_up")),
        sa.CheckConstraint("kind <> 'purchase' OR expires_at IS NULL", name=op.f("ck_credit_lots_purchases_stay")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_lots")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_credit_lots_org_id_id")),
        sa.UniqueConstraint("source", "reference", name=op.f("uq_credit_lots_source_reference")),
    )
    live = sa.text("available > 0")
    op.create_index("ix_credit_lots_live", "credit_lots", ["org_id"], postgresql_where=live, sqlite_where=live)


def _create_holds() -> None:
    op.create_table(
        "credit_holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("org_id", ID, nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("subject", WORD, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("item", WORD, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("predicted_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("micro_credits", sa.BigInteger(), nullable=False),
        sa.Column("charge", sa.BigInteger(), nullable=False),
        sa.Column("outcome", WORD, nullable=True),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("key_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("project_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _of_organisation("credit_holds"),
        *_checks_of_holds(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_holds")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_credit_holds_org_id_id")),
        sa.UniqueConstraint("org_id", "subject", "subject_id", name=op.f("uq_credit_holds_org_id_subject_subject_id")),
    )
    for columns in (["org_id"], ["org_id", "key_id"], ["org_id", "person_id"], ["org_id", "project_id"]):
        name = f"ix_credit_holds_{'_'.join(columns)}_created_at"
        op.create_index(op.f(name), "credit_holds", [*columns, "created_at"])
    still_open = sa.text("outcome IS NULL")
    op.create_index(
        "ix_credit_holds_open", "credit_holds", ["org_id"], postgresql_where=still_open, sqlite_where=still_open
    )


def _checks_of_holds() -> list[sa.CheckConstraint]:
    conditions = {
        "subject": "subject IN ('take', 'enrolment', 'speech_preview')",
        "not_empty": "micro_credits > 0",
        "no_more_than_held": "charge >= 0 AND charge <= micro_credits",
        "open_counts_whole": "outcome IS NOT NULL OR charge = micro_credits",
        "outcome": "outcome IS NULL OR outcome = 'captured' OR (outcome = 'released' AND charge = 0)",
        "resolved_at_once": "(outcome IS NULL) = (resolved_at IS NULL)",
    }
    return [sa.CheckConstraint(words, name=op.f(f"ck_credit_holds_{name}")) for name, words in conditions.items()]


def _create_entries() -> None:
    moves = " OR ".join(
        f"(kind = '{kind}' AND debit = '{debit}' AND credit = '{credit}')" for kind, debit, credit in MOVES
    )
    conditions = {
        "sequence_from_one": "sequence >= 1",
        "moves_something": "micro_credits > 0",
        "accounts_of_kind": moves,
        "hold_of_kind": "(hold_id IS NOT NULL) = (kind IN ('HOLD', 'CAPTURE', 'VOID'))",
        "resolves_its_hold": "resolves IS NULL OR (resolves = hold_id AND kind <> 'HOLD')",
    }
    op.create_table(
        "ledger_entries",
        sa.Column("org_id", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("debit", WORD, nullable=False),
        sa.Column("credit", WORD, nullable=False),
        sa.Column("micro_credits", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", ID, nullable=False),
        sa.Column("hold_id", ID, nullable=True),
        sa.Column("resolves", ID, nullable=True),
        sa.Column("reason", NAME, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _of_organisation("ledger_entries"),
        sa.ForeignKeyConstraint(
            ["org_id", "lot_id"], ["credit_lots.org_id", "credit_lots.id"], name=op.f("fk_ledger_entries_org_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "hold_id"],
            ["credit_holds.org_id", "credit_holds.id"],
            name=op.f("fk_ledger_entries_org_id_hold_id"),
        ),
        *(sa.CheckConstraint(words, name=op.f(f"ck_ledger_entries_{name}")) for name, words in conditions.items()),
        sa.PrimaryKeyConstraint("org_id", "sequence", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("resolves", name=op.f("uq_ledger_entries_resolves")),
    )
    for column in ("hold_id", "lot_id", "created_at"):
        op.create_index(op.f(f"ix_ledger_entries_org_id_{column}"), "ledger_entries", ["org_id", column])


def _create_caps() -> None:
    conditions = {
        "scope": "scope IN ('organisation', 'member', 'key', 'project')",
        "period": "period IN ('day', 'month', 'lifetime')",
        "not_negative": "micro_credits >= 0",
    }
    op.create_table(
        "spend_caps",
        sa.Column("id", ID, nullable=False),
        sa.Column("org_id", ID, nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("scope", WORD, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("period", WORD, nullable=False),
        sa.Column("micro_credits", sa.BigInteger(), nullable=False),
        sa.Column("told_percent", sa.Integer(), nullable=False),
        sa.Column("told_since", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _of_organisation("spend_caps"),
        *(sa.CheckConstraint(words, name=op.f(f"ck_spend_caps_{name}")) for name, words in conditions.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend_caps")),
        sa.UniqueConstraint(
            "org_id", "scope", "subject_id", "period", name=op.f("uq_spend_caps_org_id_scope_subject_id_period")
        ),
    )
