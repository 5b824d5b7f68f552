"""What keeps a node from taking up work, in its own words: servers that do not answer it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("nodes", sa.Column("why_idle", sa.Text(), nullable=True))
