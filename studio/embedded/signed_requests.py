"""Which requests reach the embedded store from outside: a signed read of one object, a form that the studio signed.

Everything else is refused before the store hears of it. Whether a link's signature is true, the store itself says; a
form's is checked here, since the store would take in a whole body first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from storage.address import StoreAddress
from storage.presigned import FormRefused, most_bytes_of_form
from studio.http.errors import NotFound, StudioError

_SIGNATURE = {"algorithm", "credential", "date", "expires", "signedheaders", "signature"}
_NEEDED = {f"x-amz-{name}" for name in _SIGNATURE}
_ALLOWED = _NEEDED | {"response-content-type", "response-content-disposition"}
MOST_HEAD_BYTES = 64 * 1024  # a form's fields, before its file; a signed one has about 2 KiB
_TAIL_BYTES = 1024  # what ends it


class StoreRefused(StudioError):
    """The object store refuses this."""

    status = 403
    code = "store_refused"


@dataclass(frozen=True)
class UploadHead:
    """The beginning of a form that we signed, as it came, and how long the whole of it may be."""

    chunks: list[bytes]
    most_bytes: int


def check_read(request: Request, key: str) -> None:
    """Raises StoreRefused unless it asks for one object with a signature, NotFound for what can be no key."""
    if any(part in ("", ".", "..") for part in key.split("/")):
        raise NotFound("there is nothing at this address")
    asked = [name.lower() for name, _ in parse_qsl(request.url.query, keep_blank_values=True)]
    if len(asked) != len(set(asked)) or not _NEEDED <= set(asked) <= _ALLOWED:
        raise StoreRefused("objects are read by links that the studio has signed")


async def read_upload_head(request: Request, chunks: AsyncIterator[bytes], address: StoreAddress) -> UploadHead:
    """Read as far as the file. Raises StoreRefused unless the fields before it are such as the studio signs."""
    head = _FormHead(request.headers.get("content-type", ""))
    came: list[bytes] = []
    try:
        async for chunk in chunks:
            came.append(chunk)
            head.feed(chunk[:MOST_HEAD_BYTES])
            if head.complete or sum(map(len, came)) > MOST_HEAD_BYTES:
                break
        if not head.complete:
            raise FormRefused("the file comes last, after the signed fields")
        most_bytes = most_bytes_of_form(address, head.fields)
    except (FormParserError, FormRefused) as error:
        raise StoreRefused(f"uploads go by forms that the studio has signed: {error}") from error
    return UploadHead(came, most_bytes + MOST_HEAD_BYTES + _TAIL_BYTES)


class _FormHead:
    """The fields of a multipart form up to its file, read as they come."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise StoreRefused("uploads are multipart/form-data")
        self.complete = False
        self.fields: dict[str, str] = {}
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value, self._field = b"", b"", ""
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Raises FormParserError, FormRefused."""
        self._parser.write(chunk)

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.pop(b"content-disposition", b""))
        self._field = options.get(b"name", b"").decode("utf-8", "replace").lower()
        self._headers.clear()
        self.complete = self.complete or self._field == "file"
        if not self.complete and self._field in self.fields:
            raise FormRefused(f"{self._field} is there twice")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if not self.complete:
            self._value += data[start:end]

    def _on_part_end(self) -> None:
        if not self.complete:
            self.fields[self._field] = self._value.decode("utf-8", "replace")
            self._value = b""
