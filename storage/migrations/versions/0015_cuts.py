"""Cuts: a film's takes joined into one file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.isolation import isolate

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "cuts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Integer(), nullable=False),
        sa.Column("title_frames", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("entries", JSON, nullable=False),
        sa.Column("missing", JSON, nullable=False),
        sa.Column("titled", sa.Boolean(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failure_code", sa.String(length=40), nullable=True),
        sa.Column("failure_message", sa.String(), nullable=True),
        sa.Column("asset_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('QUEUED', 'RENDERING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'CONSENT_BLOCKED')",
            name=op.f("ck_cuts_state"),
        ),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_cuts_progress_range")),
        sa.CheckConstraint("state <> 'SUCCEEDED' OR asset_id IS NOT NULL", name=op.f("ck_cuts_succeeded_has_file")),
        sa.ForeignKeyConstraint(
            ["org_id", "project_id"],
            ["projects.org_id", "projects.id"],
            name=op.f("fk_cuts_org_id_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "asset_id"], ["assets.org_id", "assets.id"], name=op.f("fk_cuts_org_id_asset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cuts")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_cuts_org_id_id")),
    )
    op.create_index(op.f("ix_cuts_org_id_project_id"), "cuts", ["org_id", "project_id"], unique=False)
    op.create_index(op.f("ix_cuts_org_id_state"), "cuts", ["org_id", "state"], unique=False)
    isolate("cuts")
