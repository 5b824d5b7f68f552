"""Kept replies are repeated byte for byte: PostgreSQL's JSONB would put their fields into another order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("idempotency_keys", "body", type_=sa.JSON(), existing_type=JSONB())
