"""Voices of characters with consents of their own, recordings, what was heard in takes, how long lines last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.isolation import isolate

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
KIND = "kind IN ('photo', 'plate', 'evidence', 'recording', 'clip', 'thumbnail', 'sprite', 'motion')"
UNREVOKED = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("assets") as assets:
        if op.get_context().dialect.name == "postgresql":  # SQLite's table is written anew, without its old check
            assets.drop_constraint(op.f("ck_assets_kind"), type_="check")
        assets.create_check_constraint(op.f("ck_assets_kind"), KIND)
        assets.add_column(sa.Column("length_ms", sa.Integer(), nullable=True))
    op.add_column("characters", sa.Column("voice", sa.String(length=200), nullable=True))
    op.add_column("characters", sa.Column("own_recordings", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("uq_consents_unrevoked", "consents")
    with op.batch_alter_table("consents") as consents:
        consents.add_column(sa.Column("likeness", sa.String(length=40), nullable=False, server_default="face"))
        consents.create_check_constraint(op.f("ck_consents_likeness"), "likeness IN ('face', 'voice')")
    op.create_index(
        "uq_consents_unrevoked",
        "consents",
        ["character_id", "likeness"],
        unique=True,
        sqlite_where=UNREVOKED,
        postgresql_where=UNREVOKED,
    )
    op.add_column("projects", sa.Column("pronunciations", JSON, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("takes", sa.Column("speech", JSON, nullable=True))
    op.add_column("take_characters", sa.Column("seen", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("take_characters", sa.Column("heard", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "line_lengths",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length_ms > 0", name=op.f("ck_line_lengths_length_above_zero")),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name=op.f("fk_line_lengths_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "digest", name=op.f("pk_line_lengths")),
    )
    isolate("line_lengths")
