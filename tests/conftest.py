"""Real databases and a real object store for every test that wants one.

A test that takes `database` runs on SQLite and on PostgreSQL. Where a component is missing its tests are skipped by
name; with DRAMATIS_REQUIRE_ALL=1 they fail instead.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from inference.worker.child_process import let_waiting_threads_sleep
from storage.migrate import migrate
from storage.objects import Objects
from storage.seaweed import SeaweedServer
from storage.unit import Database
from studio.queue.durable import migrate_durable
from tests.postgres import OWNER_ROLE, PostgresCluster, PostgresMissing, running_cluster
from tests.side_by_side import pytest_collection_modifyitems, pytest_xdist_make_scheduler

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]  # pytest finds them here

os.environ.setdefault("DRAMATIS_MEASURE_SPEED", "false")  # a studio that starts in a test renders nothing unasked
let_waiting_threads_sleep()  # for tests that compute in this process: two run side by side on two cores


def skip_or_fail(reason: str) -> NoReturn:
    """A component is missing: skip by name, or fail where everything must run."""
    if os.environ.get("DRAMATIS_REQUIRE_ALL") == "1":
        pytest.fail(f"DRAMATIS_REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def node_path() -> str:
    """A PATH with the `node` and `npm` that the browser studio is built with."""
    script = '. scripts/environment.sh && ready_node >&2 && printf %s "$PATH"'
    found = subprocess.run(["bash", "-c", script], cwd=Path(__file__).parents[1], capture_output=True, text=True)
    if found.returncode != 0:
        skip_or_fail("there is no Node, and none could be fetched")
    return found.stdout


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A PostgreSQL cluster in a temporary folder, stopped and removed at the end."""
    try:
        with running_cluster() as cluster:
            yield cluster
    except PostgresMissing as missing:
        skip_or_fail(str(missing))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    url = f"sqlite+aiosqlite:///{path}"
    migrate(url, backups=path.parent)
    migrate_durable(url)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    name = "dramatis_template"
    backups = tmp_path_factory.mktemp("backups")
    migrate(postgres.create(name), backups=backups, owner_url=postgres.url(name, OWNER_ROLE))
    migrate_durable(postgres.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the newest schema, on each of the two databases."""
    if request.param == "sqlite":
        path = tmp_path / "dramatis.sqlite"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    name = f"test_{secrets.token_hex(6)}"
    yield cluster.create(name, request.getfixturevalue("migrated_postgres"))
    cluster.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database, on SQLite and on PostgreSQL."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def seaweed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SeaweedServer]:
    """The embedded object store, one for all tests."""
    server = await SeaweedServer.start(tmp_path_factory.mktemp("objects"))
    yield server
    await server.stop()


@pytest.fixture(scope="session")
async def objects(seaweed: SeaweedServer) -> AsyncIterator[Objects]:
    """Its bucket."""
    opened = Objects(seaweed.address)
    await opened.ensure_bucket()
    yield opened
    await opened.close()
