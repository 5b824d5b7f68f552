"""An organisation may have several pools of nodes: whose a pool is stands with the pool, and which of them is the usual
one with the organisation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pools", sa.Column("owner", sa.String(length=40), nullable=True))
    op.execute("UPDATE pools SET owner = (SELECT id FROM organisations WHERE organisations.pool = pools.name)")
    op.create_index(op.f("ix_pools_owner"), "pools", ["owner"], unique=False)
