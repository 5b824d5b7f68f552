"""Test mode and usage: an organisation sees which one is its test mode, and a take says who asked for it.

It sees that there is one, and nothing of what is in it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.migrations.isolation import permit, setting
from storage.tenant_scope import TENANT

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("takes", sa.Column("asked_by", sa.String(length=40), nullable=True))
    permit("organisations", "organisations_in_test_mode", f"test_of = {setting(TENANT)}", to="SELECT")
