"""Characters keep how they are mentioned, and deleted videos still mark their place in a list.

Characters that share a name today go on sharing it, as those do that are asked for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.isolation import force, isolate

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CHARACTERS = sa.table("characters", sa.column("id"), sa.column("name"), sa.column("mention"))


def upgrade() -> None:
    op.add_column("characters", sa.Column("mention", sa.String(length=600), nullable=False, server_default=""))
    _mention_everybody()
    op.create_index(op.f("ix_characters_org_id_mention"), "characters", ["org_id", "mention"], unique=False)
    op.create_table(
        "deleted_videos",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organisations.id"], name=op.f("fk_deleted_videos_org_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deleted_videos")),
    )
    op.create_index(op.f("ix_deleted_videos_org_id"), "deleted_videos", ["org_id"], unique=False)
    isolate("deleted_videos")


def _mention_everybody() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":  # the tables' owner is behind their policies too
        op.execute("ALTER TABLE characters NO FORCE ROW LEVEL SECURITY")
    for character_id, name in connection.execute(sa.select(CHARACTERS.c.id, CHARACTERS.c.name)).fetchall():
        mention = name.casefold().replace(" ", "_")
        connection.execute(CHARACTERS.update().where(CHARACTERS.c.id == character_id).values(mention=mention))
    force("characters")
