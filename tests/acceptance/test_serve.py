"""A server as people start and stop it: twice on one folder, on a taken port, again after a stop."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.server import Server, is_alive

ANSWERS_WITHIN_S = 8.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    yield server
    server.stop()


def serve(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio.cli", "serve", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_answers_stops_all_it_started_and_is_back_within_eight_seconds(server: Server) -> None:
    server.start()
    key = server.api_key
    assert httpx.get(f"{server.url}/readyz").status_code == 200
    children = server.children()
    assert children
    assert server.stop() < 10
    assert not any(map(is_alive, children))
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    assert server.start() < ANSWERS_WITHIN_S * max(1.0, load)
    assert server.api_key == key


def test_a_second_server_on_the_folder_and_on_the_port_are_refused_in_words(server: Server, tmp_path: Path) -> None:
    server.start()
    twice = serve("--data", str(server.data), "--port", "0")
    assert twice.returncode == 1
    assert "another studio" in twice.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = serve("--data", str(tmp_path / "other"), "--port", port)
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "--port" in refused.stderr


def test_secrets_on_disk_are_for_their_owner_alone(server: Server) -> None:
    server.start()
    for name in ("ready.json", "local.json", "objects/s3.json"):
        assert stat.S_IMODE((server.data / name).stat().st_mode) == 0o600, name


def test_the_log_is_json_lines(server: Server) -> None:
    server.start()
    server.stop()
    lines = (server.data / "server.log").read_text().splitlines()
    assert any(json.loads(line)["event"] == "studio_started" for line in lines)


def test_keys_are_made_and_revoked_beside_a_running_server(server: Server) -> None:
    server.start()
    command = [sys.executable, "-m", "studio.cli", "keys"]
    data = ["--data", str(server.data)]
    made = subprocess.run([*command, "create", "--name", "app", *data], capture_output=True, text=True, check=True)
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    assert httpx.get(f"{server.url}/takes", headers=headers).status_code == 200
    key_id = made.stderr.split(":")[0]
    subprocess.run([*command, "revoke", key_id, *data], check=True, capture_output=True)
    assert httpx.get(f"{server.url}/takes", headers=headers).status_code == 401
    listed = subprocess.run([*command, "list", *data], capture_output=True, text=True, check=True)
    assert key_id in listed.stdout


def test_the_api_documents_itself(server: Server) -> None:
    server.start()
    described = httpx.get(f"{server.url}/openapi.json").json()
    assert {"/takes", "/takes/{take_id}", "/events", "/uploads", "/characters", "/models"} <= set(described["paths"])
    examples = described["components"]["schemas"]["TakeCreate"]["examples"]
    assert examples[0]["characters"]


def test_a_leftover_store_is_ended_and_started_again(server: Server) -> None:
    server.start()
    first = server.children()
    server.kill("api")
    deadline = time.monotonic() + 5
    while any(map(is_alive, first)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, first)), "what a killed server started dies with it"
    server.start()
    assert httpx.get(f"{server.url}/readyz").status_code == 200
    assert shutil.disk_usage(server.data).free > 0
