"""A queue's order in one index, to its last word: it was sorted anew where many takes had one rank, and of two indices
that began alike SQLite took the one without ranks."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_takes_org_id_state_rank_id"), "takes", ["org_id", "state", "rank", "id"], unique=False)
    op.drop_index(op.f("ix_takes_org_id_state_rank"), table_name="takes")
    op.drop_index(op.f("ix_takes_org_id_state"), table_name="takes")
