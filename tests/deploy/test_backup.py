"""What a backup holds comes back whole, on both databases; a damaged one is refused before anything is touched."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from frontend.api_client import Refused, StudioClient
from storage.seaweed import SeaweedServer
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member, take_body
from tests.faults.server import Server
from tests.postgres import SUPERUSER, PostgresCluster, owner_of


@dataclass(frozen=True)
class Place:
    """Where a studio lives: a data folder, and the variables that name its database and bucket."""

    data: Path
    settings: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "studio.cli", *words, "--data", str(self.data)]
        return subprocess.run(command, env=os.environ | self.settings, capture_output=True, text=True)

    def server(self) -> Server:
        return Server(self.data, DRAMATIS_ENGINE_MODULE="tests.inference.panning", **self.settings)


@dataclass(frozen=True)
class Places:
    """The studio that is lost, the empty place that it comes back to, and another one, with a bucket of its own."""

    old: Place
    new: Place
    empty: Place


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    if request.param == "sqlite":
        yield Places(*(Place(tmp_path / name, {}) for name in ("old", "new", "empty")))
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    store: SeaweedServer = request.getfixturevalue("seaweed")
    names = [f"backup_{secrets.token_hex(6)}" for _ in range(3)]
    yield Places(*(Place(tmp_path / name, variables(cluster, store, name)) for name in names))
    for name in names:
        cluster.drop(name)


def variables(cluster: PostgresCluster, store: SeaweedServer, name: str, template: str = "template1") -> dict[str, str]:
    url = cluster.create(name, template)
    return {
        "DRAMATIS_DATABASE_URL": url,
        "DRAMATIS_DATABASE_OWNER_URL": owner_of(url),
        "DRAMATIS_DATABASE_ADMIN_URL": cluster.url(name, SUPERUSER),
        "DRAMATIS_S3_ENDPOINT": store.address.endpoint,
        "DRAMATIS_S3_ACCESS_KEY": store.address.access_key,
        "DRAMATIS_S3_SECRET_KEY": store.address.secret_key,
        "DRAMATIS_S3_BUCKET": name.replace("_", "-"),
    }


def rendered_take(server: Server, seed: int) -> str:
    """The id of a take of the shipped example, once it has ended well."""
    shot = plan_shot(
        references=[], characters=[], consent=None, prompt=None, model="previs", seconds=0.5, size="256x256", seed=seed
    )
    with StudioClient(server.url, server.api_key) as studio:
        cast = {member.name: enrol_member(studio, member) for member in shot.cast}
        take_id = str(studio.submit(take_body(shot, cast))["id"])
        for _ in studio.follow(take_id):
            pass
        assert studio.take(take_id)["state"] == "SUCCEEDED"
    return take_id


def clip_of(server: Server, take_id: str, target: Path) -> bytes:
    with StudioClient(server.url, server.api_key) as studio:
        studio.download(take_id, target)
    return target.read_bytes()


def check_that_damage_is_refused(new: Place, backup: Path) -> None:
    """Before anything is touched; the backup is as it was afterwards."""
    damaged = max((path for path in (backup / "objects").rglob("*") if path.is_file()), key=lambda path: path.name)
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refused = new.run("restore", str(backup))
    assert (refused.returncode, damaged.name in refused.stderr) == (1, True)
    assert not new.data.exists()
    damaged.write_bytes(whole)


def check_that_loss_is_named(empty: Place, listed: Path) -> None:
    """Where the objects that a backup without them lists lie nowhere."""
    put_back = empty.run("restore", str(listed))
    names = [json.loads(line)["key"] for line in (listed / "objects.jsonl").read_text().splitlines()]
    assert names
    assert put_back.returncode == 1
    assert all(f"{name}: missing" in put_back.stderr for name in names)


def test_what_was_there_comes_back_and_goes_on(places: Places, tmp_path: Path) -> None:
    old, backup, listed = places.old.server(), tmp_path / "backup", tmp_path / "listed"
    old.start()
    kept = rendered_take(old, 1)
    clip = clip_of(old, kept, tmp_path / "before.mp4")
    made = places.old.run("backup", str(backup))  # while it serves
    assert made.returncode == 0, made.stderr
    later = rendered_take(old, 2)
    old.stop()
    assert places.old.run("backup", str(listed), "--no-objects").returncode == 0  # while nothing serves
    check_that_damage_is_refused(places.new, backup)
    check_that_loss_is_named(places.empty, listed)

    put_back = places.new.run("restore", str(backup))
    assert put_back.returncode == 0, put_back.stderr
    new = places.new.server()
    new.start()
    assert new.api_key == old.api_key
    assert clip_of(new, kept, tmp_path / "after.mp4") == clip
    with StudioClient(new.url, new.api_key) as studio, pytest.raises(Refused) as refusal:
        studio.take(later)  # after the backup's moment
    assert refusal.value.status == 404
    rendered_take(new, 3)
    assert places.new.run("objects", "verify").returncode == 0  # beside the server
    new.stop()
    again = places.new.run("restore", str(backup))
    assert (again.returncode, "already" in again.stderr) == (1, True)


def test_a_role_behind_row_security_makes_no_backup(
    postgres: PostgresCluster, seaweed: SeaweedServer, migrated_postgres: str, tmp_path: Path
) -> None:
    name = f"backup_{secrets.token_hex(6)}"
    settings = variables(postgres, seaweed, name, template=migrated_postgres)
    place = Place(tmp_path / "data", {key: value for key, value in settings.items() if "ADMIN" not in key})
    refused = place.run("backup", str(tmp_path / "backup"))
    postgres.drop(name)
    assert (refused.returncode, "BYPASSRLS" in refused.stderr) == (1, True)
    assert not (tmp_path / "backup").exists()
