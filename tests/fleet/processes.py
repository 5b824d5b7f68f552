"""Roles as real processes on one PostgreSQL and one object store: started, stopped, killed, frozen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.address import StoreAddress
from tests.fleet.nursery import Nursery, Nursling
from tests.postgres import owner_of

READY_WITHIN_S = 240.0


@dataclass
class RoleProcess:
    """One `dramatis ROLE`. Not started at first. nursery: by which it is started, if by any."""

    folder: Path
    words: list[str]
    environment: dict[str, str]
    nursery: Nursery | None = None
    told: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | Nursling | None = None

    def start(self) -> None:
        """Start it, without waiting until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        words = [*self.words, "--data", str(self.folder)]
        if self.words[0] in ("api", "node"):
            words += ["--port", "0" if self.words[0] == "node" else str(self.told.get("port", 0))]
            words += ["--ready-file", str(self._ready_file)]
        if self.nursery is not None:
            self.process = self.nursery.start(words, self.environment, self.folder / "log")
            return
        command = [sys.executable, "-m", "studio.cli", *words]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment)

    def await_ready(self) -> None:
        """Until it says so."""
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.is_ready():
            if self.has_ended() or time.monotonic() > deadline:
                raise AssertionError(f"{self.words} did not start:\n{self.log()[-3000:]}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Whether it has said so."""
        if not self._ready_file.is_file():
            return False
        self.told = json.loads(self._ready_file.read_text())
        self.told["port"] = int(self.told["url"].rpartition(":")[2])
        return True

    def has_ended(self) -> bool:
        """Whether it was started, and runs no more."""
        return self.process is not None and self.process.poll() is not None

    @property
    def _ready_file(self) -> Path:
        return self.folder / "ready.json"

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """To the process itself; engines are its children, and end by themselves when it does."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, within_s: float = 120) -> int:
        """Its exit status."""
        assert self.process is not None
        return self.process.wait(within_s)

    def kill(self) -> None:
        """SIGKILL, and its end."""
        process = self.process  # whoever keeps it may start another one meanwhile
        if process is not None and process.poll() is None:
            self._ready_file.unlink(missing_ok=True)
            process.kill()
            process.wait()


class Fleet:
    """Processes of an installation. `url`: of the database, for the studio's role; `store`: of the object store;
    `nursery`: set it before processes are added that are to be started by one."""

    def __init__(self, folder: Path, url: str, store: StoreAddress, **settings: str) -> None:
        self.folder = folder
        self.url = url
        self._environment = os.environ | {
            "DRAMATIS_DATABASE_URL": url,
            "DRAMATIS_DATABASE_OWNER_URL": owner_of(url),
            "DRAMATIS_S3_ENDPOINT": store.endpoint,
            "DRAMATIS_S3_ACCESS_KEY": store.access_key,
            "DRAMATIS_S3_SECRET_KEY": store.secret_key,
            "DRAMATIS_S3_BUCKET": store.bucket,
            "DRAMATIS_MEASURE_SPEED": "false",
            **settings,
        }
        self.processes: list[RoleProcess] = []
        self.nursery: Nursery | None = None

    def add(self, name: str, *words: str, **settings: str) -> RoleProcess:
        """A process of this role, to be started."""
        process = RoleProcess(self.folder / name, list(words), self._environment | settings, self.nursery)
        self.processes.append(process)
        return process

    def migrate(self) -> None:
        command = [sys.executable, "-m", "studio.cli", "migrate", "--data", str(self.folder / "migrate")]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        """Kill what runs."""
        for process in self.processes:
            if process.process is not None and process.process.poll() is None:
                process.signal(signal.SIGCONT)
            process.kill()
        if self.nursery is not None:
            self.nursery.close()
