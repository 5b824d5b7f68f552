"""A real Prometheus and Alertmanager beside a running studio: its page is read, and its end wakes somebody."""

from __future__ import annotations

import http.server
import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.conftest import skip_or_fail
from tests.deploy.test_observability import OBSERVABILITY
from tests.faults.server import Server
from tests.postgres import free_port

WITHIN_S = 90.0


@contextmanager
def hook() -> Iterator[tuple[int, queue.SimpleQueue[dict[str, Any]]]]:
    """Whom an Alertmanager wakes: the port, and what it was told."""
    told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, told
    server.shutdown()
    server.server_close()


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def alertmanager_config(folder: Path, hook_port: int) -> Path:
    """The example, with an address to wake, and without the pauses that keep people from being woken too often."""
    config = yaml.safe_load((OBSERVABILITY / "alertmanager.yaml").read_text())
    config["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    for receiver in config["receivers"]:
        receiver["webhook_configs"] = [{"url": f"http://127.0.0.1:{hook_port}/{receiver['name']}"}]
    path = folder / "alertmanager.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def prometheus_config(folder: Path, metrics_port: int, alertmanager_port: int) -> Path:
    """Ours, for one studio on this machine, asking every second and alerting at once."""
    (folder / "rules.yaml").write_text(
        "\n".join(line for line in (OBSERVABILITY / "rules.yaml").read_text().split("\n") if " for: " not in line)
    )
    config = yaml.safe_load((OBSERVABILITY / "prometheus.yaml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["alerting"]["alertmanagers"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]
    targets = [{"targets": [f"127.0.0.1:{metrics_port}"]}]
    config["scrape_configs"] = [{"job_name": "dramatis-serve", "static_configs": targets}]
    path = folder / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[tuple[Server, int]]:
    port = free_port()
    server = Server(
        tmp_path / "data", DRAMATIS_ENGINE_MODULE="tests.inference.panning", DRAMATIS_METRICS_PORT=str(port)
    )
    server.start()
    yield server, port
    server.stop()


def ask(port: int, query: str) -> list[dict[str, Any]]:
    reply = httpx.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": query}, trust_env=False)
    found: list[dict[str, Any]] = reply.json()["data"]["result"] if reply.status_code == 200 else []
    return found


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        try:
            if found():
                return
        except httpx.TransportError:
            pass  # it is starting
        time.sleep(0.2)
    raise AssertionError("it never came")


def test_a_studio_that_ends_wakes_somebody(studio: tuple[Server, int], tmp_path: Path) -> None:
    if shutil.which("prometheus") is None or shutil.which("prometheus-alertmanager") is None:
        skip_or_fail("there is no Prometheus: apt-get install prometheus prometheus-alertmanager")
    server, metrics_port = studio
    prometheus_port, alertmanager_port = free_port(), free_port()
    with hook() as (hook_port, told):
        alertmanager = [
            "prometheus-alertmanager",
            f"--config.file={alertmanager_config(tmp_path, hook_port)}",
            f"--storage.path={tmp_path / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{alertmanager_port}",
            "--cluster.listen-address=",
        ]
        prometheus = [
            "prometheus",
            f"--config.file={prometheus_config(tmp_path, metrics_port, alertmanager_port)}",
            f"--storage.tsdb.path={tmp_path / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{prometheus_port}",
        ]
        with running(alertmanager, tmp_path / "alertmanager.log"), running(prometheus, tmp_path / "prometheus.log"):
            until(lambda: [one["value"][1] for one in ask(prometheus_port, "up")] == ["1"])
            until(lambda: [one["value"][1] for one in ask(prometheus_port, "dramatis_sweeper_leader")] == ["1"])
            # without its pause an alert may fire before the first page is read
            until(lambda: ask(prometheus_port, 'ALERTS{alertstate="firing"}') == [])
            server.kill("both")
            names: set[str] = set()
            while not {"DramatisReplicaIsDown", "DramatisSweeperHasNoLeader"} <= names:
                message = told.get(timeout=WITHIN_S)
                assert message["receiver"] == "pager"
                names |= {alert["labels"]["alertname"] for alert in message["alerts"]}
                assert all(alert["annotations"]["runbook"] for alert in message["alerts"])
