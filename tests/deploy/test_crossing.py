"""A laptop's studio, on SQLite and its own store, goes on as it was on PostgreSQL and S3."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path

from sqlalchemy import create_engine, func, select
from sqlalchemy.pool import NullPool

from frontend.api_client import StudioClient
from storage.backup.rows import SQLITE_FILE
from storage.seaweed import SeaweedServer
from storage.tables import Organisation, Table
from storage.unit import sync_url
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member, take_body
from tests.deploy.test_backup import Place, clip_of, rendered_take, variables
from tests.faults.server import Server
from tests.postgres import APP_ROLE, PostgresCluster

WITHIN_S = 200.0
ADMIN = "DRAMATIS_DATABASE_ADMIN_URL"


def begun_take(server: Server, prompt: str) -> str:
    """The id of a take that renders."""
    shot = plan_shot(
        references=[], characters=[], consent=None, prompt=prompt, model="previs", seconds=0.5, size="256x256", seed=7
    )
    with StudioClient(server.url, server.api_key) as studio:
        cast = {member.name: enrol_member(studio, member) for member in shot.cast}
        take_id = str(studio.submit(take_body(shot, cast))["id"])
    wait_for(server, take_id, "RENDERING")
    return take_id


def wait_for(server: Server, take_id: str, state: str) -> None:
    until = time.monotonic() + WITHIN_S
    with StudioClient(server.url, server.api_key) as studio:
        while (told := studio.take(take_id))["state"] != state:
            assert time.monotonic() < until, told
            time.sleep(0.1)


def every_row(url: str) -> dict[str, list[str]]:
    """Of each table, in an order of their own."""
    with create_engine(sync_url(url), poolclass=NullPool).connect() as connection:
        found = {one.name: connection.execute(select(one)).all() for one in Table.metadata.sorted_tables}
    # PostgreSQL keeps the keys of a document in an order of its own
    return {
        name: sorted(json.dumps(list(row), default=str, sort_keys=True) for row in rows) for name, rows in found.items()
    }


def count_organisations(url: str) -> int:
    with create_engine(sync_url(url), poolclass=NullPool).connect() as connection:
        return int(connection.execute(select(func.count()).select_from(Organisation)).scalar_one())


def test_a_laptops_studio_goes_on_in_postgresql(
    postgres: PostgresCluster, seaweed: SeaweedServer, tmp_path: Path
) -> None:
    name, backup, may_end = f"crossing_{secrets.token_hex(6)}", tmp_path / "backup", tmp_path / "may-end"
    old, settings = Place(tmp_path / "old", {}), variables(postgres, seaweed, name)
    new, admin_url = Place(tmp_path / "new", settings), settings[ADMIN]
    laptop = old.server()
    laptop.start()
    kept = rendered_take(laptop, 1)
    clip = clip_of(laptop, kept, tmp_path / "before.mp4")
    begun = begun_take(laptop, f"until {may_end}")
    made = old.run("backup", str(backup))
    assert made.returncode == 0, made.stderr
    laptop.kill("api")

    modest = Place(tmp_path / "modest", settings | {ADMIN: postgres.url(name, APP_ROLE)})
    refused = modest.run("restore", str(backup))
    assert (refused.returncode, "superuser" in refused.stderr) == (1, True)
    assert count_organisations(admin_url) == 0
    crossed = new.run("restore", str(backup))
    assert crossed.returncode == 0, crossed.stderr
    assert every_row(admin_url) == every_row(f"sqlite:///{backup / SQLITE_FILE}")
    again = new.run("restore", str(backup))
    assert (again.returncode, "already" in again.stderr) == (1, True)

    fleet = new.server()
    fleet.start()
    assert fleet.api_key == laptop.api_key
    assert clip_of(fleet, kept, tmp_path / "after.mp4") == clip
    may_end.touch()
    wait_for(fleet, begun, "SUCCEEDED")
    rendered_take(fleet, 2)
    fleet.stop()
    postgres.drop(name)
