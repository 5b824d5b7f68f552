"""One moment of a database, with what it says about objects, by the database's own means; and back again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from storage.backup.kept_objects import KeptObject, kept_objects
from storage.unit import sync_url

SQLITE_FILE, POSTGRES_FILE = "database.sqlite", "database.dump"


class BackupRefused(Exception):
    """A backup cannot be made or put back; the message says why, and nothing was changed."""


def save_rows(url: str, folder: Path) -> tuple[str, list[KeptObject]]:
    """Write the database's file into `folder`: returns its name and the objects of the same moment.

    `url`: on PostgreSQL of a role that sees every row. Servers may work meanwhile. Raises BackupRefused.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return SQLITE_FILE, _save_sqlite(url, folder / SQLITE_FILE)
    return POSTGRES_FILE, _save_postgres(url, folder / POSTGRES_FILE)


def load_rows(url: str, file: Path) -> None:
    """Put a saved file back where there is nothing yet: no SQLite file, or a database without tables of ours.

    `url`: on PostgreSQL of a role that may make what belongs to others. Raises BackupRefused.
    """
    sqlite = make_url(url).get_backend_name() == "sqlite"
    if sqlite != (file.name == SQLITE_FILE):
        raise BackupRefused(f"{file.name} is not a backup of the kind of database that {_words(make_url(url))} is")
    if sqlite:
        target = Path(make_url(url).database or "")
        if target.exists():
            raise BackupRefused(f"{target} is there already: restore into an empty data folder")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(file, target)
        target.chmod(0o600)
        return
    with create_engine(sync_url(url), poolclass=NullPool).connect() as connection:
        if inspect(connection).has_table("alembic_version"):
            raise BackupRefused(f"{_words(make_url(url))} has tables already: restore into an empty database")
    _run_postgres(["pg_restore", "--exit-on-error", "--single-transaction", "--dbname", _database(url), str(file)], url)


def revision_of(url: str) -> str:
    """The schema's revision. Raises BackupRefused where there is none."""
    with create_engine(sync_url(url), poolclass=NullPool).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise BackupRefused(f"{_words(make_url(url))} holds no studio")
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def objects_of(url: str) -> list[KeptObject]:
    """What the rows as they stand say about objects. Raises BackupRefused."""
    revision_of(url)
    with create_engine(sync_url(url), poolclass=NullPool).connect() as connection:
        _require_every_row(connection)
        return kept_objects(connection)


def _save_sqlite(url: str, target: Path) -> list[KeptObject]:
    path = Path(make_url(url).database or "")
    if not path.is_file():
        raise BackupRefused(f"{path} is not there: is this the data folder of a studio?")
    source, copy = sqlite3.connect(f"file:{path}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        source.backup(copy)  # of one moment, whoever writes beside it
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
    finally:
        copy.close()
        source.close()
    target.chmod(0o600)
    return objects_of(f"sqlite:///{target}")


def _save_postgres(url: str, target: Path) -> list[KeptObject]:
    """pg_dump and the list of objects look at one exported snapshot."""
    revision_of(url)
    with create_engine(sync_url(url), poolclass=NullPool, isolation_level="REPEATABLE READ").connect() as connection:
        _require_every_row(connection)
        snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        kept = kept_objects(connection)
        target.touch(mode=0o600)
        options = ["--format", "custom", "--snapshot", snapshot, "--file", str(target)]
        _run_postgres(["pg_dump", *options, _database(url)], url)
    return kept


def _require_every_row(connection: Connection) -> None:
    """Behind row level security a dump would be empty, or end in an error that names a table."""
    if connection.dialect.name != "postgresql":
        return
    exempt = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    if not connection.execute(exempt).scalar_one():
        role = make_url(str(connection.engine.url)).username
        raise BackupRefused(
            f"the role {role} does not see every tenant's rows: "
            "set DRAMATIS_DATABASE_ADMIN_URL to a role with BYPASSRLS (docs/deploy.md)"
        )


def _run_postgres(command: list[str], url: str) -> None:
    """One of PostgreSQL's own programs; what it is to know stands in its environment, not in the list of processes."""
    parsed = make_url(url)
    known: dict[str, object] = {"PGHOST": parsed.host, "PGPORT": parsed.port}
    known |= {"PGUSER": parsed.username, "PGPASSWORD": parsed.password}
    known |= {f"PG{name.upper()}": value for name, value in parsed.query.items() if name.startswith("ssl")}
    environment = os.environ | {name: str(value) for name, value in known.items() if value is not None}
    program = shutil.which(command[0]) or _newest_installed(command[0])
    if program is None:
        raise BackupRefused(
            f"{command[0]} is missing: apt-get install postgresql-client, of the server's version or newer"
        )
    done = subprocess.run([program, *command[1:]], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise BackupRefused(f"{command[0]} ended with {done.returncode}: {last}")


def _newest_installed(program: str) -> str | None:
    """Where Debian puts them, a folder a version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else None


def _database(url: str) -> str:
    return make_url(url).database or ""


def _words(url: URL) -> str:
    return url.render_as_string(hide_password=True)
