"""Regions of shared memory, which Triton's stubs leave behind when they are killed: who may remove them, and when.

Whoever keeps a server holds a lock on a file beside its regions, for as long as it lives. A lock that nobody holds says
that they are nobody's, also to a container that shares this memory and knows no process of the others.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (where the stubs keep their regions)


@contextlib.contextmanager
def claimed_prefix(folder: Path = SHARED_MEMORY) -> Iterator[str]:
    """With which one keeper's regions begin; they are removed at the end, and those of keepers that are gone before."""
    remove_abandoned(folder)
    prefix = f"dramatis{os.getpid()}x{secrets.token_hex(4)}_"
    lock = _lock_of(prefix, folder)
    with lock.open("x") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        try:
            yield prefix
        finally:
            remove_regions(prefix, folder)
            lock.unlink(missing_ok=True)


def remove_abandoned(folder: Path = SHARED_MEMORY) -> None:
    """What was left by keepers that were killed."""
    for lock in folder.glob(f"{_lock_of('dramatis*_', folder).name}"):
        with contextlib.suppress(OSError), lock.open() as found:  # somebody holds it, or has just removed it
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_regions(lock.name.removeprefix(".").removesuffix("lock"), folder)
            lock.unlink(missing_ok=True)


def remove_regions(prefix: str, folder: Path = SHARED_MEMORY) -> None:
    """Those that begin so."""
    for region in folder.glob(f"{prefix}*"):
        region.unlink(missing_ok=True)


def _lock_of(prefix: str, folder: Path) -> Path:
    """Hidden: it is none of the regions."""
    return folder / f".{prefix}lock"
