"""The packaged Triton server with our engines behind it, started, killed in parts, and stopped by tests."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from inference.protocol import ServerStatus
from tests.conftest import skip_or_fail
from tests.faults.server import is_alive

READY_WITHIN_S = 120.0


def require_triton() -> None:
    """Skips, or fails where everything has to be there, when the server cannot be had."""
    if sys.version_info[:2] != (3, 11):
        skip_or_fail("the packaged Triton server needs Python 3.11")
    command = [sys.executable, "-m", "inference.triton_repo", "--data", "unused", "--prepare"]
    prepared = subprocess.run(command, capture_output=True, text=True)
    if prepared.returncode:
        skip_or_fail(prepared.stderr)


class Triton:
    """On free ports. `words`: more of its command line; token: which callers have to show, where one is set there."""

    def __init__(self, data: Path, *words: str, model: str = "previs", token: str | None = None) -> None:
        self.ports = _free_ports(3)
        self.data, self.model = data, model
        self._words = words
        self._headers = {"dramatis-token": token} if token else {}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.ports[0]}"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}"

    @property
    def log(self) -> str:
        return (self.data / "log").read_text()

    def start(self) -> None:
        names = ("--grpc-port", "--http-port", "--metrics-port")
        ports = [word for name, port in zip(names, self.ports, strict=True) for word in (name, str(port))]
        command = [sys.executable, "-m", "inference.triton_repo", "--data", str(self.data), *ports, *self._words]
        self.data.mkdir(exist_ok=True)
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.until_served()

    def until_served(self) -> None:
        """Until its model is served by all its engines."""
        until = time.monotonic() + READY_WITHIN_S
        while not self._serves():
            assert self.process is not None
            assert self.process.poll() is None, self.log[-3000:]
            assert time.monotonic() < until, self.log[-3000:]
            time.sleep(0.1)

    def _serves(self) -> bool:
        try:
            status = self.status()
        except (httpx.TransportError, KeyError):
            return False
        return self.model in status.models and all(group.why_not_ready is None for group in status.groups)

    def status(self) -> ServerStatus:
        """As its endpoint `status` tells it, over HTTP."""
        asked = httpx.post(f"{self.http_url}/v2/models/status/infer", json={"inputs": []}, headers=self._headers)
        return ServerStatus.model_validate_json(asked.json()["outputs"][0]["data"][0])

    def is_ready(self) -> bool:
        """Whether Triton says that the model is ready."""
        reply = httpx.get(f"{self.http_url}/v2/models/{self.model}/ready", headers=self._headers)
        return reply.status_code == 200

    def engines(self) -> list[int]:
        """The processes that render, by their group."""
        found = {
            path: pid
            for pid, line in _below(self.process)
            if (path := _word_after(line, "--scratch")) is not None and str(self.data / "scratch") in path
        }
        return [found[path] for path in sorted(found)]

    def engine(self) -> int:
        (pid,) = self.engines()
        return pid

    def server(self) -> int:
        """The process of Triton itself."""
        (pid,) = self.servers()
        return pid

    def servers(self) -> list[int]:
        """The same; none while it is started again."""
        return [pid for pid, line in _below(self.process) if Path(line[0]).name == "tritonserver"]

    def stubs(self, model: str | None = None) -> list[int]:
        """The processes behind a model's endpoint; behind its own, unless told otherwise."""
        model = model or self.model
        return [
            pid
            for pid, line in _below(self.process)
            if Path(line[0]).name == "triton_python_backend_stub"
            and any(f"/{model}/1/model.py" in word for word in line)
        ]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def kill(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, how)


def _below(process: subprocess.Popen[bytes] | None) -> list[tuple[int, list[str]]]:
    """Every process below this one, with its words."""
    assert process is not None
    found, waiting = [], [process.pid]
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                children = [int(child) for child in (task / "children").read_text().split()]
                waiting += children
                found += [(child, _words(child)) for child in children if is_alive(child)]
    return [(pid, line) for pid, line in found if line and line[0]]


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []


def _word_after(line: list[str], name: str) -> str | None:
    return line[line.index(name) + 1] if name in line else None


def _free_ports(count: int) -> list[int]:
    """Different ones: held together until all are found."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
