"""What Alembic runs: our tables on the connection that `storage.migrate` hands over (or on `sqlalchemy.url`)."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine

from storage.tables import Table


def ours_only(_: object, name: str | None, type_: str, reflected: bool, _compare_to: object) -> bool:
    """DBOS keeps its tables in the same database: whatever our metadata does not know is left alone."""
    return type_ != "table" or not reflected or name in Table.metadata.tables


def run(connection: Connection) -> None:
    options: dict[str, Any] = {"include_object": ours_only, "render_as_batch": connection.dialect.name == "sqlite"}
    context.configure(connection=connection, target_metadata=Table.metadata, **options)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None, "give a connection or sqlalchemy.url"  # noqa: S101 (a programmer's error)
    with create_engine(url).connect() as opened:
        run(opened)
