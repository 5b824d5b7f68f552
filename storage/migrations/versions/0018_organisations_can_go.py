"""Organisations can be deleted: a mark while they go, and a certificate that stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.isolation import isolate, permit, setting
from storage.tenant_scope import ON, SECRET, SWEEP

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("organisations") as organisations:
        organisations.add_column(sa.Column("deleted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "organisation_deletions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("erased", JSON, nullable=False),
        sa.Column("erased_sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_deletions")),
        sa.UniqueConstraint("org_id", name=op.f("uq_organisation_deletions_org_id")),
    )
    isolate("organisation_deletions")
    # Whoever holds a certificate may read it: by then there is no tenant to ask for.
    permit("organisation_deletions", "organisation_deletions_by_id", f"id = {setting(SECRET)}", to="SELECT")
    sweeping = f"{setting(SWEEP)} = '{ON}'"
    permit("organisation_deletions", "organisation_deletions_for_sweeps", sweeping, to="SELECT")
