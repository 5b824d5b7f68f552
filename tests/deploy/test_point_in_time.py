"""A base backup and the received log bring PostgreSQL back to its last commit, or to a moment before a mistake.

The scripts are those of deploy/compose, run as they stand.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from tests.conftest import skip_or_fail
from tests.postgres import free_port

SCRIPTS = Path(__file__).parents[2] / "deploy" / "compose"
WITHIN_S = 60.0
COMMITS = 200


@dataclass(frozen=True)
class Machine:
    """A folder, and PostgreSQL's own programs as the user that they want."""

    folder: Path
    programs: Path
    port: int

    def command(self, *words: str | Path) -> list[str]:
        """The words, said as the database's user."""
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        variables = [f"PATH={self.programs}:{os.environ['PATH']}", "PGHOST=127.0.0.1", "PGUSER=postgres"]
        return [*user, "env", *variables, f"PGPORT={self.port}", *map(str, words)]

    def run(self, *words: str | Path) -> None:
        subprocess.run(self.command(*words), check=True, cwd="/", stdout=subprocess.DEVNULL)

    def start(self, data: Path) -> None:
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder}"
        self.run("pg_ctl", "-D", data, "-l", self.folder / "server.log", "-w", "-o", options, "start")

    def kill(self, data: Path) -> None:
        """Without warning, and its data with it."""
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        shutil.rmtree(data)
        (self.folder / f".s.PGSQL.{self.port}.lock").unlink()  # names a process that may still be there, unreaped
        wait_until(lambda: not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/cmdline").read_bytes() == b"")

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        return psycopg.connect(where, autocommit=True)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def machine() -> Iterator[Machine]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_receivewal"))
    if not found:
        skip_or_fail("PostgreSQL is not installed (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="dramatis-log-"))
    for script in SCRIPTS.glob("*.sh"):
        shutil.copy(script, folder)
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    made = Machine(folder, found[-1].parent, free_port())
    yield made
    for data in folder.glob("*/postmaster.pid"):
        made.run("pg_ctl", "-D", data.parent, "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def received(machine: Machine) -> Iterator[Path]:
    """The folder of a server whose log is received before a commit is answered, with a base backup in `base`."""
    data, log, base = (machine.folder / name for name in ("data", "log", "base"))
    machine.run("initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
    machine.start(data)
    receiver = subprocess.Popen(machine.command("sh", machine.folder / "receive-log.sh", log), cwd="/")
    with machine.connect() as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'dramatis_log'")
        connection.execute("SELECT pg_reload_conf()")
        sync = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait_until(lambda: connection.execute(sync).fetchone() == (1,))
        connection.execute("CREATE TABLE kept (number int PRIMARY KEY)")
    machine.run("pg_basebackup", "--pgdata", base, "--checkpoint", "fast", "--manifest-checksums", "SHA256")
    yield data
    receiver.terminate()
    receiver.wait(WITHIN_S)


def numbers(machine: Machine) -> list[int]:
    with machine.connect() as connection:
        return [int(str(number)) for (number,) in connection.execute("SELECT number FROM kept ORDER BY number")]


def restore(machine: Machine, *moment: str) -> None:
    words = [machine.folder / name for name in ("base", "log", "restored")]
    machine.run("sh", machine.folder / "restore-database.sh", *words, *moment)
    machine.start(machine.folder / "restored")
    with machine.connect() as connection:
        wait_until(lambda: connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,))


def test_what_was_committed_is_there_after_the_server_and_its_disk_are_gone(machine: Machine, received: Path) -> None:
    with machine.connect() as connection:
        for number in range(COMMITS):
            connection.execute("INSERT INTO kept VALUES (%s)", (number,))
    machine.kill(received)
    restore(machine)
    assert numbers(machine) == list(range(COMMITS))


def test_a_mistake_is_undone_by_going_back_to_a_moment(machine: Machine, received: Path) -> None:
    with machine.connect() as connection:
        connection.execute("INSERT INTO kept VALUES (1), (2)")
        (moment,) = connection.execute("SELECT clock_timestamp()").fetchone() or ()
        assert isinstance(moment, datetime)
        connection.execute("DELETE FROM kept")
        connection.execute("INSERT INTO kept VALUES (3)")
    machine.kill(received)
    restore(machine, moment.isoformat())
    assert numbers(machine) == [1, 2]


def test_a_damaged_base_backup_is_refused(machine: Machine, received: Path) -> None:
    damaged = machine.folder / "base" / "PG_VERSION"
    damaged.write_text("14\n")
    words = [machine.folder / name for name in ("base", "log", "restored")]
    command = machine.command("sh", machine.folder / "restore-database.sh", *words)
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert (done.returncode, "damaged" in done.stderr) == (1, True)
    assert not (machine.folder / "restored").exists()
