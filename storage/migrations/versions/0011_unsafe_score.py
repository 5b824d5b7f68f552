"""How unsafe a picture is to show; unknown for those that came before it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assets", sa.Column("unsafe_score", sa.Double(), nullable=True))
