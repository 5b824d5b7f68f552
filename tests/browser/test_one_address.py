"""A team around one box: a browser, the demo and an API client that reach nothing but a TLS proxy in front of it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from studio.examples import example_path
from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE_MS
from tests.faults.server import Server
from tests.tls_proxy import HOST, TlsProxy, tls_proxy

JUDGED_MS, RENDERED_MS = 60_000, 90_000  # the box has just started: its engine loads meanwhile


@dataclass(frozen=True)
class Box:
    """A studio with its embedded store, and the proxy that the world sees."""

    server: Server
    proxy: TlsProxy

    @property
    def store_url(self) -> str:
        ports = json.loads((self.server.data / "objects" / "ports.json").read_text())
        return f"http://127.0.0.1:{ports['s3']}/"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("box")
    port = _free_port()
    with tls_proxy(folder, port) as proxy:
        server = Server(folder / "data", port=port, DRAMATIS_PUBLIC_URL=proxy.url)
        server.start()
        yield Box(server, proxy)
        server.stop()


@pytest.fixture(scope="module")
def colleague(chromium: Browser, box: Box) -> Iterator[Browser]:
    """A browser for which one name leads to the proxy, and no other name or address leads anywhere."""
    rules = f"MAP {HOST} 127.0.0.1:{box.proxy.port}, MAP * ~NOTFOUND"
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, f"--host-resolver-rules={rules}"])
    yield browser
    browser.close()


@pytest.fixture
def page(colleague: Browser, box: Box) -> Iterator[Page]:
    """A page that asks nobody else for anything, and complains of nothing."""
    context = colleague.new_context(base_url=box.proxy.url, ignore_https_errors=True, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    asked: set[str] = set()
    complaints: list[str] = []
    opened.on("request", lambda request: asked.add(request.url.partition("://")[2].partition("/")[0]))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert asked - {""} == {f"{HOST}:{box.proxy.port}"}
    assert complaints == []


def test_the_store_is_out_of_the_browsers_reach_and_within_ours(colleague: Browser, box: Box) -> None:
    assert httpx.get(box.store_url).status_code == 403
    alone = colleague.new_page()
    for address in (box.store_url, box.store_url.replace("127.0.0.1", "localhost")):
        with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            alone.goto(address)
    alone.close()


def test_a_colleague_signs_up_casts_renders_plays_seeks_and_saves(page: Page, box: Box, tmp_path: Path) -> None:
    first = page.goto("/")
    assert first is not None
    assert first.headers["strict-transport-security"].startswith("max-age=")
    page.get_by_role("link", name="Sign up").click()
    for name, value in (("Your name", "Ada"), ("Organisation", "Ada's films"), ("E-mail address", "ada@example.com")):
        page.get_by_role("textbox", name=name).fill(value)
    page.get_by_role("textbox", name="Password").fill("a long sentence")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible(timeout=JUDGED_MS)
    (cookie,) = page.context.cookies()
    assert (cookie["name"], cookie["secure"]) == ("__Host-dramatis", True)

    page.goto("/cast/new?name=Nell")
    page.get_by_role("radio", name="It is my own face").check()
    page.get_by_label("Your name").fill("Nell")
    page.locator("input[type=file]").set_input_files(example_path())
    cast = page.get_by_role("button", name="Cast Nell")
    expect(cast).to_be_enabled(timeout=JUDGED_MS)
    cast.click()
    expect(page.get_by_role("heading", name="Nell", exact=True)).to_be_attached(timeout=JUDGED_MS)
    _expect_pictures(page)

    take_path = _render_a_take(page)
    with page.expect_response(re.compile(r"/dramatis/.*video")) as media:
        page.goto(take_path)
    _play_and_seek(page, media.value.url)
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("Download|Save")).first.click()
    clip = saved.value.path().read_bytes()
    assert clip[4:8] == b"ftyp"


def _render_a_take(page: Page) -> str:
    """A short take of Nell's, rendered; returns the path of its page."""
    (nell,) = [one for one in _ask(page, "GET", "/v1/characters")["data"] if one["name"] == "Nell"]
    project = _ask(page, "POST", "/v1/projects", {"name": "Short"})["id"]
    scene = _ask(page, "POST", f"/v1/projects/{project}/scenes", {"heading": "INT. LAB - DAY"})["id"]
    body = {"prompt": "@Nell smiles", "characters": [{"character_id": nell["id"]}], "seconds": 2, "size": "256x256"}
    shot = _ask(page, "POST", f"/v1/scenes/{scene}/shots", body)["id"]
    page.goto(f"/films/{project}/shots/{shot}")
    page.get_by_role("button", name=re.compile("Render · ")).click()
    take = page.get_by_role("article", name="Take T1")
    expect(take).to_contain_text("Nell: the face was kept", timeout=RENDERED_MS)
    (row,) = _ask(page, "GET", f"/v1/shots/{shot}/takes")["data"]
    return f"/films/{project}/shots/{shot}/takes/{row['id']}"


