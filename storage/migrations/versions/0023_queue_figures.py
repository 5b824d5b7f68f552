"""Unfinished takes may be counted over all organisations: how full the queues are is nobody's secret, and one query
finds it out where one for each organisation would grow with their number."""

from __future__ import annotations

from storage.migrations.isolation import permit, setting
from storage.tenant_scope import FIGURES, ON

revision = "0023"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unfinished = "state IN ('QUEUED', 'RENDERING')"
    permit("takes", "takes_for_figures", f"{setting(FIGURES)} = '{ON}' AND {unfinished}", to="SELECT")
