"""Another site's page calls the API with a key where the operator allows it, and never with somebody's session."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PageError

from studio.config import Settings
from studio.examples import example_path
from tests.browser.conftest import Studio, sign_in_url
from tests.faults.server import Server

FETCH = """async ([url, options]) => {
    const reply = await fetch(url, options);
    const body = new Uint8Array(await reply.arrayBuffer());
    return {
        status: reply.status,
        replayed: reply.headers.get("Idempotent-Replayed"),
        text: reply.headers.get("content-type").includes("json") ? new TextDecoder().decode(body) : "",
        kind: new TextDecoder("latin1").decode(body.slice(4, 8)),
    };
}"""
MAKE = """async ([url, key, photo]) => {
    const authorization = `Bearer ${key}`;
    const asked = { prompt: "She nods", consent: "licensed_example", num_frames: 12, size: "256x256" };
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify({ ...asked, input_reference: photo });
    let video = await (await fetch(`${url}/v1/videos`, { method: "POST", headers, body })).json();
    while (video.status === "queued" || video.status === "in_progress") {
        await new Promise((resolve) => setTimeout(resolve, 200));
        video = await (await fetch(`${url}/v1/videos/${video.id}`, { headers: { authorization } })).json();
    }
    return video;
}"""

UPLOAD = """async ([url, key, photo]) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const file = await (await fetch(`data:image/png;base64,${photo}`)).blob();
    const body = JSON.stringify({ kind: "photo", content_type: "image/png", size_bytes: file.size });
    const upload = await (await fetch(`${url}/v1/uploads`, { method: "POST", headers, body })).json();
    const form = new FormData();
    for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
    form.append("file", file);
    const sent = await fetch(upload.url, { method: "POST", body: form });
    if (sent.status !== 204) throw new Error(await sent.text());
    return (await (await fetch(`${url}/v1/uploads/${upload.id}/complete`, { method: "POST", headers })).json()).url;
}"""


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Another site</title>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401 (the library's own signature)
        pass


@pytest.fixture(scope="module")
def sites() -> Iterator[list[str]]:
    """Two other sites of empty pages: the first will be allowed."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Blank) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield [f"http://127.0.0.1:{server.server_address[1]}" for server in servers]
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="module")
def open_studio(tmp_path_factory: pytest.TempPathFactory, sites: list[str]) -> Iterator[Server]:
    settings = {"DRAMATIS_CORS_ORIGINS": f'["{sites[0]}"]', "DRAMATIS_ENGINE_MODULE": "tests.inference.panning"}
    server = Server(tmp_path_factory.mktemp("open") / "data", **settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def pages(chromium: Browser, open_studio: Server, sites: list[str]) -> Iterator[list[Page]]:
    """A page of each site, in a browser that is signed in to the studio too."""
    context = chromium.new_context()
    context.new_page().goto(sign_in_url(open_studio))
    opened = [context.new_page() for _ in sites]
    for page, site in zip(opened, sites, strict=True):
        page.goto(site)
    yield opened
    context.close()


def fetch(page: Page, url: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 (of the browser's fetch)
    told: dict[str, Any] = page.evaluate(FETCH, [url, options])
    return told


def test_an_allowed_page_makes_a_video_and_reads_it(open_studio: Server, pages: list[Page]) -> None:
    page, _ = pages
    photo = "data:image/png;base64," + base64.b64encode(example_path().read_bytes()).decode()
    video = page.evaluate(MAKE, [open_studio.url, open_studio.api_key, photo])
    assert video["status"] == "completed", video
    keyed = {"authorization": f"Bearer {open_studio.api_key}"}
    clip = fetch(page, f"{open_studio.url}/v1/videos/{video['id']}/content", headers=keyed)
    assert (clip["status"], clip["kind"]) == (200, "ftyp")


def test_an_allowed_page_uploads_by_a_signed_form_and_reads_by_a_signed_link(
    open_studio: Server, pages: list[Page]
) -> None:
    allowed, stranger = pages
    photo = base64.b64encode(example_path().read_bytes()).decode()
    link = allowed.evaluate(UPLOAD, [open_studio.url, open_studio.api_key, photo])
    assert link.startswith(open_studio.url)
    assert fetch(allowed, link, headers={"range": "bytes=0-9"})["status"] == 206
    with pytest.raises(PageError, match="Failed to fetch"):
        fetch(stranger, link)


def test_an_allowed_page_reads_refusals_and_our_own_headers(open_studio: Server, pages: list[Page]) -> None:
    page, _ = pages
    keyed = {"authorization": f"Bearer {open_studio.api_key}", "content-type": "application/json"}
    upload = '{"kind": "photo", "content_type": "image/png", "size_bytes": 3, "sha256": "%s"}' % ("0" * 64)
    asked = {"method": "POST", "headers": keyed | {"Idempotency-Key": "from-a-page"}, "body": upload}
    first, again = (fetch(page, f"{open_studio.url}/v1/uploads", **asked) for _ in range(2))
    assert (first["status"], first["replayed"], again["replayed"]) == (201, None, "true")
    refused = fetch(page, f"{open_studio.url}/v1/takes", method="POST", headers=keyed, body="{}")
    assert refused["status"] == 422
    assert "invalid_request" in refused["text"]


def test_no_page_of_another_site_reads_anything_by_the_session(open_studio: Server, pages: list[Page]) -> None:
    for page in pages:
        for options in ({"credentials": "include"}, {}):
            with pytest.raises(PageError, match="Failed to fetch"):
                fetch(page, f"{open_studio.url}/v1/me", **options)
    allowed, _ = pages
    keyed = {"authorization": f"Bearer {open_studio.api_key}"}
    with pytest.raises(PageError, match="Failed to fetch"):  # with a key, but asking for the cookie beside it
        fetch(allowed, f"{open_studio.url}/v1/models", headers=keyed, credentials="include")


def test_a_page_that_is_not_allowed_cannot_use_a_key_either(open_studio: Server, pages: list[Page]) -> None:
    _, stranger = pages
    with pytest.raises(PageError, match="Failed to fetch"):
        fetch(stranger, f"{open_studio.url}/v1/models", headers={"authorization": f"Bearer {open_studio.api_key}"})


def preflight(url: str, origin: str, headers: str) -> httpx.Headers:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers}
    return httpx.options(f"{url}/v1/takes", headers=asked).headers


def test_a_preflight_is_answered_for_keys_alone(open_studio: Server, sites: list[str]) -> None:
    told = preflight(open_studio.url, sites[0], "authorization,content-type,idempotency-key,x-stainless-lang")
    assert told["access-control-allow-origin"] == sites[0]
    assert "access-control-allow-credentials" not in told
    assert "access-control-allow-origin" not in preflight(open_studio.url, sites[0], "content-type")
    assert "access-control-allow-origin" not in preflight(open_studio.url, sites[1], "authorization")


def test_without_the_setting_nobody_is_answered(studio: Studio, sites: list[str]) -> None:
    assert "access-control-allow-origin" not in preflight(studio.url, sites[0], "authorization")
    reply = studio.http.get("/v1/models", headers={"Origin": sites[0]})
    assert reply.is_success
    assert "access-control-allow-origin" not in reply.headers


def test_an_origin_has_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAMATIS_CORS_ORIGINS", '["https://app.example.com/editor"]')
    with pytest.raises(ValueError, match="an origin is scheme, host and port"):
        Settings(data_dir=tmp_path)
