"""A proxy that passes every request on, and breaks off before it gives the first answer to one of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

OF_A_HOP = {"connection", "content-encoding", "content-length", "host", "keep-alive", "transfer-encoding"}


class LosingProxy(ThreadingHTTPServer):
    """`passed_on`: how many requests of the kind whose first answer is lost have come."""

    daemon_threads = True

    def __init__(self, method: str, path: str, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Pass)
        self.lost = (method, path)
        self.passed_on = 0
        self.onward = httpx.Client(base_url=upstream, timeout=60)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Pass(BaseHTTPRequestHandler):
    server: LosingProxy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_A_HOP}
        answer = self.server.onward.request(self.command, self.path, headers=headers, content=body)
        if (self.command, self.path) == self.server.lost:
            self.server.passed_on += 1
            if self.server.passed_on == 1:
                self.close_connection = True
                return
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            if name.lower() not in OF_A_HOP:
                self.send_header(name, value)
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def first_answer_lost(method: str, path: str, upstream: str) -> Iterator[LosingProxy]:
    """The first answer to `method path` is lost after its work was done; `upstream`: the server's address."""
    with LosingProxy(method, path, upstream) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, name="losing-proxy")
        thread.start()
        yield proxy
        proxy.shutdown()
        thread.join()
        proxy.onward.close()
