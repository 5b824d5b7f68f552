"""Questions of processes without an engine to nodes: what a render would note about a prompt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from storage.migrations.isolation import isolate

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    document = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "prompt_readings",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("question", document, nullable=False),
        sa.Column("notes", document, nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name=op.f("fk_prompt_readings_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "digest", name=op.f("pk_prompt_readings")),
    )
    op.create_index(op.f("ix_prompt_readings_org_id_asked_at"), "prompt_readings", ["org_id", "asked_at"], unique=False)
    isolate("prompt_readings")
