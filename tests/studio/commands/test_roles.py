"""Roles say what they need before they start, and `migrate` is what they wait for."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from storage.migrate import SchemaIsOlder, migrate
from storage.seaweed import SeaweedServer
from studio.queue.durable import migrate_durable
from studio.roles.requirements import check_schemas
from tests.postgres import PostgresCluster, owner_of


def dramatis(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio.cli", *words]
    return subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, timeout=120)


def examined(role: str, **settings: str) -> tuple[int, dict[str, Any]]:
    done = dramatis("doctor", "--role", role, "--json", **settings)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("role", ["api", "node", "sweeper"])
def test_what_is_missing_is_told_in_words(role: str, tmp_path: Path) -> None:
    done = dramatis(role, "--data", str(tmp_path))
    assert done.returncode != 0
    for word in ("DRAMATIS_DATABASE_URL", "DRAMATIS_S3_ENDPOINT", "docs/fleet.md"):
        assert word in done.stderr
    assert ("--serves" in done.stderr) == (role == "node")
    assert "Traceback" not in done.stderr.partition("DRAMATIS")[0]
    status, told = examined(role)
    assert (status, told["ok"]) == (1, False)


def test_the_doctor_follows_an_installation_as_it_is_set_up(
    postgres: PostgresCluster, seaweed: SeaweedServer, tmp_path: Path
) -> None:
    url, store = postgres.create("doctors"), seaweed.address
    settings = {
        "DRAMATIS_DATABASE_URL": url,
        "DRAMATIS_S3_ENDPOINT": store.endpoint,
        "DRAMATIS_S3_ACCESS_KEY": store.access_key,
        "DRAMATIS_S3_SECRET_KEY": store.secret_key,
        "DRAMATIS_S3_BUCKET": store.bucket,
    }
    status, told = examined("api", **settings)
    assert status == 1
    assert "dramatis migrate" in next(each["words"] for each in told["found"] if each["what"] == "schema")
    for _ in range(2):
        done = dramatis("migrate", "--data", str(tmp_path), DRAMATIS_DATABASE_OWNER_URL=owner_of(url), **settings)
        assert done.returncode == 0, done.stderr
    status, told = examined("api", **settings)
    assert status == 0, told
    assert "takes will wait" in next(each["words"] for each in told["found"] if each["what"] == "nodes")
    assert examined("node", DRAMATIS_NODE_SERVES='["previs"]', **settings)[0] == 0
    status, told = examined("node", DRAMATIS_NODE_SERVES='["unheard-of"]', **settings)
    assert status == 1
    assert "unheard-of" in told["found"][-1]["words"]


def test_a_role_waits_for_the_tables_of_the_durable_engine_too(postgres: PostgresCluster, tmp_path: Path) -> None:
    url = postgres.create("half")
    migrate(url, backups=tmp_path, owner_url=owner_of(url))
    with pytest.raises(SchemaIsOlder, match="durable engine"):
        check_schemas(url)
    migrate_durable(url)
    check_schemas(url)


def test_what_keeps_a_studio_from_starting_is_told_in_a_line(tmp_path: Path) -> None:
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('of another day')")
    url = f"sqlite+aiosqlite:///{newer}"
    done = dramatis("serve", "--data", str(tmp_path / "data"), "--port", "0", DRAMATIS_DATABASE_URL=url)
    assert done.returncode == 1, done.stderr
    assert "a newer version has used it" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
