"""The engine behind a real Triton server: the same clip as from a child process, cancelled, and killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from frontend.api_client import StudioClient
from inference.pipelines.contract import CastPhoto
from inference.protocol import Artifact, ArtifactKind, Sink
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member
from studio.engines.contract import EngineLost
from studio.engines.triton import TritonRenderEngine
from tests.conftest import skip_or_fail
from tests.faults.server import Server, is_alive
from tests.inference.pipelines.tiny import noise_photo, request_of

READY_WITHIN_S = 90.0
ENDS = ("SUCCEEDED", "FAILED", "QUARANTINED", "CANCELLED")


class Triton:
    """The packaged server on free ports."""

    def __init__(self, data: Path) -> None:
        self.ports = _free_ports(3)
        self._data = data
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.ports[0]}"

    def start(self) -> None:
        names = ("--grpc-port", "--http-port", "--metrics-port")
        ports = [word for name, port in zip(names, self.ports, strict=True) for word in (name, str(port))]
        command = [sys.executable, "-m", "inference.triton_repo", "--data", str(self._data), *ports]
        self._data.mkdir(exist_ok=True)
        with (self._data / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until = time.monotonic() + READY_WITHIN_S
        while not self.is_ready():
            assert self.process.poll() is None, (self._data / "log").read_text()[-3000:]
            assert time.monotonic() < until, (self._data / "log").read_text()[-3000:]
            time.sleep(0.2)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.ports[1]}/v2/models/dramatis/ready").status_code == 200
        except httpx.TransportError:
            return False

    def engine(self) -> int:
        """The process that renders, a grandchild of the server."""
        (pid,) = [
            int(path.name)
            for path in Path("/proc").iterdir()
            if path.name.isdigit() and str(self._data / "scratch") in _command_line(path) and is_alive(int(path.name))
            and "inference.worker" in _command_line(path)
        ]  # fmt: skip
        return pid

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    if sys.version_info[:2] != (3, 11):
        skip_or_fail("the packaged Triton server needs Python 3.11")
    prepared = subprocess.run(
        [sys.executable, "-m", "inference.triton_repo", "--data", "unused", "--prepare"], capture_output=True, text=True
    )
    if prepared.returncode:
        skip_or_fail(prepared.stderr)
    server = Triton(tmp_path_factory.mktemp("triton") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def studio(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A studio whose engine is the Triton server."""
    server = Server(tmp_path_factory.mktemp("studio") / "data", DRAMATIS_TRITON_URL=triton.url)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def character_id(studio: Server) -> str:
    return enrol(studio)


def enrol(server: Server) -> str:
    shot = plan_shot(
        references=[], characters=[], consent=None, prompt=None, model="previs", seconds=None, size=None, seed=0
    )
    with StudioClient(server.url, server.api_key) as client:
        return enrol_member(client, shot.cast[0])


def submit(server: Server, character_id: str, **changes: object) -> str:
    body = {
        "prompt": "The person nods, then smiles", "characters": [{"character_id": character_id}], "seconds": 1.0,
        "size": "256x256", "seed": 1,
    }  # fmt: skip
    reply = httpx.post(f"{server.url}/v1/takes", json=body | changes, headers=_key(server), timeout=60)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def wait(server: Server, take_id: str, *states: str, within_s: float = 90.0) -> dict[str, Any]:
    until = time.monotonic() + within_s
    while True:
        take: dict[str, Any] = httpx.get(f"{server.url}/v1/takes/{take_id}", headers=_key(server), timeout=30).json()
        if take["state"] in states:
            return take
        assert time.monotonic() < until, take
        time.sleep(0.1)


def _key(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.api_key}"}


def test_a_take_is_the_same_as_from_a_child_process(studio: Server, character_id: str, previs: Server) -> None:
    take = wait(studio, submit(studio, character_id), *ENDS)
    assert take["state"] == "SUCCEEDED", take
    assert take["identity"][0]["verdict"] == "pass"
    assert not studio.engines(), "no engine process of its own"
    other = wait(previs, submit(previs, enrol(previs)), *ENDS)
    assert take["receipt"]["media_sha256"] == other["receipt"]["media_sha256"], "how it is served changes no bit"


def test_a_cancel_reaches_the_engine(studio: Server, character_id: str, triton: Triton) -> None:
    long = submit(studio, character_id, seconds=10.0, size="1280x720")
    wait(studio, long, "RENDERING", "SCORING", within_s=30)
    engine = triton.engine()
    httpx.post(f"{studio.url}/v1/takes/{long}/cancel", headers=_key(studio), timeout=30)
    assert wait(studio, long, "CANCELLED", "SUCCEEDED", within_s=15)["state"] == "CANCELLED"
    after = wait(studio, submit(studio, character_id), *ENDS)
    assert after["state"] == "SUCCEEDED"
    assert triton.engine() == engine, "a cancel costs no process its life"


async def test_a_server_that_falls_silent_is_given_up(studio: Server, character_id: str, triton: Triton) -> None:
    """Triton itself goes on saying READY while the process behind it is stuck."""

    async def no_sinks(_: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
        raise AssertionError("nothing was rendered")

    engine = triton.engine()
    asked = request_of((CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),), model="previs")
    os.kill(engine, signal.SIGSTOP)
    try:
        with pytest.raises(EngineLost, match="was silent for 1 s"):
            async for _ in TritonRenderEngine(triton.url, patience_s=1.0).render("silent", asked, no_sinks):
                pass
        assert triton.is_ready()
    finally:
        os.kill(engine, signal.SIGCONT)
    take = wait(studio, submit(studio, character_id), *ENDS)
    assert take["state"] == "SUCCEEDED", take


def test_a_killed_engine_is_replaced_and_the_take_tried_again(
    studio: Server, character_id: str, triton: Triton
) -> None:
    take_id = submit(studio, character_id, seconds=10.0, size="640x360")
    wait(studio, take_id, "RENDERING", within_s=30)
    time.sleep(1.0)
    killed = triton.engine()
    os.kill(killed, signal.SIGKILL)
    take = wait(studio, take_id, *ENDS)
    assert take["state"] == "SUCCEEDED", take
    assert triton.engine() != killed


def test_a_server_that_is_gone_is_said_and_waited_for(studio: Server, character_id: str, triton: Triton) -> None:
    triton.stop()
    until = time.monotonic() + 20
    while "no Triton server answers" not in (words := httpx.get(f"{studio.url}/readyz").text):
        assert time.monotonic() < until, words
        time.sleep(0.2)
    triton.start()
    take = wait(studio, submit(studio, character_id), *ENDS)
    assert take["state"] == "SUCCEEDED"


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def _free_ports(count: int) -> list[int]:
    """Different ones: held together until all are found."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
