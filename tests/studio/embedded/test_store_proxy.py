"""The embedded store behind the studio's own address: what goes through, what does not, and what nobody gets to see."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import HttpUrl

from storage.address import StoreAddress
from storage.objects import Objects, UploadForm
from storage.seaweed import SeaweedServer
from studio.app import create_app
from studio.config import Settings
from studio.embedded.signed_requests import MOST_HEAD_BYTES
from studio.embedded.store_proxy import StoreProxy
from studio.embedded.store_routes import BucketNameTaken

BODY = os.urandom(300_000)
NAMES_OF_THE_STORE = ("dramatis", "tests/", "127.0.0.1", "seaweed", "amz", "xml")


@dataclass(frozen=True)
class Served:
    """A studio that passes a store through, and the store's bucket as its clients see it."""

    url: str
    objects: Objects


@asynccontextmanager
async def serving(folder: Path, address: StoreAddress, **settings: object) -> AsyncIterator[str]:
    """The origin of a real server of the application, whose store is at `address`; nothing else of it is started."""
    app: FastAPI = create_app(Settings.model_validate({"data_dir": folder} | settings))
    app.state.store_proxy = StoreProxy(address)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await running
    await app.state.store_proxy.close()


@pytest.fixture(scope="module")
async def served(
    seaweed: SeaweedServer, objects: Objects, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    async with serving(tmp_path_factory.mktemp("served"), seaweed.address) as url:
        yield Served(url, objects.passed_through(url))


@pytest.fixture
async def link(served: Served) -> str:
    """A link to BODY."""
    key = f"tests/{secrets.token_hex(8)}"
    await served.objects.put(key, BODY, content_type="text/plain")
    return served.objects.link_to_download(key, content_type="video/mp4")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


async def test_a_link_leads_to_the_studio_and_answers_as_the_store_does(
    served: Served, link: str, http: httpx.AsyncClient
) -> None:
    assert link.startswith(served.url + "/")
    whole = await http.get(link)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, BODY, "video/mp4")
    assert whole.headers["accept-ranges"] == "bytes"
    part = await http.get(link, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, BODY[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(BODY)}"
    etag = whole.headers["etag"]
    assert (await http.get(link, headers={"If-None-Match": etag})).status_code == 304
    assert (await http.get(link, headers={"If-Match": '"another"'})).status_code == 412
    resumed = await http.get(link, headers={"Range": "bytes=5-9", "If-Range": etag})
    assert (resumed.status_code, resumed.content) == (206, BODY[5:10])
    head = await http.head(link)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(BODY)))
    beyond = await http.get(link, headers={"Range": f"bytes={len(BODY)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(BODY)}")


async def test_only_what_was_signed_is_read(link: str, served: Served, http: httpx.AsyncClient) -> None:
    bare, query = link.split("?")
    other_host = link.replace("127.0.0.1", "localhost")
    longer = link.replace("X-Amz-Expires=900", "X-Amz-Expires=901")
    for asked in (other_host, longer, link.replace("video", "text"), f"{bare}x?{query}"):
        assert (await http.get(asked)).status_code == 403, asked
    for method in ("PUT", "DELETE", "PATCH"):
        assert (await http.request(method, link)).status_code == 405
    gone = served.objects.link_to_download("tests/never-was", content_type="video/mp4")
    assert (await http.get(gone)).status_code == 404
    short = served.objects.link_to_download("k", content_type="video/mp4", valid_for=timedelta(seconds=1))
    await asyncio.sleep(2.1)
    assert (await http.get(short)).status_code == 403


async def test_an_upload_takes_exactly_what_was_announced(served: Served, http: httpx.AsyncClient) -> None:
    form = form_for(served.objects, BODY)
    assert form.url.startswith(served.url + "/")
    for body, changed, status, code in (
        (BODY + b"!", {}, 400, "EntityTooLarge"),
        (BODY + bytes(2 * MOST_HEAD_BYTES), {}, 413, "EntityTooLarge"),
        (BODY[::-1], {}, 400, "BadDigest"),
        (BODY, {"Content-Type": "text/html"}, 403, "AccessDenied"),
        (BODY, {"key": "tests/elsewhere"}, 403, "AccessDenied"),
    ):
        refused = await post(http, form, body, changed)
        assert (refused.status_code, refused.json()["store_code"]) == (status, code)
    assert (await post(http, form, BODY)).status_code == 204
    assert await served.objects.get(form.fields["key"], most_bytes=len(BODY)) == BODY


async def test_no_refusal_names_the_store(link: str, served: Served, http: httpx.AsyncClient) -> None:
    form = form_for(served.objects, BODY)
    refusals = [
        await http.get(link.replace("X-Amz-Expires=900", "X-Amz-Expires=901")),
        await http.get(link, headers={"Range": "bytes=999999-"}),
        await http.get(served.objects.link_to_download("tests/never-was", content_type="video/mp4")),
        await post(http, form, BODY + b"!"),
        await post(http, form, BODY, {"key": "tests/elsewhere"}),
        await http.get(f"{served.url}/dramatis/"),
    ]
    for refusal in refusals:
        assert refusal.headers["content-type"] == "application/problem+json"
        ours = refusal.text.replace("urn:dramatis:", "").replace(f'"{served.url}/docs/errors', '"/docs/errors')
        told = (ours + str(refusal.headers.raw)).lower()
        assert [name for name in NAMES_OF_THE_STORE if name in told] == [], told


async def test_nothing_unsigned_reaches_the_store(tmp_path: Path, http: httpx.AsyncClient) -> None:
    """The store is away: what was refused was refused without it."""
    away = StoreAddress("http://127.0.0.1:9", "key", "secret-of-ours")
    async with serving(tmp_path, away) as url:
        ours, another = Objects(away), Objects(StoreAddress("http://127.0.0.1:9", "key", "secret-of-another"))
        signed = ours.passed_through(url).link_to_download("k", content_type="video/mp4")
        assert (await http.get(signed)).status_code == 503
        assert (await http.get(signed)).headers["retry-after"]
        for asked in ("k", "", "?list-type=2", "k?acl", "a//b", "k?" + signed.split("?")[1] + "&uploads="):
            assert (await http.get(f"{url}/dramatis/{asked}")).status_code in (403, 404), asked
        form, forged = (form_for(each.passed_through(url), BODY) for each in (ours, another))
        assert (await post(http, form, BODY)).status_code == 503
        assert (await post(http, forged, BODY)).status_code == 403
        assert (await post(http, UploadForm(form.url, {"key": "k"}), BODY)).status_code == 403
        assert (await http.post(form.url, data=form.fields)).status_code == 403
        assert (await http.post(form.url, content=BODY)).status_code == 403
        twice = {"policy": [forged.fields["policy"], form.fields["policy"]]}
        assert (await post(http, form, BODY, twice)).status_code == 403
        endless = await http.post(form.url, files={"x": bytes(4 * MOST_HEAD_BYTES), "file": BODY})
        assert endless.status_code == 403
        await ours.close()
        await another.close()


async def test_neither_keys_nor_cookies_reach_the_store_and_the_host_is_the_signed_one(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: store\r\nSet-Cookie: a=b\r\nX-Amz-Id-2: x\r\n\r\nok"
        )
        await writer.drain()
        writer.close()

    async with (
        listening(answer) as address,
        serving(tmp_path, address, public_url=HttpUrl("https://films.example")) as url,
    ):
        objects = Objects(address)
        signed = objects.passed_through("https://films.example").link_to_download("k", content_type="video/mp4")
        asked = signed.replace("https://films.example", url)
        private = {"Authorization": "Bearer drm_secret", "Cookie": "dramatis=secret", "X-Forwarded-Host": "evil"}
        reply = await http.get(asked, headers={**private, "Origin": "https://elsewhere.example"})
        await objects.close()
    assert reply.text == "ok"
    (head,) = heads
    assert "\r\nhost: films.example\r\n" in head
    assert not any(word in head for word in ("drm_secret", "cookie", "evil", "elsewhere"))
    assert {"set-cookie", "x-amz-id-2"} & set(reply.headers) == set()
    assert reply.headers["server"] == "uvicorn"
    assert reply.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/pdf", "text/html; charset=utf-8"])
async def test_what_was_uploaded_never_runs_as_a_page_of_the_studio(
    served: Served, http: httpx.AsyncClient, kind: str
) -> None:
    key = f"tests/{secrets.token_hex(8)}"
    await served.objects.put(key, b"<script>steal()</script>", content_type=kind)
    reply = await http.get(served.objects.link_to_download(key, content_type=kind))
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.headers["x-content-type-options"] == "nosniff"
    policy = reply.headers["content-security-policy"].split("; ")
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    picture = await http.get(served.objects.link_to_download(key, content_type="image/png"))
    assert picture.headers["content-disposition"] == "inline"
    assert "sandbox" in picture.headers["content-security-policy"]


async def test_a_client_that_stops_reading_stops_the_store_and_one_that_leaves_ends_it(tmp_path: Path) -> None:
    sent, ended = 0, asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
        try:
            while True:
                writer.write(bytes(65536))
                await writer.drain()
                sent += 65536
        except ConnectionError:
            ended.set()

    async with listening(endless) as address, serving(tmp_path, address) as url:
        objects = Objects(address)
        link = urlsplit(objects.passed_through(url).link_to_download("k", content_type="video/mp4"))
        await objects.close()
        reader, writer = await asyncio.open_connection(link.hostname, link.port)
        writer.write(f"GET {link.path}?{link.query} HTTP/1.1\r\nHost: {link.netloc}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        before = -1
        while before != sent:  # until it stands still
            before = sent
            await asyncio.sleep(0.5)
        assert 0 < sent < 32 * 2**20
        writer.close()
        async with asyncio.timeout(20):
            await ended.wait()


async def test_any_host_header_is_answered(served: Served, link: str, http: httpx.AsyncClient) -> None:
    for host in ("a b", "x/y?z", "[::1", "s3.amazonaws.com", "é", "a" * 300, ""):
        reply = await http.get(link, headers={"Host": host.encode()})
        assert reply.status_code < 500, host


def test_a_bucket_named_like_a_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BucketNameTaken, match="films"):
        create_app(Settings(data_dir=tmp_path, s3_bucket="films"))


def form_for(objects: Objects, body: bytes) -> UploadForm:
    key, sha256 = f"tests/{secrets.token_hex(8)}", hashlib.sha256(body).hexdigest()
    within = timedelta(minutes=5)
    return objects.form_to_upload(key, content_type="image/png", size_bytes=len(body), sha256=sha256, valid_for=within)


async def post(
    http: httpx.AsyncClient, form: UploadForm, body: bytes, changed: dict[str, object] | None = None
) -> httpx.Response:
    files = {"file": ("photo.png", body, "image/png")}
    return await http.post(form.url, data=form.fields | (changed or {}), files=files)


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[StoreAddress]:
    """Something that answers in a store's place."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield StoreAddress(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "key", "secret-of-ours")
    server.close()
