"""A key is looked up by its hash in one round trip: the row that row level security shows and the query for it."""

from __future__ import annotations

from alembic import op

from storage.tenant_scope import SECRET

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FUNCTION = f"""
CREATE FUNCTION key_by_secret(sha256 text) RETURNS SETOF api_keys LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('{SECRET}', sha256, true);
    RETURN QUERY SELECT * FROM api_keys WHERE key_sha256 = sha256;
END
$$
"""  # noqa: S608 (constants)


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(FUNCTION)
