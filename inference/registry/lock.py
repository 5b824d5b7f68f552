"""The lock beside pulled weights: which bytes they are, from which commit. What is verified, and what receipts name."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference.catalogue import LOCK_NAME, folder_of_model

_CHUNK_BYTES = 8 << 20
VERSION = 1


class NotPulled(LookupError):
    """The weights are not here, or not all of them; the message says how to get them."""


@dataclass(frozen=True)
class LockedFile:
    """One file's bytes. `sha256` was computed here, after they were compared with what the hub announced."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Lock:
    """Everything that was pulled for one model. `commit` is None where the weights came from a local folder."""

    name: str
    repository: str
    commit: str | None
    files: dict[str, LockedFile]

    @property
    def weights(self) -> dict[str, str]:
        """file → SHA-256 of everything that decides the result."""
        return {name: file.sha256 for name, file in self.files.items() if not name.endswith((".md", "LICENSE"))}


def write_lock(folder: Path, lock: Lock) -> None:
    """Last of all: a folder without it is not pulled."""
    words = {"version": VERSION} | asdict(lock)
    (folder / LOCK_NAME).write_text(json.dumps(words, indent=1, sort_keys=True) + "\n")


def read_lock(models_dir: Path, name: str) -> Lock:
    """Raises NotPulled."""
    path = folder_of_model(models_dir, name) / LOCK_NAME
    try:
        words: dict[str, Any] = json.loads(path.read_text())
        files = {file: LockedFile(**facts) for file, facts in words["files"].items()}
        lock = Lock(words["name"], words["repository"], words["commit"], files)
    except FileNotFoundError as error:
        raise NotPulled(f"{name} is not installed: dramatis models pull {name}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotPulled(f"{path} cannot be read: dramatis models pull {name} writes it again") from error
    return lock


def damaged_files(models_dir: Path, lock: Lock, report: Callable[[str], None] = lambda _: None) -> list[str]:
    """Files that are missing or not the bytes that were locked. Reads every byte."""
    folder = folder_of_model(models_dir, lock.name)
    damaged = []
    for name, file in lock.files.items():
        report(f"verifying {name}")
        path = folder / name
        if not path.is_file() or path.stat().st_size != file.size_bytes or hash_sha256(path) != file.sha256:
            damaged.append(name)
    return damaged


def remove_pulled(models_dir: Path, name: str) -> int:
    """Take the weights off the disk; returns the bytes that were freed. Raises NotPulled."""
    lock = read_lock(models_dir, name)
    folder = folder_of_model(models_dir, name)
    (folder / LOCK_NAME).unlink()  # first: what is half removed is not installed
    shutil.rmtree(folder)
    return sum(file.size_bytes for file in lock.files.values())


def hash_sha256(path: Path) -> str:
    """Of a file's bytes, lowercase hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def hash_git_blob(path: Path) -> str:
    """SHA-1 as git names a file's content: what the hub announces for files outside its large file storage."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
