"""A PostgreSQL cluster in a temporary folder, for tests and benches that want a real server."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

APP_ROLE = "dramatis_app"
OWNER_ROLE = "dramatis_owner"
SUPERUSER = "postgres"


class PostgresMissing(RuntimeError):
    """PostgreSQL is not installed here."""


@dataclass(frozen=True)
class PostgresCluster:
    """A cluster of this session. The studio connects as APP_ROLE, which owns nothing, is no superuser and cannot pass
    row security; migrations run as OWNER_ROLE."""

    port: int
    crash: Callable[[], None] = lambda: None
    """Signal 9 to every process of it at once, and a new start: what was committed is there."""

    def url(self, name: str, role: str = APP_ROLE) -> str:
        return f"postgresql+psycopg://{role}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template1") -> str:
        """A new database owned by OWNER_ROLE; returns its URL for the studio. Copied file by file: through the log of
        writes, which is the default, it takes twice as long or more."""
        self._run(f'CREATE DATABASE "{name}" OWNER {OWNER_ROLE} TEMPLATE "{template}" STRATEGY FILE_COPY')
        if template != "template1":
            self._run(f'GRANT CONNECT, CREATE ON DATABASE "{name}" TO {APP_ROLE}')  # not copied with a template
        return self.url(name)

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def prepare(self) -> None:
        for role in (APP_ROLE, OWNER_ROLE):
            self._run(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")

    def _run(self, statement: str) -> None:
        where = f"host=127.0.0.1 port={self.port} user={SUPERUSER} dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names of our own, not a literal


def owner_of(url: str) -> str:
    """The same database as the role that owns its tables (SQLite: itself)."""
    return url.replace(f"//{APP_ROLE}@", f"//{OWNER_ROLE}@")


@contextmanager
def running_cluster() -> Iterator[PostgresCluster]:
    """A cluster with both roles, stopped and removed at the end. Raises PostgresMissing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise PostgresMissing("PostgreSQL is not installed (apt-get install postgresql)")
    programs = found[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="dramatis-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # it refuses root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    port = free_port()
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=200"
    data, log = str(folder / "data"), str(folder / "log")

    def run(program: str, *arguments: str) -> None:
        subprocess.run([*as_user, str(programs / program), *arguments], check=True, cwd="/", stdout=subprocess.DEVNULL,
                       stderr=subprocess.STDOUT)  # fmt: skip

    def start() -> None:
        run("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")

    def crash() -> None:
        first = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        below = [int(child) for each in Path(f"/proc/{first}/task").iterdir() for child in _read(each / "children")]
        for pid in (first, *below):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for _ in range(100):  # until the kernel has taken their memory back, it counts as in use
            (folder / "data" / "postmaster.pid").unlink(missing_ok=True)
            with suppress(subprocess.CalledProcessError):
                return start()
            time.sleep(0.2)
        raise RuntimeError(f"PostgreSQL does not start again: {(folder / 'log').read_text()[-2000:]}")

    run("initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
    start()
    try:
        cluster = PostgresCluster(port, crash)
        cluster.prepare()
        yield cluster
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _read(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def free_port() -> int:
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
