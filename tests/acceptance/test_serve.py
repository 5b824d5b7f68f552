"""A server as people start and stop it: twice on one folder, on a taken port, again after a stop."""

from __future__ import annotations

import json
import os
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
    """One that a test may do with as it likes."""
    server = Server(tmp_path / "data")
    yield server
    server.stop()


def dramatis(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_it_stops_all_it_started_and_answers_within_eight_seconds_again(server: Server) -> None:
    server.start()
    key, children = server.api_key, server.children()
    assert children
    assert server.stop() < ANSWERS_WITHIN_S * busyness()
    assert not any(map(is_alive, children))
    events = [json.loads(line)["event"] for line in (server.data / "server.log").read_text().splitlines()]
    assert "studio_started" in events, "the log is JSON lines"
    assert server.start() < ANSWERS_WITHIN_S * busyness()
    assert server.api_key == key
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_what_a_killed_server_started_dies_with_it_and_the_next_start_works(server: Server) -> None:
    server.start()
    children = server.children()
    server.kill("api")
    deadline = time.monotonic() + 5
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, children))
    server.start()
    assert httpx.get(f"{server.url}/readyz").status_code == 200


def test_a_second_server_on_the_folder_is_refused_in_words(live: Server) -> None:
    refused = dramatis("serve", "--data", str(live.data), "--port", "0")
    assert refused.returncode == 1
    assert "another studio" in refused.stderr


def test_a_taken_port_is_refused_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = dramatis("serve", "--data", str(tmp_path), "--port", port)
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "--port" in refused.stderr


def test_secrets_on_disk_are_for_their_owner_alone(live: Server) -> None:
    for name in ("ready.json", "local.json", "objects/s3.json"):
        assert stat.S_IMODE((live.data / name).stat().st_mode) == 0o600, name


def test_keys_are_made_and_revoked_beside_a_running_server(live: Server) -> None:
    data = ("--data", str(live.data))
    made = dramatis("keys", "create", "--name", "app", *data)
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    assert httpx.get(f"{live.url}/v1/takes", headers=headers).status_code == 200
    key_id = made.stderr.split(":")[0]
    assert key_id in dramatis("keys", "list", *data).stdout
    assert dramatis("keys", "revoke", key_id, *data).returncode == 0
    assert httpx.get(f"{live.url}/v1/takes", headers=headers).status_code == 401


def test_a_browser_is_signed_in_once_by_the_link_of_the_start_and_by_a_fresh_one(server: Server) -> None:
    server.start()
    first = json.loads((server.data / "ready.json").read_text())["sign_in_url"]
    assert first.startswith(f"{server.url}/welcome?token=")
    fresh = dramatis("sign-in-link", "--data", str(server.data)).stdout.strip()
    assert fresh.startswith(f"{server.url}/welcome?token=")
    for link in (first, fresh):
        with httpx.Client(base_url=server.url) as browser:
            arrived = browser.get(link)
            assert (arrived.status_code, arrived.headers["location"]) == (303, "/")
            assert browser.get("/v1/me").json()["role"] == "owner"
            made = browser.post("/v1/projects", json={"name": "First"}, headers={"Origin": server.url})
            assert made.status_code == 201, made.text
        assert httpx.get(link).status_code == 410
    log = (server.data / "server.log").read_text()
    assert "plain_session_cookie" in log
    assert not any(link.partition("token=")[2] in log for link in (first, fresh)), "no secret is logged"


def test_the_audit_log_is_checked_beside_a_running_server(live: Server) -> None:
    checked = dramatis("audit", "verify", "--data", str(live.data))
    assert checked.returncode == 0, checked.stderr
    assert "intact" in checked.stdout


def test_the_api_documents_itself(live: Server) -> None:
    described = httpx.get(f"{live.url}/openapi.json", timeout=30).json()
    assert {"/v1/takes", "/v1/takes/{take_id}", "/v1/events", "/v1/uploads", "/v1/characters", "/v1/models"} <= set(
        described["paths"]
    )
    examples = described["components"]["schemas"]["TakeCreate"]["examples"]
    assert examples[0]["characters"]


def busyness() -> float:
    """How many times longer than on an idle machine things may take now."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
