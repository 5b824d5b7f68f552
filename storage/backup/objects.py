"""Objects out of a bucket and back into one, each compared with the hash that a row promises."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeVar

from storage.backup.kept_objects import KeptObject
from storage.objects import ObjectMissing, Objects

AT_ONCE = 8
Step = Callable[[int, int], None]
Found = Literal["whole", "missing", "other bytes"]
Item = TypeVar("Item")
Done = TypeVar("Done")


@dataclass(frozen=True)
class SavedObject:
    """A line of objects.jsonl: what a row promises, and whether the store kept it."""

    key: str
    sha256: str
    size_bytes: int
    content_type: str
    found: Found


def write_manifest(path: Path, saved: Sequence[SavedObject]) -> None:
    """One JSON object a line, in the order of keys."""
    path.write_text("".join(json.dumps(asdict(each), sort_keys=True) + "\n" for each in saved))


def read_manifest(path: Path) -> list[SavedObject]:
    """What `write_manifest` wrote."""
    return [SavedObject(**json.loads(line)) for line in path.read_text().splitlines()]


async def save_objects(
    objects: Objects, kept: Sequence[KeptObject], folder: Path | None, step: Step
) -> list[SavedObject]:
    """Read every object, compare its hash and, with `folder`, keep it there. Raises StoreError when the store fails.

    An object that is not there any more was erased since the rows' moment, or is lost.
    """

    async def save(one: KeptObject) -> SavedObject:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            fetched = Path(scratch) / "object"
            try:
                content_type = (await objects.stat(one.key)).content_type
                await objects.get_file(one.key, fetched)
            except ObjectMissing:
                return SavedObject(one.key, one.sha256, one.size_bytes, "", "missing")
            if await asyncio.to_thread(sha256_of, fetched) != one.sha256:
                return SavedObject(one.key, one.sha256, one.size_bytes, content_type, "other bytes")
            if folder is not None:
                target = folder / one.key
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                fetched.replace(target)
            return SavedObject(one.key, one.sha256, one.size_bytes, content_type, "whole")

    return await _side_by_side(save, kept, step)


async def load_objects(objects: Objects, saved: Sequence[SavedObject], folder: Path, step: Step) -> None:
    """Put every saved object into the bucket. Raises StoreError."""

    async def load(one: SavedObject) -> None:
        await objects.put_file(one.key, folder / one.key, content_type=one.content_type)

    await _side_by_side(load, [one for one in saved if one.found == "whole"], step)


def sha256_of(file: Path) -> str:
    """In hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


async def _side_by_side(work: Callable[[Item], Awaitable[Done]], items: Sequence[Item], step: Step) -> list[Done]:
    done: list[Done] = []
    for first in range(0, len(items), AT_ONCE):
        done += await asyncio.gather(*map(work, items[first : first + AT_ONCE]))
        step(len(done), len(items))
    return done
