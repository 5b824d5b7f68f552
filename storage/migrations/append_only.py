"""Tables whose rows are added and never changed, as migrations set them up: triggers hold it, on both databases.

Rows of a tenant go with it: once its organisation is marked as deleted, or gone, they may be deleted.
"""

from __future__ import annotations

from alembic import op

_STILL_THERE = "EXISTS (SELECT 1 FROM organisations WHERE id = OLD.org_id AND NOT deleted)"


def append_only(table: str, *, of_tenant: bool) -> None:
    """Refuse every UPDATE of the table's rows, and DELETE but of a tenant that goes."""
    guard(table, f"{table}_stays_as_it_is", "UPDATE")
    guard(table, f"{table}_stays", "DELETE", when=_STILL_THERE if of_tenant else "true")


def guard(table: str, name: str, command: str, *, when: str = "true") -> None:
    """Refuse the command on rows of the table while `when` is true of them (`OLD`, and of an UPDATE `NEW`)."""
    words = f"{table} is append-only: {command} is refused"
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {command} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION '{words}' USING ERRCODE = 'insufficient_privilege'; END IF; "
        f"IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {command} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
