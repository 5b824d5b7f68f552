"""How the server reads requests: by httptools, whose parser is C, and what that leaves to whoever uses it.

It collects a request's line and headers for as long as they keep coming, and does not ask for the one `Host` that every
request of HTTP/1.1 has to name.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024


class StrictHeads(HttpToolsProtocol):
    """A connection; a request whose head is too long or names no host, or two, is answered 400 and the last one."""

    _is_head_open = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._is_head_open else 0
        if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")

    def on_message_begin(self) -> None:
        self._is_head_open = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_head_open = False
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() != "1.0"):
            raise ValueError("a request names one host")  # the parser makes a 400 of it
        super().on_headers_complete()
