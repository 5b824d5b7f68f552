"""What is left of each organisation's requests a minute, over all replicas.

No tenant's rows, like the counters of sign-ins: a replica settles those of every organisation that it served in one
statement. They say how busy an organisation is, and nothing of it. Unlogged: a crash forgets a minute's worth.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_buckets",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_request_buckets")),
        prefixes=["UNLOGGED"] if op.get_context().dialect.name == "postgresql" else [],
    )
    op.create_index(op.f("ix_request_buckets_filled_at"), "request_buckets", ["filled_at"])
