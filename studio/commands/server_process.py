"""A studio server as a child of this command: started on a data folder, awaited, and stopped with all it started."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.commands.console import Meter

START_PATIENCE_S = 120.0
STOP_PATIENCE_S = 20.0


class ServerDidNotStart(RuntimeError):
    """The message carries the server's last words."""


@dataclass(frozen=True)
class Server:
    """Where a server answers, and a key for it."""

    url: str
    api_key: str
    pid: int


@contextmanager
def running_server(data: Path, meter: Meter, *, port: int = 0) -> Iterator[Server]:
    """A server on `data` for the length of a `with`. Raises ServerDidNotStart."""
    data.mkdir(parents=True, exist_ok=True)
    ready_file, log_file = data / "ready.json", data / "server.log"
    ready_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "studio.cli", "serve", "--data", str(data), "--port", str(port)]
    command += ["--ready-file", str(ready_file)]
    meter.stage("starting the studio")
    with log_file.open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        ready = _await_ready(process, ready_file, log_file)
        yield Server(url=ready["url"], api_key=ready["api_key"], pid=process.pid)
    finally:
        _stop(process)


def _await_ready(process: subprocess.Popen[bytes], ready_file: Path, log_file: Path) -> dict[str, str]:
    deadline = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < deadline:
        if ready_file.is_file():
            ready: dict[str, str] = json.loads(ready_file.read_text())
            return ready
        if process.poll() is not None:
            break
        time.sleep(0.05)
    lines = log_file.read_text(errors="replace").strip().splitlines()
    raise ServerDidNotStart(f"the studio did not start (its log: {log_file})\n" + "\n".join(lines[-5:]))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
