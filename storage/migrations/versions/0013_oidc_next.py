"""A sign-in at the identity provider keeps where the browser wanted to go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("oidc_flows", sa.Column("next_path", sa.String(length=1000), nullable=False, server_default="/"))
