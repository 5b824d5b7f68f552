"""Objects on a real S3 server: signed, bounded, checksummed, conditional."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from storage.address import StoreAddress
from storage.objects import ObjectMissing, Objects, ObjectTooLarge, StoreError
from storage.seaweed import SeaweedServer

BODY = b"a small object"
SHA256 = hashlib.sha256(BODY).hexdigest()


def _key() -> str:
    return f"tests/{secrets.token_hex(8)}"


async def test_the_first_writer_keeps_a_key(objects: Objects) -> None:
    key = _key()
    assert await objects.put(key, BODY, content_type="text/plain")
    assert not await objects.put(key, b"another", content_type="text/plain")
    assert await objects.get(key, most_bytes=100) == BODY
    facts = await objects.stat(key)
    assert (facts.size_bytes, facts.content_type) == (len(BODY), "text/plain")


async def test_reading_stops_at_its_bound_and_misses_by_name(objects: Objects) -> None:
    key = _key()
    await objects.put(key, BODY, content_type="text/plain")
    with pytest.raises(ObjectTooLarge):
        await objects.get(key, most_bytes=3)
    with pytest.raises(ObjectMissing):
        await objects.get(_key(), most_bytes=3)
    with pytest.raises(ObjectMissing):
        await objects.stat(_key())


async def test_a_link_to_write_takes_only_the_announced_bytes(objects: Objects) -> None:
    key = _key()
    link = objects.link_to_write(key, sha256=SHA256)
    async with httpx.AsyncClient() as http:
        assert (await http.put(link, content=b"something else")).status_code == 400
        assert (await http.put(link.replace(key, _key()), content=BODY)).status_code == 403
        assert (await http.put(link, content=BODY, headers={"If-None-Match": "*"})).status_code == 200
        assert (await http.put(link, content=BODY, headers={"If-None-Match": "*"})).status_code == 412


async def test_a_form_takes_only_what_was_announced(objects: Objects) -> None:
    key = _key()
    form = objects.form_to_upload(
        key, content_type="image/png", size_bytes=len(BODY), sha256=SHA256, valid_for=timedelta(minutes=1)
    )

    async def post(body: bytes, **fields: str) -> int:
        files = {"file": ("photo.png", body, "image/png")}
        async with httpx.AsyncClient() as http:
            return (await http.post(form.url, data=form.fields | fields, files=files)).status_code

    assert await post(BODY + b"!") == 400
    assert await post(BODY[::-1]) == 400
    assert await post(BODY, **{"Content-Type": "text/html"}) == 403
    assert await post(BODY, key=_key()) == 403
    assert await post(BODY) == 204
    assert await objects.get(key, most_bytes=100) == BODY


async def test_an_expired_link_is_refused(objects: Objects) -> None:
    key = _key()
    await objects.put(key, BODY, content_type="text/plain")
    link = objects.link_to_read(key, valid_for=timedelta(seconds=1))
    async with httpx.AsyncClient() as http:
        assert (await http.get(link)).status_code == 200
        stale = link.replace("X-Amz-Expires=1", "X-Amz-Expires=2")
        assert (await http.get(stale)).status_code == 403
        assert (await http.get(link.split("?")[0])).status_code == 403


async def test_a_download_has_our_type_and_name_not_the_uploaders(objects: Objects) -> None:
    key = _key()
    await objects.put(key, BODY, content_type="text/html")
    link = objects.link_to_download(key, content_type="video/mp4", filename='take "1".mp4')
    async with httpx.AsyncClient() as http:
        reply = await http.get(link)
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["content-disposition"] == (
        "attachment; filename=\"take__1_.mp4\"; filename*=UTF-8''take%20%221%22.mp4"
    )


async def test_a_link_is_signed_for_the_host_that_browsers_use(objects: Objects) -> None:
    address = StoreAddress("http://127.0.0.1:9", "a", "b" * 10, public_url="https://objects.example")
    both = Objects(address)
    assert both.link_to_read("k").startswith("http://127.0.0.1:9/")
    assert both.link_to_download("k", content_type="video/mp4").startswith("https://objects.example/")
    await both.close()


async def test_large_files_go_in_parts(objects: Objects, tmp_path: Path) -> None:
    key, path = _key(), tmp_path / "large"
    path.write_bytes(os.urandom(20_000_000))
    await objects.put_file(key, path, content_type="video/mp4")
    assert (await objects.stat(key)).size_bytes == 20_000_000
    body = await objects.get(key, most_bytes=30_000_000)
    assert hashlib.sha256(body).digest() == hashlib.sha256(path.read_bytes()).digest()


async def test_deleting_a_prefix_takes_all_of_it_and_nothing_else(objects: Objects) -> None:
    prefix = _key()
    for name in ("a", "b/c"):
        await objects.put(f"{prefix}/{name}", BODY, content_type="text/plain")
    await objects.put(f"{prefix}-other", BODY, content_type="text/plain")
    assert await objects.delete_prefix(f"{prefix}/") == 2
    assert await objects.list_keys(prefix) == [f"{prefix}-other"]
    await objects.delete([f"{prefix}/a"])  # gone already: no error


async def test_a_store_that_is_away_says_so() -> None:
    away = Objects(StoreAddress("http://127.0.0.1:9", "a", "b" * 10))
    with pytest.raises(StoreError):
        await away.put("k", BODY, content_type="text/plain")
    with pytest.raises(StoreError):
        await away.stat("k")
    with pytest.raises(StoreError):
        await away.check()
    await away.close()


async def test_pages_of_the_studio_alone_may_upload_and_read(tmp_path: Path) -> None:
    ours, theirs = "http://127.0.0.1:8420", "http://elsewhere.example"
    server = await SeaweedServer.start(tmp_path, origins=["http://localhost:8420", ours])
    opened = Objects(server.address)
    try:
        key = _key()
        form = opened.form_to_upload(
            key, content_type="text/plain", size_bytes=len(BODY), sha256=SHA256, valid_for=timedelta(minutes=1)
        )
        assert await opened.answers_browsers(ours)
        assert not await opened.answers_browsers(theirs)
        async with httpx.AsyncClient() as http:
            files = {"file": ("photo.txt", BODY, "text/plain")}
            put = await http.post(form.url, data=form.fields, files=files, headers={"Origin": ours})
            assert (put.status_code, put.headers["access-control-allow-origin"]) == (204, ours)
            link = opened.link_to_download(key, content_type="text/plain")
            read = await http.get(link, headers={"Origin": ours, "Range": "bytes=0-6"})
            assert (read.status_code, read.headers["access-control-allow-origin"]) == (206, ours)
            asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
            preflight = await http.options(link, headers={"Origin": ours, **asked})
            assert preflight.headers["access-control-allow-origin"] == ours
            assert "range" in preflight.headers["access-control-allow-headers"]
            refused = await http.get(link, headers={"Origin": theirs})
            assert "access-control-allow-origin" not in refused.headers
    finally:
        await opened.close()
        await server.stop()
