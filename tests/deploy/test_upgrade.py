"""The former version gives way to this one, replica by replica, while requests come and takes render: none is refused.

Real sources of both sides of the migrations since, on one PostgreSQL and one bucket, behind a real proxy.
"""

from __future__ import annotations

import io
import itertools
import secrets
import ssl
import subprocess
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from frontend.api_client import StudioClient
from storage.backup.rows import revision_of
from storage.seaweed import SeaweedServer
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member
from tests.deploy.test_backup import variables
from tests.faults.server import Server
from tests.postgres import SUPERUSER, PostgresCluster, free_port
from tests.round_robin import RoundRobin, round_robin

ROOT = Path(__file__).parents[2]
FORMER = "c5cd2b282e6c"  # the newest commit whose schema is 0019; after a release: its tag
PARTS = ("studio", "inference", "storage", "frontend/api_client", "tests", "pyproject.toml")
TAKE = {"prompt": "She nods", "seconds": 0.5, "size": "256x256"}
MOST_WAIT_S = 120.0
BETWEEN_S = 0.25


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as they were."""
    command = ["git", "-C", str(ROOT), "archive", FORMER, *PARTS]
    done = subprocess.run(command, capture_output=True)
    if done.returncode != 0:
        pytest.skip(f"the history before {FORMER} is not here: {done.stderr.decode().strip()}")
    folder = tmp_path_factory.mktemp("former")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return folder


@dataclass
class Caller:
    """Somebody who submits and looks without a pause, through the proxy."""

    proxy: RoundRobin
    api_key: str
    character_id: str
    takes: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self.proxy.certificate))
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return httpx.Client(base_url=self.proxy.url, headers=headers, verify=trust, timeout=30)

    def run(self) -> None:
        cast = [{"character_id": self.character_id}]
        with self.client() as client:
            for number in itertools.count():
                if self._stop.wait(BETWEEN_S):
                    return
                self._answered(client.get("/v1/takes?limit=5"))
                if number % 12 == 0:
                    reply = client.post("/v1/takes", json=TAKE | {"seed": number, "characters": cast})
                    if self._answered(reply):
                        self.takes.append(reply.json()["id"])

    def _answered(self, reply: httpx.Response) -> bool:
        if not reply.is_success:
            asked = f"{reply.request.method} {reply.request.url.path}"
            self.refusals.append(f"{asked}: {reply.status_code} {reply.text[:200]}")
        return reply.is_success

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def calling(caller: Caller) -> Iterator[None]:
    """While the block runs."""
    thread = threading.Thread(target=caller.run)
    thread.start()
    try:
        yield
    finally:
        caller.stop()
        thread.join()


def enrolled(server: Server) -> str:
    """The shipped example."""
    shot = plan_shot(
        references=[], characters=[], consent=None, prompt=None, model="previs", seconds=None, size=None, seed=0
    )
    with StudioClient(server.url, server.api_key) as client:
        return enrol_member(client, shot.cast[0])


def settled(caller: Caller) -> Counter[str]:
    """How many takes ended how, once all have ended or nothing has changed for long."""
    states, changed = Counter[str](), time.monotonic()
    with caller.client() as client:
        while time.monotonic() < changed + MOST_WAIT_S:
            seen = Counter(client.get(f"/v1/takes/{take}").json()["state"] for take in caller.takes)
            if not seen.keys() & {"QUEUED", "RENDERING"}:
                return seen
            states, changed = seen, changed if seen == states else time.monotonic()
            time.sleep(0.5)
    return states


def unsettled(url: str) -> list[tuple[object, ...]]:
    """Takes that have not ended, and what the durable queue says of them."""
    query = (
        "SELECT takes.id, takes.state, takes.attempt, status, queue_name, executor_id FROM takes "
        "LEFT JOIN dbos.workflow_status ON workflow_uuid = takes.id WHERE takes.state IN ('QUEUED', 'RENDERING')"
    )
    with create_engine(url).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def wait_for_takes(caller: Caller, more: int) -> None:
    count, until = len(caller.takes) + more, time.monotonic() + MOST_WAIT_S
    while len(caller.takes) < count:
        assert time.monotonic() < until, f"no take was accepted: {caller.refusals[-3:]}"
        time.sleep(0.05)


@pytest.mark.timeout(900)  # two versions start twice, and every take is rendered
def test_no_request_is_refused_and_no_take_is_lost_while_the_version_changes(
    former: Path, postgres: PostgresCluster, seaweed: SeaweedServer, tmp_path: Path
) -> None:
    name = f"upgrade_{secrets.token_hex(6)}"
    given = variables(postgres, seaweed, name) | {"DRAMATIS_ENGINE_MODULE": "tests.inference.panning"}
    ports = [free_port(), free_port()]
    old, new = (
        [Server(tmp_path / f"replica-{number}", port=ports[number], tree=tree, **given) for number in (0, 1)]
        for tree in (former, None)
    )
    try:
        with round_robin(tmp_path / "proxy", free_port(), ports) as proxy:
            for each in old:
                each.start()
            before = revision_of(postgres.url(name, SUPERUSER))
            caller = Caller(proxy, old[0].api_key, enrolled(old[0]))
            with calling(caller):
                for leaving, coming in zip(old, new, strict=True):
                    wait_for_takes(caller, 1)
                    leaving.stop()
                    coming.start()
                wait_for_takes(caller, 2)
            states = settled(caller)
            left = unsettled(postgres.url(name, SUPERUSER))
        assert revision_of(postgres.url(name, SUPERUSER)) != before
    finally:
        for each in (*old, *new):
            each.stop()
        postgres.drop(name)
    assert caller.refusals == []
    assert states == {"SUCCEEDED": len(caller.takes)}, left
