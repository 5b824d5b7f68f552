"""One `dramatis serve` on a data folder, killed and started again at will. It dies with the process that started it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from storage import parent_death

Victim = Literal["api", "engine", "both"]
READY_WITHIN_S = 90.0


class Server:
    """Not started at first."""

    def __init__(self, data: Path, *, port: int = 0, tree: Path | None = None, **settings: str) -> None:
        """`port` 0: any free one. `tree`: other sources than these. `settings`: variables of its environment, beside
        this process's own."""
        self.data, self.port, self._tree = data, port, tree
        self._environment = os.environ | settings
        self.url = ""
        self.api_key = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database_url(self) -> str:
        """Of its SQLite file, where its settings name no other database."""
        return self._environment.get("DRAMATIS_DATABASE_URL", f"sqlite+aiosqlite:///{self.data / 'dramatis.sqlite'}")

    @property
    def store_secrets(self) -> tuple[str, ...]:
        """Of its own object store: what no log and no reply may tell."""
        store = json.loads((self.data / "objects" / "s3.json").read_text())
        keys = [key for identity in store["identities"] for key in identity["credentials"]]
        return tuple(key[name] for key in keys for name in ("accessKey", "secretKey"))

    @property
    def logs(self) -> list[Path]:
        return [self.data / "server.log"]

    @property
    def pids(self) -> list[int]:
        """Of the process that answers requests."""
        assert self._process is not None
        return [self._process.pid]

    def start(self) -> float:
        """Start and wait until it answers; returns the seconds that took."""
        began = time.monotonic()
        self.data.mkdir(exist_ok=True)
        ready_file = self.data / "ready.json"
        ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-I", parent_death.__file__]  # a server that outlives a killed test takes its cores
        command += [sys.executable, "-m", "studio.cli", "serve", "--data", str(self.data)]
        with (self.data / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port), "--ready-file", str(ready_file)],
                stdout=log,
                stderr=log,
                env=self._environment | {"DRAMATIS_PARENT": str(os.getpid())},
                cwd=self._tree,
            )
        while not ready_file.exists():
            assert self._process.poll() is None, f"the server ended: {self.data / 'server.log'}"
            assert time.monotonic() - began < READY_WITHIN_S, f"the server is not ready: {self.data / 'server.log'}"
            time.sleep(0.05)
        ready = json.loads(ready_file.read_text())
        self.url, self.api_key = ready["url"], ready["api_key"]
        return time.monotonic() - began

    def children(self) -> list[int]:
        """Pids of every process that the server started."""
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in listed.read_text().split()]

    def engines(self) -> list[int]:
        """Pids of the render engines among them."""
        return [pid for pid in self.children() if _renders(pid)]

    def cpu_s(self) -> float:
        """Seconds of processor time that the server itself has had, without its children."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self, victim: Victim) -> None:
        """SIGKILL, without warning."""
        assert self._process is not None
        engines = self.engines() if victim != "api" else []
        if victim != "engine":
            self._process.kill()
        for pid in engines:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victim != "engine":
            self._process.wait()

    def stop(self) -> float:
        """Ask it to stop, as a person would; returns the seconds that took."""
        began = time.monotonic()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)
        return time.monotonic() - began


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _renders(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"--signer" in words and b"--identity" not in words
