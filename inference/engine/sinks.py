"""Writing a finished file where the product wants it: once, whole, or not at all. Torch-free."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from inference.engine.cancellable_wait import Check, pause_interruptibly, run_interruptibly
from inference.engine.failures import RenderFailed
from inference.engine.sources import allowed_path
from inference.protocol import Sink

_ATTEMPTS = 4
_BACKOFF_S = 0.4
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_CHUNK_BYTES = 256 * 1024
_ALREADY_THERE = 412  # the put is conditional: a try whose answer got lost may have arrived
_RETRIED_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504})


class Content(Protocol):
    """What is written: what it is in words, and how much of which type."""

    @property
    def kind(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    @property
    def content_type(self) -> str: ...


class SinkWriter:
    """Puts to presigned http(s) links and, under `files_roots` only, writes files. Errors: RenderFailed."""

    def __init__(self, files_roots: tuple[Path, ...]) -> None:
        self._roots = tuple(root.resolve() for root in files_roots)

    def write(self, path: Path, content: Content, sink: Sink, check: Check) -> None:
        """Copy the file at `path` into `sink`. What is there already is left as it is."""
        scheme = urlsplit(sink.url).scheme
        if scheme == "file":
            self._write_file(path, sink.url)
        elif scheme in ("http", "https"):
            _upload(path, content, sink.url, check)
        else:
            raise RenderFailed("upload_failed", f"nothing can be uploaded over {scheme!r}")

    def _write_file(self, path: Path, url: str) -> None:
        target = allowed_path(url, self._roots)
        if target is None:
            raise RenderFailed("upload_failed", "this engine may not write files there")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy_whole(path, target)
        except OSError as error:
            raise RenderFailed("upload_failed", f"a file could not be written: {error.strerror}") from error


def _copy_whole(path: Path, target: Path) -> None:
    """Copy beside the target, reach the disk, then rename: a reader never sees half a file."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".put-", delete=False) as stream:
        try:
            with path.open("rb") as source:
                shutil.copyfileobj(source, stream)
            stream.flush()
            os.fsync(stream.fileno())
            os.chmod(stream.name, 0o644)
            os.replace(stream.name, target)
        except BaseException:
            os.unlink(stream.name)
            raise


def _upload(path: Path, content: Content, url: str, check: Check) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            status = run_interruptibly(lambda: _put(path, content, url, check), check)
        except httpx.HTTPError as error:
            problem = type(error).__name__
        else:
            if 200 <= status < 300 or status == _ALREADY_THERE:
                return
            problem = f"HTTP {status}"
            if status not in _RETRIED_STATUS:
                break
        if attempt < _ATTEMPTS:
            pause_interruptibly(_BACKOFF_S * attempt, check)
    raise RenderFailed("upload_failed", f"the {content.kind} could not be uploaded: {problem}", retryable=True)


def _put(path: Path, content: Content, url: str, check: Check) -> int:
    """HTTP status of one conditional PUT. No checksum header: the link itself is signed for the announced hash."""
    headers = {
        "Content-Length": str(content.size_bytes),
        "Content-Type": content.content_type,
        "If-None-Match": "*",
    }
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client:
        return client.put(url, content=_chunks(path, check), headers=headers).status_code


def _chunks(path: Path, check: Check) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            check()
            yield chunk
