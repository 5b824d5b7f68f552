"""Counting afterwards, straight from the database file and the object store, not through the code that is judged."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from minio import Minio

LAST_EVENTS = ("take.succeeded", "take.failed", "take.cancelled", "take.consent_blocked", "take.quarantined")
ENDED = {"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}
FILES_OF_A_TAKE = 4


@dataclass
class Books:
    """What was found. `wrong` is empty when every promise held."""

    takes: int = 0
    states: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    wrong: list[str] = field(default_factory=list)


def unsettled(data: Path) -> int:
    """How many takes have not ended, and attempts not been cleaned up after."""
    with _open(data) as rows:
        ended = ", ".join(repr(state) for state in ENDED)
        (takes,) = rows.execute(f"SELECT count(*) FROM takes WHERE state NOT IN ({ended})").fetchone()  # noqa: S608
        (attempts,) = rows.execute("SELECT count(*) FROM attempts WHERE collected_at IS NULL").fetchone()
    return int(takes) + int(attempts)


def audit(data: Path, asked: dict[str, str]) -> Books:
    """Hold everything against the promise. `asked`: Idempotency-Key → the take that it was answered with."""
    books = Books()
    with _open(data) as rows:
        takes = {row["id"]: row for row in rows.execute("SELECT * FROM takes")}
        books.takes = len(takes)
        books.states = Counter(row["state"] for row in takes.values())
        (books.attempts,) = rows.execute("SELECT count(*) FROM attempts").fetchone()
        if set(asked.values()) != set(takes) or len(set(asked.values())) != len(asked):
            books.wrong.append(f"{len(asked)} submits became {len(takes)} takes")
        kept: dict[str, str] = {}
        for take in takes.values():
            kept |= _check_take(rows, take, books)
        (loose,) = rows.execute("SELECT count(*) FROM attempts WHERE state = 'RENDERING'").fetchone()
        if loose:
            books.wrong.append(f"{loose} attempts still count as rendering")
    _check_objects(data, kept, books)
    return books


def _check_take(rows: sqlite3.Connection, take: sqlite3.Row, books: Books) -> dict[str, str]:
    """Its one end and its files; returns object keys with the hashes that they must have."""
    name, state = take["id"], take["state"]
    if state not in ENDED:
        books.wrong.append(f"{name} is {state}")
    marks = ", ".join("?" * len(LAST_EVENTS))
    query = f"SELECT count(*) FROM events WHERE take_id = ? AND type IN ({marks})"  # noqa: S608 (question marks)
    (ends,) = rows.execute(query, (name, *LAST_EVENTS)).fetchone()
    if ends != 1:
        books.wrong.append(f"{name} told {ends} ends")
    columns = ("clip_asset_id", "thumbnail_asset_id", "sprite_asset_id", "motion_asset_id")
    files = [take[column] for column in columns if take[column] is not None]
    if len(files) != (FILES_OF_A_TAKE if state == "SUCCEEDED" else 0):
        books.wrong.append(f"{name} is {state} with {len(files)} files")
    found = [rows.execute("SELECT object_key, sha256 FROM assets WHERE id = ?", (file,)).fetchone() for file in files]
    return {row["object_key"]: row["sha256"] for row in found}


def _check_objects(data: Path, kept: dict[str, str], books: Books) -> None:
    """Exactly the files of the takes that succeeded lie in the store, and they are the bytes that were recorded."""
    store = open_store(data)
    lying = {
        str(each.object_name)
        for each in store.list_objects("dramatis", prefix="orgs/", recursive=True)
        if "/takes/" in str(each.object_name)
    }
    books.wrong += [f"orphan {key}" for key in sorted(lying - set(kept))]
    books.wrong += [f"missing {key}" for key in sorted(set(kept) - lying)]
    for key in sorted(lying & set(kept)):
        body = httpx.get(store.get_presigned_url("GET", "dramatis", key)).content
        if hashlib.sha256(body).hexdigest() != kept[key]:
            books.wrong.append(f"other bytes in {key}")


def open_store(data: Path) -> Minio:
    """The embedded store, by its own key."""
    key = json.loads((data / "objects" / "s3.json").read_text())["identities"][0]["credentials"][0]
    port = json.loads((data / "objects" / "ports.json").read_text())["s3"]
    address = f"127.0.0.1:{port}"
    return Minio(address, key["accessKey"], key["secretKey"], secure=False, region="us-east-1")


def _open(data: Path) -> sqlite3.Connection:
    rows = sqlite3.connect(f"file:{data / 'dramatis.sqlite'}?mode=ro", uri=True, timeout=30)
    rows.row_factory = sqlite3.Row
    return rows
