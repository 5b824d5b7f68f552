"""Edits of a board are named by a code and its numbers, so that they can be told in any language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    # Edits from before keep their place in the log, under the one name that is true of all.
    op.add_column("board_edits", sa.Column("action", sa.String(length=40), nullable=False, server_default="edit"))
    op.add_column("board_edits", sa.Column("numbers", JSON, nullable=False, server_default=sa.text("'{}'")))
    op.drop_column("board_edits", "label")
