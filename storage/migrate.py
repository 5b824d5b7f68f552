"""Bring a database to the schema of this installation, at start, on both databases.

An older SQLite file is copied aside first. A database that a newer installation has touched is refused: going back
means restoring the copy, so migrations only go forward.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from dbos._migration import should_migrate
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from storage.unit import sync_url

_LOCK = 7_264_731_002  # any constant: two servers that start at once migrate one after the other
_NOT_ALLOWED = "42501"  # PostgreSQL's insufficient_privilege
CONNECT_WITHIN_S = 5


class SchemaIsNewer(Exception):
    """The database was written by a newer version of dramatis: install that version, or restore a backup."""


class SchemaIsOlder(Exception):
    """The database was not brought up to date yet: run `dramatis migrate`."""


def check_schema(url: str) -> None:
    """Raises SchemaIsOlder or SchemaIsNewer where the database has another schema than this version's; synchronous."""
    with _reached(url).connect() as connection:
        current = _readable_revision(connection)
    if _newest_revision(_config(), current) != current:
        raise SchemaIsOlder(f"the database is at revision {current or 'none'}: run `dramatis migrate` first")


def check_durable(url: str) -> None:
    """Raises SchemaIsOlder while DBOS's own tables are not there or behind, on PostgreSQL; synchronous.

    Ours are brought up to date first, and a role that starts in between would read tables that do not exist yet.
    """
    if not url.startswith("sqlite") and should_migrate(_reached(url), "dbos", use_listen_notify=True):
        raise SchemaIsOlder("the durable engine's tables are not up to date: run `dramatis migrate` first")


def migrate(url: str, *, backups: Path, owner_url: str | None = None) -> None:
    """Upgrade to the newest revision; synchronous, so call it in a thread or before the server starts.

    `owner_url`: the same PostgreSQL database as the role that owns the tables; the role of `url` is then given what the
    studio needs, and no more. Raises SchemaIsNewer, and what the driver raises when the database cannot be reached.
    """
    engine = create_engine(sync_url(owner_url or url), poolclass=NullPool)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        before = _current_revision(connection)
        newest = _newest_revision(config, before)
        if before != newest:
            if before is not None and connection.dialect.name == "sqlite":
                _back_up(url, before, backups)
            command.upgrade(config, "head")
        if owner_url is not None:
            _grant(connection, make_url(url).username or "")
        connection.commit()


def _reached(url: str) -> Engine:
    """For a look: a server that does not answer is given up soon."""
    options = {} if url.startswith("sqlite") else {"connect_timeout": CONNECT_WITHIN_S}
    return create_engine(sync_url(url), poolclass=NullPool, connect_args=options)


def _readable_revision(connection: Connection) -> str | None:
    """Raises SchemaIsOlder where the role may not look yet: the first migration makes tables, and then opens them."""
    try:
        return _current_revision(connection)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        raise SchemaIsOlder(
            "the database's tables are not open to this role: run `dramatis migrate` with DRAMATIS_DATABASE_OWNER_URL"
        ) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _grant(connection: Connection, role: str) -> None:
    """Rows and nothing else for `role`; a schema of its own for the durable engine, which looks after it itself."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    for words in (
        f"CONNECT, CREATE ON DATABASE {quote(connection.engine.url.database or '')}",
        "USAGE ON SCHEMA public",
        "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
    ):
        connection.execute(text(f"GRANT {words} TO {quote(role)}"))
    connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quote(role)}"))
    connection.execute(text(f"REVOKE UPDATE, DELETE ON audit_log FROM {quote(role)}"))


def _current_revision(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def _newest_revision(config: Config, current: str | None) -> str | None:
    scripts = ScriptDirectory.from_config(config)
    if current is not None:
        try:
            scripts.get_revision(current)
        except CommandError as unknown:
            raise SchemaIsNewer(
                f"The database is at revision {current}, which this version of dramatis does not know: a newer version "
                "has used it. Install that version, or restore a backup from the data folder."
            ) from unknown
    return scripts.get_current_head()


def _back_up(url: str, revision: str, backups: Path) -> Path:
    """Copy an SQLite file while others may read it (SQLite's own backup, not a file copy)."""
    backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    target = backups / f"dramatis-{revision}-{stamp}.sqlite"
    source_path = make_url(url).database
    assert source_path is not None  # noqa: S101 (an SQLite URL that had a revision names a file)
    source, copy = sqlite3.connect(source_path), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    target.chmod(0o600)
    return target
