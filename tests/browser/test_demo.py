"""The Gradio demo in a browser: an example of the page, acted by the embedded default through the public API."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from studio.examples import example_path
from tests.browser.conftest import Studio

STARTS_WITHIN_S = 60
SHOT_WITHIN_MS = 60_000


@pytest.fixture(scope="module")
def demo(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    log = tmp_path_factory.mktemp("demo") / "log"
    command = [sys.executable, "-m", "frontend.demo", "--url", studio.url, "--port", "0"]
    command += ["--example-photo", str(example_path())]
    key = {"DRAMATIS_API_KEY": studio.server.api_key, "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as told:
        process = subprocess.Popen(command, env={**os.environ, **key}, stdout=told, stderr=told)
    try:
        yield _address(log, process)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    hosts: set[str] = set()
    opened.on("request", lambda request: hosts.add(httpx.URL(request.url).host))
    yield opened
    context.close()
    assert hosts <= {"127.0.0.1", ""}, "the demo talks to nobody else"


def test_an_example_becomes_a_clip_with_its_curve_and_its_receipt(demo: str, page: Page) -> None:
    page.goto(demo)
    page.get_by_text("She nods twice while the camera moves in").first.click()
    expect(page.get_by_label("What happens")).to_have_value("She nods twice while the camera moves in")
    page.get_by_role("button", name="Shoot").click()
    expect(page.get_by_text("the face was kept")).to_be_visible(timeout=SHOT_WITHIN_MS)
    expect(page.locator("video")).to_have_js_property("paused", False)
    page.get_by_text("Receipt: what was really used").click()
    expect(page.get_by_text("media_sha256")).to_be_visible()


def test_what_is_missing_is_asked_for_and_nothing_is_lost(demo: str, page: Page) -> None:
    page.goto(demo)
    page.get_by_label("What happens").fill("She smiles")
    page.get_by_role("button", name="Shoot").click()
    expect(page.get_by_text("Add one to ten photos of one person.")).to_be_visible()
    expect(page.get_by_label("What happens")).to_have_value("She smiles")


def test_the_studio_refuses_in_its_own_words(demo: str, page: Page, tmp_path: Path) -> None:
    photo = tmp_path / "mine.png"
    photo.write_bytes(example_path().read_bytes() + b"\0")  # the example with another hash has no licence of its own
    page.goto(demo)
    page.locator("input[type=file]").first.set_input_files(photo)
    page.get_by_role("radio", name="They agreed").check()
    page.get_by_label("What happens").fill("She smiles")
    page.get_by_role("button", name="Shoot").click()
    expect(page.get_by_text("a permission needs evidence")).to_be_visible(timeout=20_000)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        for line in log.read_text().splitlines():
            if "http://127.0.0.1:" in line:
                return line[line.index("http://") :].strip()
        time.sleep(0.1)
    raise AssertionError(f"the demo did not start: {log.read_text()}")