def _ask(page: Page, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the API answers to the page itself."""
    asking = """async ([method, path, body]) => {
        const headers = {"Content-Type": "application/json"};
        const reply = await fetch(path, body === null ? {method} : {method, headers, body: JSON.stringify(body)});
        if (!reply.ok) throw new Error(await reply.text());
        return reply.json();
    }"""
    return dict(page.evaluate(asking, [method, path, body]))


def _play_and_seek(page: Page, source: str) -> None:
    """`source`: where the clip came from in the end."""
    video = page.locator("video").first
    expect(video).to_have_js_property("readyState", 4)
    video.evaluate("video => { video.muted = true; return video.play(); }")
    page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
    video.evaluate("video => { video.pause(); video.currentTime = 1.5; }")
    page.wait_for_function(
        "() => { const v = document.querySelector('video'); return !v.seeking && v.currentTime === 1.5; }"
    )
    part = page.evaluate(
        "async url => { const r = await fetch(url, {headers: {Range: 'bytes=10-19'}});"
        " return [r.status, (await r.arrayBuffer()).byteLength]; }",
        source,
    )
    assert part == [206, 10]


def _expect_pictures(page: Page) -> None:
    page.wait_for_function(
        "() => [...document.images].length > 0 && [...document.images].every(i => i.complete && i.naturalWidth > 0)"
    )


def test_a_client_of_the_api_uploads_renders_and_fetches_through_the_one_address(box: Box, tmp_path: Path) -> None:
    with box.proxy.client(box.server.api_key) as http, box.proxy.client() as plain:
        body = example_path().read_bytes()
        announced = http.post(
            "/v1/uploads", json={"kind": "photo", "content_type": "image/png", "size_bytes": len(body)}
        ).json()
        assert announced["url"].startswith(box.proxy.url)
        sent = plain.post(announced["url"], data=announced["fields"], files={"file": ("a.png", body, "image/png")})
        assert sent.status_code == 204
        photo = http.post(f"/v1/uploads/{announced['id']}/complete").json()
        assert plain.get(photo["url"]).status_code == 200
        person = {
            "name": "Eileen",
            "consent": {"kind": "own", "by": "Eileen"},
            "references": [{"asset_id": photo["id"]}],
        }
        character = http.post("/v1/characters", json=person).json()["id"]
        entry = {"character_id": character}
        order = {"prompt": "Eileen nods", "characters": [entry], "seconds": 0.5, "size": "256x256"}
        submitted = http.post("/v1/takes", json=order)
        assert submitted.status_code == 201, submitted.text
        take = submitted.json()["id"]
        until = time.monotonic() + RENDERED_MS / 1000
        while (state := http.get(f"/v1/takes/{take}").json()["state"]) != "SUCCEEDED":
            assert time.monotonic() < until, state
            time.sleep(0.2)
        clip = http.get(f"/v1/takes/{take}/content", follow_redirects=True)  # the key goes along, and no further
        assert clip.headers["content-type"] == "video/mp4"
        whole = plain.get(str(clip.url), headers={"Range": "bytes=4-7"})
        assert (whole.status_code, whole.content) == (206, b"ftyp")


def test_the_demo_works_against_the_one_address(box: Box, chromium: Browser, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "frontend.demo", "--url", box.proxy.url, "--port", "0"]
    command += ["--example-photo", str(example_path())]
    environment = {
        **os.environ,
        "DRAMATIS_API_KEY": box.server.api_key,
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(_only_the_proxy(tmp_path, box)),
        "SSL_CERT_FILE": str(box.proxy.certificate),
    }
    with log.open("wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told)
    page = chromium.new_page()
    try:
        page.goto(_address(log, process))
        page.get_by_text("She nods twice while the camera moves in").first.click()
        expect(page.get_by_label("What happens")).to_have_value("She nods twice while the camera moves in")
        page.get_by_role("button", name="Shoot").click()
        expect(page.get_by_text("the face was kept")).to_be_visible(timeout=RENDERED_MS)
        expect(page.locator("video")).to_have_js_property("paused", False)
    finally:
        page.close()
        process.terminate()
        process.wait(20)


def _only_the_proxy(folder: Path, box: Box) -> Path:
    """A folder whose `sitecustomize` gives a Python the proxy's name, and keeps the studio and its store from it."""
    ports = [*json.loads((box.server.data / "objects" / "ports.json").read_text()).values(), box.server.port]
    (folder / "sitecustomize.py").write_text(
        f"""
import socket
find, connect = socket.getaddrinfo, socket.socket.connect

def getaddrinfo(host, *rest, **more):
    return find("127.0.0.1" if host == {HOST!r} else host, *rest, **more)

def refuse_some(self, address):
    if address[1] in {ports}:
        raise ConnectionRefusedError(f"{{address}} cannot be reached from here")
    return connect(self, address)

socket.getaddrinfo, socket.socket.connect = getaddrinfo, refuse_some
"""
    )
    return folder


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"the demo did not start: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
