"""How long an organisation's takes of a model rendered, in one index: where many waited, all of them were looked at to
find those that had rendered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rendered = sa.text("render_ms IS NOT NULL")
    op.create_index(
        "ix_takes_rendered",
        "takes",
        ["org_id", "model", "id"],
        unique=False,
        postgresql_where=rendered,
        sqlite_where=rendered,
    )
