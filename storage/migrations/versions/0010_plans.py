"""Plans of organisations. Those that are there before it are of whoever runs the machine."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organisations") as organisations:
        organisations.add_column(sa.Column("plan", sa.String(length=40), nullable=False, server_default="local"))
        organisations.add_column(sa.Column("standing_consent", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_takes_org_id_state"), "takes", ["org_id", "state"], unique=False)
