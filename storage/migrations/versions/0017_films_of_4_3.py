"""Films of 4:3."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ASPECT = "aspect IN ('16:9', '9:16', '1:1', '4:3', '2.39:1')"


def upgrade() -> None:
    with op.batch_alter_table("projects") as projects:
        if op.get_context().dialect.name == "postgresql":  # SQLite's table is written anew, without its old check
            projects.drop_constraint(op.f("ck_projects_aspect"), type_="check")
        projects.create_check_constraint(op.f("ck_projects_aspect"), ASPECT)
