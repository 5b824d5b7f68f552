"""Cuts may have a price: a cut keeps its hold and what it came to, and holds may be for cuts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.append_only import guard

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SUBJECT = "subject IN ('take', 'enrolment', 'speech_preview', 'cut')"
KEPT = {
    "not_empty": "micro_credits > 0",
    "no_more_than_held": "charge >= 0 AND charge <= micro_credits",
    "open_counts_whole": "outcome IS NOT NULL OR charge = micro_credits",
    "outcome": "outcome IS NULL OR outcome = 'captured' OR (outcome = 'released' AND charge = 0)",
    "resolved_at_once": "(outcome IS NULL) = (resolved_at IS NULL)",
}


def upgrade() -> None:
    op.add_column("cuts", sa.Column("hold_id", sa.String(length=40), nullable=True))
    op.add_column("cuts", sa.Column("usage", JSON, nullable=True))
    on_postgresql = op.get_context().dialect.name == "postgresql"
    # SQLite's table is written anew, without its checks and its trigger.
    with op.batch_alter_table("credit_holds") as holds:
        if on_postgresql:
            holds.drop_constraint(op.f("ck_credit_holds_subject"), type_="check")
        holds.create_check_constraint(op.f("ck_credit_holds_subject"), SUBJECT)
        for name, words in ({} if on_postgresql else KEPT).items():
            holds.create_check_constraint(op.f(f"ck_credit_holds_{name}"), words)
    if not on_postgresql:
        guard("credit_holds", "credit_holds_end_once", "UPDATE", when="OLD.outcome IS NOT NULL")
