"""What a take's model expected of its render, for estimates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("takes", sa.Column("expected_ms", sa.Integer(), nullable=True))
