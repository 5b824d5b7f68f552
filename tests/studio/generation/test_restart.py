"""A studio that stops amid its work, and goes on with it at the next start; a store that dies; a disk that is full."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from storage.queries.takes import list_attempts
from studio.embedded import folder as data_folder
from studio.embedded.folder import FolderFull, FolderInUse, check_room, locked_folder
from tests.postgres import PostgresCluster
from tests.studio.generation.conftest import open_studio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """A file whose being there says that the first studio has stopped: until then its take cannot end."""
    return tmp_path / "stopped"


async def test_takes_that_a_stop_interrupts_are_finished_after_the_next_start(folder: Path, stopped: Path) -> None:
    async with open_studio(folder) as before:
        running = await before.submit(f"until {stopped}")
        waiting = await before.submit()
        await before.until_denoising(running["id"])
    stopped.touch()
    async with open_studio(folder) as after:
        takes = [await after.until(take["id"]) for take in (running, waiting)]
        assert [(take["state"], take["attempt"]) for take in takes] == [("SUCCEEDED", 2), ("SUCCEEDED", 1)]
        async with after.database.read(org_id=after.org_id) as session:
            attempts = await list_attempts(session, org_id=after.org_id, take_id=running["id"])
        assert [attempt.state for attempt in attempts] == ["ABANDONED", "SUCCEEDED"]
        types = [event.type for event in await after.events(running["id"])]
        assert types.count("take.started") == 2
        assert types.count("take.succeeded") == 1


async def test_a_take_whose_workflow_broke_is_adopted_at_the_next_start(folder: Path, stopped: Path) -> None:
    async with open_studio(folder) as before:
        running = await before.submit(f"until {stopped}")
        await before.until_denoising(running["id"])
    stopped.touch()
    with sqlite3.connect(folder / "dramatis.sqlite") as rows:
        rows.execute("UPDATE workflow_status SET status = 'ERROR' WHERE workflow_uuid = ?", (running["id"],))
    async with open_studio(folder) as after:
        assert (await after.until(running["id"]))["state"] == "SUCCEEDED"


async def test_the_same_on_postgresql_and_a_submit_forty_times_over_is_one_take(
    folder: Path, stopped: Path, postgres: PostgresCluster
) -> None:
    url = postgres.create("studio")
    async with open_studio(folder, url) as before:
        running = await before.submit(f"until {stopped}")
        await before.until_denoising(running["id"])
        headers = {"Idempotency-Key": "once"}
        posts = (before.http.post("/v1/takes", json=before.body(), headers=headers) for _ in range(40))
        replies = await asyncio.gather(*posts)
        assert {reply.status_code for reply in replies} == {201}
        assert len({reply.json()["id"] for reply in replies}) == 1
    stopped.touch()
    async with open_studio(folder, url) as after:
        for take_id in (running["id"], replies[0].json()["id"]):
            take = await after.until(take_id)
            assert take["state"] == "SUCCEEDED", take["failure"]
        assert len((await after.http.get("/v1/takes")).json()["data"]) == 2


async def test_a_store_that_dies_is_started_again_and_work_goes_on(folder: Path) -> None:
    async with open_studio(folder) as studio:
        pid = int((folder / "objects" / "weed.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while int((folder / "objects" / "weed.pid").read_text()) == pid and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        take = await studio.submit()
        assert (await studio.until(take["id"]))["state"] == "SUCCEEDED"


def test_a_full_disk_is_told_with_what_is_free(tmp_path: Path) -> None:
    check_room(tmp_path)
    with pytest.raises(FolderFull, match="MiB are free"):
        check_room(tmp_path, floor_bytes=2**62)


def test_a_folder_is_locked_once(tmp_path: Path) -> None:
    with locked_folder(tmp_path), pytest.raises(FolderInUse, match=str(os.getpid())), locked_folder(tmp_path):
        pass
    with locked_folder(tmp_path):
        assert (tmp_path / data_folder.LOCK_NAME).exists()
