"""Takes of all organisations are found by when they ended: what an operator's pages count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ended = sa.text("finished_at IS NOT NULL")
    op.create_index("ix_takes_finished", "takes", ["finished_at"], postgresql_where=ended, sqlite_where=ended)
