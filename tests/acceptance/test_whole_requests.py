"""Requests whose head is good and whose rest is not: refused or left, they change nothing."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.server import Server

RESTS = {
    "no chunk": ("Transfer-Encoding: chunked", b"no chunk\r\n\r\n"),
    "a bad second chunk": ("Transfer-Encoding: chunked", b"1\r\n{\r\nno chunk\r\n\r\n"),
    "less than promised": ("Content-Length: 5", b""),
}


@pytest.mark.parametrize("case", RESTS)
def test_an_operation_without_a_body_is_not_done_when_the_rest_of_its_request_is_bad(live: Server, case: str) -> None:
    header, rest = RESTS[case]
    with httpx.Client(base_url=live.url, headers={"Authorization": f"Bearer {live.api_key}"}) as http:
        films = [http.post("/v1/projects", json={"name": f"Film {number}"}).json()["id"] for number in range(10)]
        for film in films:
            head = f"DELETE /v1/projects/{film} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {live.api_key}\r\n{header}"
            assert _answer(live.url, f"{head}\r\n\r\n".encode() + rest) in (b"", b"HTTP/1.1 400 Bad Request")
        time.sleep(0.5)  # what was begun would have ended
        assert [http.get(f"/v1/projects/{film}/board").status_code for film in films] == [200] * len(films)
        for film in films:
            assert http.request("DELETE", f"/v1/projects/{film}", content=iter([b"a", b"b"])).status_code == 200


def _answer(url: str, request: bytes) -> bytes:
    """The status line; nothing where the server waits for the rest, and the caller goes."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), 10) as connection:
        connection.sendall(request)
        connection.settimeout(0.2)
        try:
            return connection.recv(4096).partition(b"\r\n")[0]
        except TimeoutError:
            return b""
