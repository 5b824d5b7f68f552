"""Requests written byte by byte: what well-behaved clients refuse to send is sent all the same."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.client
import socket
from dataclasses import dataclass
from pathlib import Path

from studio.http.request_heads import MOST_HEAD_BYTES

PATIENCE_S = 60.0
STREAM_PATIENCE_S = 0.4
UNWHOLE_PATIENCE_S = 2.0
_MOST_INLINE = 4000
_HEAD_BESIDE = 1024  # bytes of a head that the sender adds, at most


@dataclass(frozen=True)
class Request:
    """`target` as it stands on the request line; headers as (name, value); all of it latin-1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def has_legal_head(self) -> bool:
        """Whether it is short enough for the server, and free of signs that no header may have (RFC 9110, 5.5)."""
        told = "".join((self.target, *(f"{name}: {value}" for name, value in self.headers)))
        illegal = (sign for sign in told if (ord(sign) < 32 and sign != "\t") or ord(sign) == 127)
        return len(told) < MOST_HEAD_BYTES - _HEAD_BESIDE and not any(illegal)

    def encoded(self, host: str) -> bytes:
        """The bytes on the wire. A Content-Length is added where nothing else says how long the body is."""
        names = {name.lower() for name, _ in self.headers}
        headers = [*self.headers, ("Connection", "close")]
        if "host" not in names:
            headers.insert(0, ("Host", host))
        if not names & {"content-length", "transfer-encoding"} and (self.body or self.method not in ("GET", "HEAD")):
            headers.append(("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace") + self.body

    def as_curl(self, url: str, folder: Path) -> str:
        """A command that sends it again; a long or binary body goes to a file in `folder`."""
        words = ["curl -isS --path-as-is", f"-X {_quoted(self.method)}", _quoted(url + self.target)]
        words += [f"-H {_quoted(f'{name}: {value}')}" for name, value in self.headers]
        if self.body:
            if len(self.body) > _MOST_INLINE or b"\0" in self.body:
                path = folder / f"body-{hashlib.sha256(self.body).hexdigest()[:12]}"
                path.write_bytes(self.body)
                words.append(f"--data-binary @{path}")
            else:
                words.append(f"--data-binary {_quoted(self.body.decode('latin-1'))}")
        return " ".join(words)


@dataclass(frozen=True)
class Reply:
    """What came back; `broken` where the server broke off half way through."""

    status: int
    headers: dict[str, str]
    body: bytes
    broken: bool = False

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()


def send(address: tuple[str, int], request: Request, *, whole: bool = True) -> Reply | None:
    """The reply; None when the server closed without one. Of an endless stream, what comes at once.

    A request that is not `whole` as HTTP may promise more than it brings: then nothing more comes. Raises TimeoutError.
    """
    with socket.create_connection(address, PATIENCE_S) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may answer before it has read everything
            connection.sendall(request.encoded(f"{address[0]}:{address[1]}"))
            if not whole:
                connection.settimeout(UNWHOLE_PATIENCE_S)
        reply = http.client.HTTPResponse(connection, method=request.method)
        try:
            reply.begin()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            if headers.get("content-type", "").startswith("text/event-stream"):
                return _listen(connection, reply, headers)
            body = reply.read()
            coded = headers.get("content-encoding") == "gzip" and body  # nothing comes after the head of a HEAD
            return Reply(reply.status, headers, gzip.decompress(body) if coded else body)
        except http.client.IncompleteRead as error:
            return Reply(reply.status, headers, error.partial, broken=True)
        except (http.client.BadStatusLine, ConnectionResetError):
            return None
        except TimeoutError:
            if whole:
                raise
            return None  # it waits for what was promised


def _listen(connection: socket.socket, reply: http.client.HTTPResponse, headers: dict[str, str]) -> Reply:
    connection.settimeout(STREAM_PATIENCE_S)
    heard = b""
    try:
        while chunk := reply.read1():
            heard += chunk
    except TimeoutError:
        pass  # it is silent, as streams are when nothing happens
    except (http.client.HTTPException, ConnectionResetError):
        return Reply(reply.status, headers, heard, broken=True)
    return Reply(reply.status, headers, heard)


def _quoted(words: str) -> str:
    """For a shell: $'…' with everything odd as \\xNN."""
    return "$'" + "".join(
        letter if " " <= letter <= "~" and letter not in "'\\" else f"\\x{ord(letter):02x}" for letter in words
    ) + "'"  # fmt: skip
