"""From SQLite to PostgreSQL: every row of a laptop's studio, table by table, into the database of a fleet."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, inspect, make_url, select, text
from sqlalchemy import Table as Rows
from sqlalchemy.exc import DataError, ProgrammingError
from sqlalchemy.pool import NullPool

from storage.backup.rows import SQLITE_FILE, BackupRefused
from storage.migrate import migrate
from storage.tables import Organisation, Table
from storage.unit import sync_url

_AT_ONCE = 1000
# A row may speak of a later one, and what a trigger watches over was watched over when it was written.
_SUSPEND_CHECKS = "SET LOCAL session_replication_role = replica"


def crosses(url: str, file: Path) -> bool:
    """Whether the saved file is SQLite's and the database is not."""
    return file.name == SQLITE_FILE and make_url(url).get_backend_name() == "postgresql"


def carry_over(file: Path, url: str, *, admin_url: str, owner_url: str | None) -> None:
    """Copy every row of the SQLite `file` into the PostgreSQL database, which holds none; all of them or none.

    The schema is made first, as `owner_url` and for the role of `url`; `admin_url`: of a superuser. What the durable
    engine noted stays behind: takes that had not ended are taken up anew. Raises BackupRefused.
    """
    _require_no_rows(admin_url)
    with tempfile.TemporaryDirectory(prefix="dramatis-crossing-") as scratch:
        newest = Path(scratch) / SQLITE_FILE
        shutil.copyfile(file, newest)
        migrate(f"sqlite:///{newest}", backups=Path(scratch))
        migrate(url, backups=Path(scratch), owner_url=owner_url)
        source = create_engine(f"sqlite:///{newest}", poolclass=NullPool)
        target = create_engine(sync_url(admin_url), poolclass=NullPool)
        with source.connect() as here, target.begin() as there:
            _suspend_checks(there)
            for rows in Table.metadata.sorted_tables:
                there.execute(rows.delete())  # what migrations put there
                _copy(rows, here, there)


def _require_no_rows(url: str) -> None:
    with create_engine(sync_url(url), poolclass=NullPool).connect() as connection:
        if not inspect(connection).has_table(Organisation.__tablename__):
            return
        if connection.execute(select(func.count()).select_from(Organisation)).scalar_one():
            where = make_url(url).render_as_string(hide_password=True)
            raise BackupRefused(f"{where} holds organisations already: restore into an empty database")


def _suspend_checks(connection: Connection) -> None:
    try:
        connection.execute(text(_SUSPEND_CHECKS))
    except ProgrammingError as error:
        role = connection.engine.url.username
        raise BackupRefused(
            f"the role {role} may not carry rows over from SQLite: "
            "set DRAMATIS_DATABASE_ADMIN_URL to a superuser (docs/deploy.md)"
        ) from error


def _copy(rows: Rows, here: Connection, there: Connection) -> None:
    found = here.execution_options(yield_per=_AT_ONCE).execute(select(rows)).mappings()
    for some in found.partitions(_AT_ONCE):
        try:
            there.execute(rows.insert(), [dict(row) for row in some])
        except DataError as error:
            raise BackupRefused(f"PostgreSQL does not take a row of {rows.name}: {error.orig}") from error
