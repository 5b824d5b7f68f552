"""Objects by reference: checked, bounded, cancellable, written whole or not at all. Over real HTTP."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.engine import sinks, sources
from inference.engine.failures import RenderFailed
from inference.engine.sinks import SinkWriter
from inference.engine.sources import SourceReader, decode_picture
from inference.protocol import Artifact, Sink, Source

DATA = b"some bytes that were announced"


class Store(ThreadingHTTPServer):
    """Objects at paths; `/flaky/…` fails twice first, `/stall` never answers, PUT is conditional as on S3."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {"/there": DATA, "/flaky/there": DATA}
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.stalled = threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}?X-Amz-Signature=abc"


class Handler(BaseHTTPRequestHandler):
    server: Store

    def do_GET(self) -> None:
        self._serve(lambda path: (200, self.server.objects[path]) if path in self.server.objects else (404, b""))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._serve(lambda path: self._put(path, body))

    def _put(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path in self.server.objects and self.headers["If-None-Match"] == "*":
            return 412, b""
        self.server.objects[path] = body
        return 200, b""

    def _serve(self, answer: object) -> None:
        path = self.path.split("?")[0]
        self.server.seen.append((self.command, path, dict(self.headers)))
        if path == "/stall":
            self.server.stalled.wait(20)
        earlier = sum(one[1] == path for one in self.server.seen)
        assert callable(answer)
        status, body = (503, b"") if path.startswith("/flaky") and earlier <= 2 else answer(path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class Stopped(Exception):
    pass


def go_on() -> None:
    """Nobody asked to stop."""


def stop_after(seconds: float) -> sources.Check:
    until = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > until:
            raise Stopped

    return check


def source_of(url: str, data: bytes = DATA) -> Source:
    return Source(url=url, sha256=hashlib.sha256(data).hexdigest())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sources, sinks):
        monkeypatch.setattr(module, "_BACKOFF_S", 0.01)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        threading.Thread(target=store.serve_forever, daemon=True).start()
        yield store
        store.stalled.set()
        store.shutdown()


@pytest.fixture
def artifact(tmp_path: Path) -> tuple[Path, Artifact]:
    path = tmp_path / "clip.mp4"
    path.write_bytes(DATA * 10_000)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return path, Artifact(kind="clip", sha256=sha256, size_bytes=path.stat().st_size, content_type="video/mp4")


def test_a_source_is_read_over_http_and_through_two_hiccups(store: Store) -> None:
    reader = SourceReader(())
    assert reader.read(source_of(store.url("/there")), go_on) == DATA
    assert reader.read(source_of(store.url("/flaky/there")), go_on) == DATA


def test_other_bytes_than_announced_are_refused(store: Store) -> None:
    with pytest.raises(RenderFailed) as refusal:
        SourceReader(()).read(source_of(store.url("/there"), b"other"), go_on)
    assert (refusal.value.code, refusal.value.retryable) == ("bad_source", False)


@pytest.mark.parametrize("url", ["ftp://h/x", "file:///etc/hostname", "relative"])
def test_what_this_engine_may_not_read_is_refused(url: str) -> None:
    with pytest.raises(RenderFailed, match=r"cannot be read over|may not read") as refusal:
        SourceReader(()).read(source_of(url), go_on)
    assert refusal.value.code == "bad_source"


def test_files_are_read_below_their_root_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "in side").write_bytes(DATA)
    (tmp_path / "outside").write_bytes(DATA)
    (root / "link").symlink_to(tmp_path / "outside")
    reader = SourceReader((root,))
    assert reader.read(source_of((root / "in side").as_uri()), go_on) == DATA
    for escape in ("link", "../outside"):
        with pytest.raises(RenderFailed, match="may not read"):
            reader.read(source_of(f"file://{root}/{escape}"), go_on)


def test_a_missing_object_is_final_and_a_dead_server_is_not(store: Store) -> None:
    with pytest.raises(RenderFailed) as missing:
        SourceReader(()).read(source_of(store.url("/nowhere")), go_on)
    with pytest.raises(RenderFailed) as dead:
        SourceReader(()).read(source_of("http://127.0.0.1:9/x"), go_on)
    assert (missing.value.retryable, dead.value.retryable) == (False, True)


def test_a_source_over_the_limit_is_refused(store: Store) -> None:
    with pytest.raises(RenderFailed, match="over the limit"):
        SourceReader(()).read(source_of(store.url("/there")), go_on, max_bytes=len(DATA) - 1)


def test_a_stalled_server_does_not_hold_up_a_cancel(store: Store, artifact: tuple[Path, Artifact]) -> None:
    for work in (
        lambda check: SourceReader(()).read(source_of(store.url("/stall")), check),
        lambda check: SinkWriter(()).write(*artifact, Sink(url=store.url("/stall")), check),
    ):
        began = time.monotonic()
        with pytest.raises(Stopped):
            work(stop_after(0.2))
        assert time.monotonic() - began < 0.5


def test_a_put_is_conditional_carries_its_type_and_no_checksum(store: Store, artifact: tuple[Path, Artifact]) -> None:
    path, announced = artifact
    writer = SinkWriter(())
    writer.write(path, announced, Sink(url=store.url("/new")), go_on)
    writer.write(path, announced, Sink(url=store.url("/new")), go_on)  # 412: already there
    writer.write(path, announced, Sink(url=store.url("/flaky/new")), go_on)
    assert store.objects["/new"] == store.objects["/flaky/new"] == path.read_bytes()
    headers = store.seen[0][2]
    assert (headers["If-None-Match"], headers["Content-Type"]) == ("*", "video/mp4")
    assert not [name for name in headers if "checksum" in name.lower() or name.lower() == "content-md5"]


def test_an_upload_that_nobody_takes_is_retryable(artifact: tuple[Path, Artifact]) -> None:
    with pytest.raises(RenderFailed) as failure:
        SinkWriter(()).write(*artifact, Sink(url="http://127.0.0.1:9/x"), go_on)
    assert (failure.value.code, failure.value.retryable) == ("upload_failed", True)


def test_a_file_sink_appears_whole_and_below_its_root_only(tmp_path: Path, artifact: tuple[Path, Artifact]) -> None:
    root = tmp_path / "root"
    writer = SinkWriter((root,))
    writer.write(*artifact, Sink(url=(root / "a" / "clip").as_uri()), go_on)
    assert (root / "a" / "clip").read_bytes() == artifact[0].read_bytes()
    assert [path.name for path in (root / "a").iterdir()] == ["clip"]
    with pytest.raises(RenderFailed, match="may not write"):
        writer.write(*artifact, Sink(url=(tmp_path / "clip").as_uri()), go_on)


def test_pictures_are_png_or_jpeg_of_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    _, png = cv2.imencode(".png", np.full((8, 9, 3), (1, 2, 3), np.uint8))
    _, webp = cv2.imencode(".webp", np.zeros((8, 8, 3), np.uint8))
    assert decode_picture(png.tobytes()).shape == (8, 9, 3)
    assert decode_picture(png.tobytes())[0, 0].tolist() == [3, 2, 1]
    for bad in (webp.tobytes(), b"", b"<svg/>", png.tobytes()[:40]):
        with pytest.raises(RenderFailed, match="PNG or JPEG"):
            decode_picture(bad)
    monkeypatch.setattr(sources, "MAX_PIXELS", 71)
    with pytest.raises(RenderFailed, match="too large"):
        decode_picture(png.tobytes())
