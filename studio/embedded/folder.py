"""The data folder: one server at a time, and room enough to work in."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK_NAME = "studio.lock"
FREE_FLOOR_BYTES = 512 * 1024 * 1024


class FolderInUse(RuntimeError):
    """Another server works in this data folder."""


class FolderFull(RuntimeError):
    """The file system has less room than a studio needs."""


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold the data folder for the length of a `with`. Raises FolderInUse; the lock ends with this process."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / LOCK_NAME).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise FolderInUse(
                f"another studio (process {holder}) works in {folder}: stop it, or choose another folder with --data"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_room(folder: Path, floor_bytes: int = FREE_FLOOR_BYTES) -> None:
    """Raises FolderFull when the folder's file system has less than `floor_bytes` free."""
    free = shutil.disk_usage(folder).free
    if free < floor_bytes:
        raise FolderFull(
            f"only {free // 2**20} MiB are free where {folder} lies, and a studio needs {floor_bytes // 2**20} MiB: "
            "free some space and try again"
        )
