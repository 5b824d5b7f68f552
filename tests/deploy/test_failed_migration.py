"""A migration that fails half way leaves the former schema, on which everybody goes on."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

import storage.migrate
from storage.backup.rows import revision_of
from storage.migrate import migrate
from tests.postgres import SUPERUSER, PostgresCluster, owner_of

BROKEN = '''
"""Adds a table, and then what cannot be added."""
from alembic import op
revision, down_revision, branch_labels, depends_on = "broken", {head!r}, None, None
def upgrade() -> None:
    op.execute("CREATE TABLE half_way (id text)")
    op.execute("ALTER TABLE takes ADD COLUMN org_id text")
'''


def test_a_migration_that_fails_leaves_the_former_schema(
    postgres: PostgresCluster, migrated_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"broken_{secrets.token_hex(6)}"
    url = postgres.create(name, migrated_postgres)
    seen = postgres.url(name, SUPERUSER)
    before = revision_of(seen)
    own = Path(storage.migrate.__file__).parent
    shutil.copytree(own / "migrations", tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "9999_broken.py").write_text(BROKEN.format(head=before))
    with monkeypatch.context() as patched:
        patched.setattr(storage.migrate, "__file__", str(tmp_path / "migrate.py"))
        with pytest.raises(Exception, match="already exists"):
            migrate(url, backups=tmp_path, owner_url=owner_of(url))
    with create_engine(seen).connect() as connection:
        assert not inspect(connection).has_table("half_way")
    assert revision_of(seen) == before
    migrate(url, backups=tmp_path, owner_url=owner_of(url))  # the former version, which goes on
    postgres.drop(name)
