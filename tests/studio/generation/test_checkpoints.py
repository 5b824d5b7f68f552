"""A node that dies amid a take: another one, with a folder of its own, goes on from the store with the same bits."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr

from inference.catalogue import PULLED
from storage.objects import Objects
from storage.queries.checkpoints import get_checkpoint
from storage.queries.events import list_events
from storage.queries.takes import get_take, list_attempts
from storage.seaweed import SeaweedServer
from storage.tables import Checkpoint, Take
from storage.unit import Database
from studio.generation import checkpoints
from studio.generation.checkpoints import checkpoints_prefix, clean_up_checkpoints
from tests.inference.pipelines.tiny import CARD
from tests.inference.small_pulled import NAME
from tests.inference.worker.test_pulled_model import pull_tiny
from tests.studio.generation.conftest import TERMINAL, Studio, open_studio

STEPS = 50
SHOT: dict[str, Any] = {
    "model": NAME, "tier": "exact", "size": "64x64", "seconds": 9 / 16, "fps": 16, "steps": STEPS, "seed": 5
}  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    (folder / "models").symlink_to(pull_tiny(tmp_path_factory))
    return folder


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PULLED, NAME, replace(CARD, name=NAME))


@asynccontextmanager
async def node(
    folder: Path, database_url: str, seaweed: SeaweedServer, cache: Path, checkpoint_every_s: float = 0
) -> AsyncIterator[Studio]:
    """One machine of several that share a database and a store."""
    address = seaweed.address
    store: dict[str, Any] = {
        "s3_endpoint": HttpUrl(address.endpoint),
        "s3_access_key": address.access_key,
        "s3_secret_key": SecretStr(address.secret_key),
        "s3_bucket": address.bucket,
    }
    more = {"cache_dir": cache, "checkpoint_every_s": checkpoint_every_s, "measure_speed": False, **store}
    async with open_studio(folder, database_url, module="tests.inference.small_pulled", **more) as studio:
        yield studio


async def until_kept(database: Database, org_id: str, take_id: str, done: int) -> Checkpoint:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        async with database.read(org_id=org_id) as session:
            row = await get_checkpoint(session, org_id=org_id, take_id=take_id)
        if row is not None and (row.done or 0) >= done:
            return row
        await asyncio.sleep(0.02)
    raise AssertionError("no checkpoint was kept")


async def until_over(database: Database, org_id: str, take_id: str) -> Take:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        async with database.read(org_id=org_id) as session:
            take = await get_take(session, org_id=org_id, take_id=take_id)
        assert take is not None
        if take.state in TERMINAL:
            return take
        await asyncio.sleep(0.05)
    raise AssertionError(f"the take is {take.state}")


async def test_a_take_goes_on_elsewhere_with_the_same_bits(
    tmp_path: Path, database_url: str, seaweed: SeaweedServer, objects: Objects, cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async with node(tmp_path / "one", database_url, seaweed, cache) as one:
        org_id, take_id = one.org_id, (await one.submit(**SHOT))["id"]
        kept = await until_kept(one.database, org_id, take_id, done=3)
        prefix = checkpoints_prefix(org_id, take_id)
        assert kept.object_key == f"{prefix}{kept.digest}/{kept.sha256}.safetensors"
        assert one.render_engine.pid is not None
        os.kill(one.render_engine.pid, signal.SIGKILL)
    async with node(tmp_path / "other", database_url, seaweed, cache) as other:
        assert not (tmp_path / "other" / "scratch" / "render-1" / "checkpoints").exists()
        take = await until_over(other.database, org_id, take_id)
        assert take.state == "SUCCEEDED", take.failure_message
        async with other.database.read(org_id=org_id) as session:
            attempts = await list_attempts(session, org_id=org_id, take_id=take_id)
            first = await first_step(other, org_id, take_id)
        assert len(attempts) >= 2
        assert first > 3, "it went on from the store"
        undisturbed = await other.until((await other.submit(**SHOT))["id"])
        assert undisturbed["state"] == "SUCCEEDED", undisturbed["failure"]
        assert take.receipt is not None
        for bits in ("latents_sha256", "media_sha256"):
            assert take.receipt[bits] == undisturbed["receipt"][bits]
        assert await objects.list_keys(prefix)
        monkeypatch.setattr(checkpoints, "LET_GO_WITHIN", timedelta(0))
        assert await clean_up_checkpoints(other.database, other.objects) == 2
        assert await objects.list_keys(prefix) == []
        async with other.database.read(org_id=org_id) as session:
            assert await get_checkpoint(session, org_id=org_id, take_id=take_id) is None


async def test_a_studio_that_stops_lets_its_take_stop_after_a_step(
    tmp_path: Path, migrated_sqlite: Path, seaweed: SeaweedServer, cache: Path
) -> None:
    """Without a checkpoint before, for it is a minute until the first: the last step's is what goes on elsewhere."""
    shared = tmp_path / "shared.sqlite"
    shutil.copy(migrated_sqlite, shared)
    url = f"sqlite+aiosqlite:///{shared}"
    async with node(tmp_path / "one", url, seaweed, cache, checkpoint_every_s=60) as one:
        org_id, take_id = one.org_id, (await one.submit(**SHOT))["id"]
        await one.until_denoising(take_id)
    async with node(tmp_path / "other", url, seaweed, cache, checkpoint_every_s=60) as other:
        take = await until_over(other.database, org_id, take_id)
        assert take.state == "SUCCEEDED", take.failure_message
        async with other.database.read(org_id=org_id) as session:
            events = await list_events(session, org_id=org_id, after=0, limit=10_000, take_id=take_id)
        (stopped,) = [event for event in events if event.type == "take.preempted"]
        assert await first_step(other, org_id, take_id) == stopped.payload["done"] + 1


async def first_step(studio: Studio, org_id: str, take_id: str) -> int:
    """Of the last attempt, as its events tell."""
    async with studio.database.read(org_id=org_id) as session:
        events = await list_events(session, org_id=org_id, after=0, limit=10_000, take_id=take_id)
    started = max(index for index, event in enumerate(events) if event.type == "take.started")
    return next(int(event.payload["done"]) for event in events[started:] if event.type == "take.step")
