"""What keys asked for and were answered, for whoever writes a client. Written in batches, swept after a month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.isolation import isolate

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_log",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("ms", sa.Double(), nullable=False),
        sa.Column("request_type", sa.String(length=200), nullable=True),
        sa.Column("request_body", sa.String(), nullable=True),
        sa.Column("request_cut", sa.Boolean(), nullable=False),
        sa.Column("response_body", sa.String(), nullable=True),
        sa.Column("response_cut", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name=op.f("fk_request_log_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_request_log")),
    )
    isolate("request_log")
