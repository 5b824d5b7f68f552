"""`dramatis migrate`: the schema brought up to date, by itself, before other roles start."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from storage.migrate import SchemaIsNewer
from studio.commands.console import out, refuse
from studio.config import Settings
from studio.roles.serve import bring_up_to_date


def migrate_database(settings: Settings) -> None:
    """Ours and the durable engine's tables. Doing it again changes nothing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        bring_up_to_date(settings)
    except SchemaIsNewer as error:
        raise refuse(str(error)) from error
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise refuse(f"the database could not be migrated: {words}") from error
    out.print("the database is up to date", markup=False)
