"""Row level security on every tenant's table."""

from __future__ import annotations

from storage.migrations.isolation import isolate, permit, setting
from storage.tenant_scope import ON, SECRET, SWEEP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    isolate("organisations", by="id")
    permit("organisations", "organisations_for_sweeps", f"{setting(SWEEP)} = '{ON}'", to="SELECT")
    isolate("api_keys")
    permit("api_keys", "api_keys_by_secret", f"key_sha256 = {setting(SECRET)}", to="SELECT")
    isolate(
        "assets",
        "attempts",
        "character_references",
        "characters",
        "consents",
        "deletions",
        "events",
        "idempotency_keys",
        "take_characters",
        "takes",
        "videos",
    )
