"""Takes wait in their organisation's own order, and take up stretches of its account in a pool of nodes.

Takes that wait already are first in it, oldest first: their rank is 0. Pools belong to nobody: their names and times
are seen by whoever asks, and no route tells them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.isolation import isolate

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pools",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("virtual", sa.Double(), nullable=False),
        sa.Column("base", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("virtual >= base", name=op.f("ck_pools_counts_from_the_past")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pools")),
    )
    op.execute("INSERT INTO pools (name, virtual, base, created_at) VALUES ('shared', 0, 0, CURRENT_TIMESTAMP)")
    op.create_table(
        "pool_accounts",
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("pool", sa.String(length=40), nullable=False),
        sa.Column("finish", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name=op.f("fk_pool_accounts_org_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["pool"], ["pools.name"], name=op.f("fk_pool_accounts_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("org_id", "pool", name=op.f("pk_pool_accounts")),
    )
    isolate("pool_accounts")
    _add_columns()


def _add_columns() -> None:
    op.add_column("organisations", sa.Column("pool", sa.String(length=40), nullable=True))
    op.add_column("organisations", sa.Column("queue_paused", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_organisations_pool"), "organisations", ["pool"], unique=True)
    for column in (
        sa.Column("priority", sa.String(length=40), nullable=False, server_default="normal"),
        sa.Column("rank", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("pool", sa.String(length=40), nullable=False, server_default="shared"),
        sa.Column("tag_start", sa.Double(), nullable=True),
        sa.Column("tag_finish", sa.Double(), nullable=True),
        sa.Column("head", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("preempted", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("has_asked", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("takes", column)
    op.create_index(op.f("ix_takes_org_id_state_rank"), "takes", ["org_id", "state", "rank"], unique=False)
    tagged = sa.text("tag_finish IS NOT NULL")
    op.create_index("ix_takes_tagged", "takes", ["org_id"], unique=False, postgresql_where=tagged, sqlite_where=tagged)
