"""The storyboard: projects, scenes, shots, the log of their edits, takes of shots, notes on takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage.migrations.isolation import isolate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _within(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    """Goes with a row of `parent` of the same organisation."""
    name = op.f(f"fk_{table}_org_id_{column}")
    return sa.ForeignKeyConstraint(
        ["org_id", column], [f"{parent}.org_id", f"{parent}.id"], name=name, ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("aspect", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("aspect IN ('16:9', '9:16', '1:1', '2.39:1')", name=op.f("ck_projects_aspect")),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.id"], name=op.f("fk_projects_org_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_projects_org_id_id")),
    )
    op.create_table(
        "scenes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("heading", sa.String(length=200), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        _within("scenes", "project_id", "projects"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenes")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_scenes_org_id_id")),
    )
    op.create_index(op.f("ix_scenes_org_id_project_id"), "scenes", ["org_id", "project_id"], unique=False)
    op.create_table(
        "shots",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("scene_id", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("circled_take_id", sa.String(length=40), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        _within("shots", "project_id", "projects"),
        _within("shots", "scene_id", "scenes"),
        sa.ForeignKeyConstraint(
            ["org_id", "circled_take_id"], ["takes.org_id", "takes.id"], name=op.f("fk_shots_org_id_circled_take_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shots")),
        sa.UniqueConstraint("org_id", "id", name=op.f("uq_shots_org_id_id")),
    )
    op.create_index(op.f("ix_shots_org_id_project_id"), "shots", ["org_id", "project_id"], unique=False)
    op.create_index(op.f("ix_shots_org_id_scene_id"), "shots", ["org_id", "scene_id"], unique=False)
    op.create_table(
        "shot_takes",
        sa.Column("take_id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("shot_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_of", JSON, nullable=False),
        _within("shot_takes", "take_id", "takes"),
        _within("shot_takes", "shot_id", "shots"),
        sa.PrimaryKeyConstraint("take_id", name=op.f("pk_shot_takes")),
        sa.UniqueConstraint("shot_id", "number", name=op.f("uq_shot_takes_shot_id_number")),
    )
    op.create_index(op.f("ix_shot_takes_org_id_shot_id"), "shot_takes", ["org_id", "shot_id"], unique=False)
    op.create_table(
        "board_edits",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_board_edits_number_from_one")),
        _within("board_edits", "project_id", "projects"),
        sa.PrimaryKeyConstraint("project_id", "number", name=op.f("pk_board_edits")),
    )
    op.create_table(
        "take_notes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("org_id", sa.String(length=40), nullable=False),
        sa.Column("take_id", sa.String(length=40), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("frame >= 0", name=op.f("ck_take_notes_frame_from_zero")),
        _within("take_notes", "take_id", "takes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take_notes")),
    )
    op.create_index(op.f("ix_take_notes_org_id_take_id"), "take_notes", ["org_id", "take_id"], unique=False)
    isolate("projects", "scenes", "shots", "shot_takes", "board_edits", "take_notes")
