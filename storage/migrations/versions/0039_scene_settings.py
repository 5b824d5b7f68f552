"""Scenes say what their shots have in common: plate, light, framing, grade."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scenes") as scenes:
        scenes.add_column(sa.Column("setting", JSON, nullable=False, server_default=sa.text("'{}'")))
