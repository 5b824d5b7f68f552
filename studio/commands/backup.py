"""`dramatis backup` and `dramatis restore`: rows, objects and an installation's own files, out and back in."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from storage.backup.crossing import carry_over, crosses
from storage.backup.folder import FILES, MANIFEST, OBJECTS, BackupFacts, new_backup, read_backup, write_facts
from storage.backup.kept_objects import KeptObject
from storage.backup.objects import SavedObject, load_objects, save_objects, write_manifest
from storage.backup.rows import BackupRefused, load_rows, objects_of, revision_of, save_rows
from storage.migrate import SchemaIsNewer, migrate
from storage.objects import Objects, StoreError
from storage.seaweed import StoreUnavailable
from studio.commands.console import Meter, err, meter, out, refuse
from studio.commands.setting_options import settings_for
from studio.config import Settings
from studio.embedded.bucket import open_bucket_beside

OWN_FILES = ("local.json", "signer")  # of the data folder: without them another key and another signer are made
REFUSALS = (BackupRefused, SchemaIsNewer, StoreError, StoreUnavailable, OSError)


def back_up(data: Path | None, folder: Path, *, with_objects: bool) -> None:
    """Make a backup; servers may work meanwhile."""
    settings = settings_for(data)
    try:
        with meter() as shown, new_backup(folder) as staging:
            saved = asyncio.run(_save(settings, staging, shown, with_objects=with_objects))
    except REFUSALS as error:
        raise refuse(str(error)) from error
    absent = _tell_absent(saved)
    out.print(f"{folder}: {len(saved) - absent} objects and every row of one moment", markup=False)


def restore(data: Path | None, folder: Path) -> None:
    """Put a backup back into an empty data folder, or an empty database and its bucket; then compare every object."""
    settings = settings_for(data)
    try:
        with meter() as shown:
            shown.stage("comparing the backup with its hashes")
            facts, saved = read_backup(folder)
            asyncio.run(_load(settings, folder, facts, saved, shown))
            found = asyncio.run(_look(settings, objects_of(_every_row(settings)), shown))
    except REFUSALS as error:
        raise refuse(str(error)) from error
    lost = _tell_absent(found)
    out.print(f"restored as of {facts.made_at}: {len(found) - lost} of {len(found)} objects are whole", markup=False)
    if lost:
        raise refuse(f"{lost} objects that rows speak of are not there: the list is above")


def check_objects(data: Path | None) -> None:
    """Compare every object that rows speak of with its hash; exit 1 when one is missing or is other bytes."""
    settings = settings_for(data)
    try:
        with meter() as shown:
            found = asyncio.run(_look(settings, objects_of(_every_row(settings)), shown))
    except REFUSALS as error:
        raise refuse(str(error)) from error
    lost = _tell_absent(found)
    out.print(f"{len(found) - lost} of {len(found)} objects are whole", markup=False)
    if lost:
        raise refuse(f"{lost} objects that rows speak of are not there: the list is above")


async def _save(settings: Settings, staging: Path, shown: Meter, *, with_objects: bool) -> list[SavedObject]:
    shown.stage("saving rows")
    url = _every_row(settings)
    file, kept = await asyncio.to_thread(save_rows, url, staging)
    _save_own_files(settings.data_dir, staging / FILES)
    target = staging / OBJECTS if with_objects else None
    if target is not None:
        target.mkdir(mode=0o700)
    saved = await _look(settings, kept, shown, target)
    write_manifest(staging / MANIFEST, saved)
    revision = revision_of(f"sqlite:///{staging / file}" if file.endswith("sqlite") else url)
    software = f"dramatis {version('dramatis')}"
    write_facts(staging, software=software, revision=revision, database=file, objects_kept=with_objects)
    return saved


async def _load(
    settings: Settings, folder: Path, facts: BackupFacts, saved: Sequence[SavedObject], shown: Meter
) -> None:
    shown.stage("restoring rows")
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    await asyncio.to_thread(_load_rows, settings, folder / facts.database)
    if (folder / FILES).is_dir():
        shutil.copytree(folder / FILES, settings.data_dir, dirs_exist_ok=True)
    backups = settings.data_dir / "backups"
    await asyncio.to_thread(migrate, settings.database, backups=backups, owner_url=settings.database_owner)
    if facts.objects_kept:
        shown.stage("restoring objects")
        async with contextlib.AsyncExitStack() as stack:
            objects = await open_bucket_beside(settings, stack)
            await load_objects(objects, saved, folder / OBJECTS, shown.step)


def _load_rows(settings: Settings, file: Path) -> None:
    admin_url = _every_row(settings)
    if crosses(admin_url, file):
        carry_over(file, settings.database, admin_url=admin_url, owner_url=settings.database_owner)
    else:
        load_rows(admin_url, file)


async def _look(
    settings: Settings, kept: Sequence[KeptObject], shown: Meter, target: Path | None = None
) -> list[SavedObject]:
    shown.stage("reading objects")
    async with contextlib.AsyncExitStack() as stack:
        objects: Objects = await open_bucket_beside(settings, stack)
        return await save_objects(objects, kept, target, shown.step)


def _save_own_files(data_dir: Path, target: Path) -> None:
    for name in OWN_FILES:
        source = data_dir / name
        if source.is_dir():
            shutil.copytree(source, target / name)
        elif source.is_file():
            target.mkdir(mode=0o700, exist_ok=True)
            shutil.copy2(source, target / name)


def _every_row(settings: Settings) -> str:
    """The database's URL as the role that sees every tenant."""
    admin = settings.database_admin_url
    return admin.get_secret_value() if admin is not None else settings.database


def _tell_absent(found: Sequence[SavedObject]) -> int:
    absent = [one for one in found if one.found != "whole"]
    for one in absent:
        err.print(f"{one.key}: {one.found}", markup=False)
    return len(absent)
