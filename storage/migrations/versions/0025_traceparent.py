"""Of which trace a take is, so that whichever node renders it goes on with that trace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("takes") as takes:
        takes.add_column(sa.Column("traceparent", sa.String(length=55), nullable=True))
