"""A small hub on 127.0.0.1: enough of its wire for the real client, and a few ways to be broken."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "c0ffee" + "0" * 34


@dataclass
class Hub:
    """One repository's files, served at `url`. What is in `tampered` is announced as it was and sent otherwise."""

    repository: str
    files: dict[str, bytes]
    large: tuple[str, ...] = (".safetensors", ".bin")
    tampered: set[str] = field(default_factory=set)
    broken_after: dict[str, int] = field(default_factory=dict)  # file → bytes, after which the connection drops, once
    truncated: dict[str, int] = field(default_factory=dict)  # file → bytes, after which nothing more ever comes
    asked: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    gated: bool = False
    url: str = ""

    def siblings(self) -> list[dict[str, object]]:
        made = []
        for name, data in self.files.items():
            one: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": git_sha1(data)}
            if name.endswith(self.large):
                one["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": 134}
            made.append(one)
        return made


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = self.path.partition("?")[0]
            if path.startswith(f"/api/models/{hub.repository}"):
                if hub.gated:
                    return self._error(403, "GatedRepo")
                revision = path.rpartition("/revision/")[2]
                if revision not in ("main", COMMIT):
                    return self._error(404, "RevisionNotFound")
                words = {"id": hub.repository, "modelId": hub.repository, "sha": COMMIT, "siblings": hub.siblings()}
                return self._send(200, json.dumps(words).encode(), {"Content-Type": "application/json"}, body)
            name = path.removeprefix(f"/{hub.repository}/resolve/{COMMIT}/")
            if name == path or name not in hub.files:
                return self._error(404, "RepoNotFound" if name == path else "EntryNotFound")
            return self._send_file(name, body)

        def _send_file(self, name: str, body: bool) -> None:
            data = hub.files[name]
            etag = sha256(data) if name.endswith(hub.large) else git_sha1(data)
            if name in hub.tampered:
                data = bytes([data[0] ^ 1]) + data[1:]
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "X-Linked-Etag": f'"{etag}"',
                       "X-Linked-Size": str(len(data)), "Accept-Ranges": "bytes"}  # fmt: skip
            status, asked = 200, self.headers.get("Range")
            if body:
                hub.asked.append(name)
            if asked and body:
                hub.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").partition("-")[0])
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
                status, data = 206, data[start:]
            cut = hub.broken_after.pop(name, hub.truncated.get(name)) if body else None
            return self._send(status, data, headers, body, cut)

        def _send(self, status: int, data: bytes, headers: dict[str, str], body: bool, cut: int | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data if cut is None else data[:cut])
            if cut is not None:
                self.wfile.flush()
                self.close_connection = True

        def _error(self, status: int, code: str) -> None:
            self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code}, self.command == "GET")

    return Handler
