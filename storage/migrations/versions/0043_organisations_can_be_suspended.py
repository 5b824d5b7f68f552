"""An organisation may be suspended: since when, and whom it is to write to. What was given back of charges is found by
organisation, for caps do not count it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("organisations", sa.Column("suspended_contact", sa.String(length=200), nullable=True))
    refunds = sa.text("kind = 'REFUND'")
    op.create_index(
        "ix_ledger_entries_refunds", "ledger_entries", ["org_id"], postgresql_where=refunds, sqlite_where=refunds
    )
