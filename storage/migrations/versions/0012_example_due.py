"""Whether an organisation is still to get the example film. Those that are there before it are not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("example_due", sa.Boolean(), nullable=False, server_default=sa.false()))
