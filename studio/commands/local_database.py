"""The database of a data folder, opened by a command; a server may run meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from storage.migrate import migrate
from storage.unit import Database
from studio.auth.local_key import LocalKey, ensure_local_key
from studio.commands.setting_options import settings_for


@asynccontextmanager
async def local_database(data: Path | None) -> AsyncIterator[tuple[Database, LocalKey]]:
    """The folder's database, made if it is new, and the folder's own organisation."""
    settings = settings_for(data)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    await asyncio.to_thread(
        migrate, settings.database, backups=settings.data_dir / "backups", owner_url=settings.database_owner
    )
    database = Database(settings.database)
    try:
        yield database, await ensure_local_key(database, settings.data_dir)
    finally:
        await database.close()


@asynccontextmanager
async def local_unit(data: Path | None) -> AsyncIterator[tuple[AsyncSession, LocalKey]]:
    """A write unit of the folder's own organisation."""
    async with local_database(data) as (database, local), database.write(org_id=local.org_id) as session:
        yield session, local
