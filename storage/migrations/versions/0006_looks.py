"""Looks of characters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.isolation import isolate

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("character_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("wardrobe", sa.String(), nullable=False),
        sa.Column("hair", sa.String(), nullable=False),
        sa.Column("props", sa.String(), nullable=False),
        sa.Column("picture_asset_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "character_id"],
            ["characters.org_id", "characters.id"],
            name=op.f("fk_looks_org_id_character_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "picture_asset_id"],
            ["assets.org_id", "assets.id"],
            name=op.f("fk_looks_org_id_picture_asset_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index(op.f("ix_looks_org_id_character_id"), "looks", ["org_id", "character_id"], unique=False)
    op.create_index(op.f("ix_looks_org_id_picture_asset_id"), "looks", ["org_id", "picture_asset_id"], unique=False)
    isolate("looks")
