"""Test mode as a developer meets it: the quickstart as it is written, and each kind of failure, by the true engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import openai
import pytest

from studio.examples import example_path
from tests.acceptance.test_docs import DOCS
from tests.faults.server import Server

PROMISED_S = 300
CLIENT = "openai==3.54.0"  # the page installs the newest; a test, the one that it knows


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With the true engine."""
    server = Server(tmp_path_factory.mktemp("test-mode") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def test_key(studio: Server) -> str:
    headers = {"Authorization": f"Bearer {studio.api_key}"}
    made = httpx.post(f"{studio.url}/v1/test-keys", json={"name": "tests"}, headers=headers, timeout=60)
    return str(made.raise_for_status().json()["key"])


@pytest.fixture(scope="module")
def client(studio: Server, test_key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{studio.url}/v1", api_key=test_key, max_retries=0)


def make(client: openai.OpenAI, prompt: str) -> Any:  # noqa: ANN401 (a video with fields of ours)
    photo = ("eileen.png", example_path().read_bytes(), "image/png")
    return client.videos.create_and_poll(
        model="test",
        prompt=prompt,
        input_reference=photo,
        extra_body={"consent": "licensed_example"},
        poll_interval_ms=100,
    )


def test_the_quickstart_leads_from_nothing_to_a_file(studio: Server, test_key: str, tmp_path: Path) -> None:
    page = (DOCS / "quickstart.md").read_text()
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "first.py").write_text(program)
    venv.create(tmp_path / "venv", with_pip=True)
    path = f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "STUDIO": studio.url, "TEST_KEY": test_key}
    pinned = commands.replace("pip install openai\n", f"pip install --quiet {CLIENT}\n")
    assert pinned != commands
    began = time.monotonic()
    ran = subprocess.run(
        ["bash", "-euc", pinned], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PROMISED_S
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    print(f"the quickstart took {time.monotonic() - began:.1f} s, with its installation", file=sys.stderr)
    assert ran.stdout.strip().endswith("first.mp4 pass")
    with av.open(tmp_path / "first.mp4") as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 24


def test_each_failure_can_be_asked_for(client: openai.OpenAI) -> None:
    assert [make(client, "She smiles").status, make(client, "a slow zoom").status] == ["completed"] * 2
    engine = make(client, "fail_engine")
    assert (engine.status, engine.error.code) == ("failed", "engine_error")
    blocked = make(client, "blocked")
    assert (blocked.status, blocked.error.code) == ("failed", "consent_revoked")
    stranger = make(client, "fail_identity")
    assert (stranger.status, stranger.identity[0]["verdict"]) == ("completed", "fail")
    assert make(client, "She smiles").identity[0]["verdict"] == "pass"


def test_a_slow_one_renders_until_it_is_deleted(client: openai.OpenAI) -> None:
    photo = ("eileen.png", example_path().read_bytes(), "image/png")
    asked: dict[str, Any] = {"input_reference": photo, "extra_body": {"consent": "licensed_example"}}
    video = client.videos.create(model="test", prompt="slow", **asked)
    while client.videos.retrieve(video.id).progress == 0:
        time.sleep(0.2)
    assert client.videos.retrieve(video.id).status == "in_progress"
    assert client.videos.delete(video.id).deleted
