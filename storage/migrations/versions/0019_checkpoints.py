"""Where a take's render stood, so that any node can go on with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.isolation import isolate

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("take_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("object_key", sa.String(length=400), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "object_key IS NULL OR (digest IS NOT NULL AND sha256 IS NOT NULL AND size_bytes > 0 AND done > 0)",
            name=op.f("ck_checkpoints_kept_has_object"),
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "take_id"],
            ["takes.org_id", "takes.id"],
            name=op.f("fk_checkpoints_org_id_take_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("take_id", name=op.f("pk_checkpoints")),
        sa.UniqueConstraint("object_key", name=op.f("uq_checkpoints_object_key")),
    )
    isolate("checkpoints")
