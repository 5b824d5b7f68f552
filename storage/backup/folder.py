"""A backup's folder: complete from the moment that it has its name, and checked whole before anything is put back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.backup.objects import SavedObject, read_manifest, sha256_of
from storage.backup.rows import BackupRefused

FACTS, MANIFEST, OBJECTS, FILES = "backup.json", "objects.jsonl", "objects", "files"
_FORMAT = 1


@dataclass(frozen=True)
class BackupFacts:
    """What backup.json says. `files`: SHA-256 of every file but the objects, whose hashes are in objects.jsonl."""

    format: int
    made_at: str
    software: str
    revision: str
    database: str
    objects_kept: bool
    files: dict[str, str]


@contextmanager
def new_backup(folder: Path) -> Iterator[Path]:
    """A folder to fill, beside `folder`, which it becomes at the end and not before. Raises BackupRefused."""
    if folder.exists():
        raise BackupRefused(f"{folder} is there already: every backup gets a folder of its own")
    staging = folder.with_name(f".{folder.name}.partial-{os.getpid()}")
    staging.mkdir(parents=True, mode=0o700)
    try:
        yield staging
        staging.replace(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_facts(folder: Path, *, software: str, revision: str, database: str, objects_kept: bool) -> None:
    """The last file of a backup."""
    named = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _is_object(path, folder)]
    files = {path.relative_to(folder).as_posix(): sha256_of(path) for path in named}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    facts = BackupFacts(_FORMAT, made_at, software, revision, database, objects_kept, files)
    (folder / FACTS).write_text(json.dumps(asdict(facts), indent=1, sort_keys=True) + "\n")


def read_backup(folder: Path) -> tuple[BackupFacts, list[SavedObject]]:
    """What a backup holds, after every byte of it was compared with its hash. Raises BackupRefused."""
    try:
        facts = BackupFacts(**json.loads((folder / FACTS).read_text()))
    except FileNotFoundError as error:
        raise BackupRefused(f"{folder} is no backup: it has no {FACTS}") from error
    except (ValueError, TypeError) as error:
        raise BackupRefused(f"{folder / FACTS} cannot be read: {error}") from error
    if facts.format != _FORMAT:
        raise BackupRefused(f"{folder} has format {facts.format}, and this version reads {_FORMAT}")
    _compare(folder, facts.files)
    saved = read_manifest(folder / MANIFEST)
    if facts.objects_kept:
        _compare(folder, {f"{OBJECTS}/{one.key}": one.sha256 for one in saved if one.found == "whole"})
    return facts, saved


def _compare(folder: Path, hashes: dict[str, str]) -> None:
    damaged = [name for name, sha256 in hashes.items() if not _is_whole(folder, name, sha256)]
    if damaged:
        more = f" and {len(damaged) - 3} more" if len(damaged) > 3 else ""
        raise BackupRefused(f"{folder} is damaged: {', '.join(damaged[:3])}{more}; nothing was restored")


def _is_whole(folder: Path, name: str, sha256: str) -> bool:
    path = folder / name
    return path.resolve().is_relative_to(folder.resolve()) and path.is_file() and sha256_of(path) == sha256


def _is_object(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder / OBJECTS)
