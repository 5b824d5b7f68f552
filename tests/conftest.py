"""Real databases and a real object store for every test that wants one.

A test that takes `database` runs on SQLite and on PostgreSQL. Where a component is missing its tests are skipped by
name; with DRAMATIS_REQUIRE_ALL=1 they fail instead.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from storage.migrate import migrate
from storage.objects import Objects
from storage.seaweed import SeaweedServer
from storage.unit import Database

APP_ROLE = "dramatis_app"
OWNER_ROLE = "dramatis_owner"


def skip_or_fail(reason: str) -> NoReturn:
    """A component is missing: skip by name, or fail where everything must run."""
    if os.environ.get("DRAMATIS_REQUIRE_ALL") == "1":
        pytest.fail(f"DRAMATIS_REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


@dataclass(frozen=True)
class PostgresCluster:
    """A cluster of this session. The studio connects as APP_ROLE, which owns nothing, is no superuser and cannot pass
    row security; migrations run as OWNER_ROLE."""

    port: int

    def url(self, name: str, role: str = APP_ROLE) -> str:
        return f"postgresql+psycopg://{role}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template1") -> str:
        """A new database owned by OWNER_ROLE; returns its URL for the studio."""
        self._run(f'CREATE DATABASE "{name}" OWNER {OWNER_ROLE} TEMPLATE "{template}"')
        if template != "template1":
            self._run(f'GRANT CONNECT, CREATE ON DATABASE "{name}" TO {APP_ROLE}')  # not copied with a template
        return self.url(name)

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def prepare(self) -> None:
        for role in (APP_ROLE, OWNER_ROLE):
            self._run(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")

    def _run(self, statement: str) -> None:
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names of our own, not a literal


def owner_of(url: str) -> str:
    """The same database as the role that owns its tables (SQLite: itself)."""
    return url.replace(f"//{APP_ROLE}@", f"//{OWNER_ROLE}@")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A PostgreSQL cluster in a temporary folder, stopped and removed at the end."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        skip_or_fail("PostgreSQL is not installed (apt-get install postgresql)")
    programs = found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="dramatis-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # it refuses root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    port = _free_port()
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=200"
    data, log = str(folder / "data"), str(folder / "log")

    def run(program: str, *arguments: str) -> None:
        subprocess.run([*as_user, str(programs / program), *arguments], check=True, cwd="/", stdout=subprocess.DEVNULL)

    run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
    run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    try:
        cluster = PostgresCluster(port)
        cluster.prepare()
        yield cluster
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    migrate(f"sqlite+aiosqlite:///{path}", backups=path.parent)
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with the newest schema, to be copied."""
    name = "dramatis_template"
    backups = tmp_path_factory.mktemp("backups")
    migrate(postgres.create(name), backups=backups, owner_url=postgres.url(name, OWNER_ROLE))
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


def _free_port() -> int:
    """A port below the ephemeral range, free now."""
    for _ in range(100):
        port = 10_000 + secrets.randbelow(2_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
