"""What the log never keeps: passwords, keys and tokens, signed addresses, the bytes of photos.

Bodies that are whole JSON are read and written anew; what was cut off is searched as text, and so is the rest.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections.abc import Iterator
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from studio.request_log.listening import Body

OUT = "[taken out]"
LONGEST_TEXT = 4_000  # a prompt is shorter; a picture in Base64 is not
_NAMES = r"(?:password|passwd|secret|token|authorization|cookie|credential|api[_-]?key|signature|policy|x-amz-[\w-]+)"
_NAMED = re.compile(_NAMES, re.IGNORECASE)
_VALUE = r'"(?:[^"\\]|\\.)*(?:"|\\?$)|[\[{].*|[\d.eE+-]+'  # of what is nested the end is not looked for
_MEMBER = re.compile(  # a name that is spelt with escapes may be any
    rf'("(?:[^"\\]*{_NAMES}[^"\\]*|key|[^"]*\\[^"]*)"\s*:\s*)(?:{_VALUE})', re.IGNORECASE | re.DOTALL
)
_PAIR = re.compile(rf"((?:^|[&?])(?:[^&=]*{_NAMES}[^&=]*|key)=)[^&]*", re.IGNORECASE)
_SIGNED = re.compile(r"(https?://[^\s\"?]+)\?[^\s\"]*(?:signature|token|credential|sig=)[^\s\"]*", re.IGNORECASE)
_BARE = re.compile(r"\b(?:drm_|sk_(?:test|live)_|whsec_|Bearer\s+)[\w+/=.-]{8,}", re.IGNORECASE)
_MARKS = ("drm_", "sk_", "whsec_", "earer")  # without one of which none is in it
_LONG = re.compile(rf"[A-Za-z0-9+/=_-]{{{LONGEST_TEXT},}}")


def shown_body(body: Body) -> str | None:
    """A body as it is kept; None where there was none, or none that is a text."""
    if not body.kept:
        return None
    if body.media_type.startswith("multipart/"):
        return _show_form(body)
    text = storable(body.kept.decode("utf-8", "replace"))
    if "json" in body.media_type and not body.cut:
        with contextlib.suppress(ValueError, RecursionError):  # it was refused as well, and is shown as a text
            return _written(_without_secrets(json.loads(text)))
    return _search(
        _PAIR.sub(rf"\1{OUT}", text) if "urlencoded" in body.media_type else _MEMBER.sub(rf'\1"{OUT}"', text)
    )


def shown_query(query: str) -> str:
    """A query string as it is kept."""
    return _search(_PAIR.sub(rf"\1{OUT}", query))


def storable(text: str) -> str:
    """The text without what no database keeps: zero bytes, halves of surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _written(value: Any) -> str:  # noqa: ANN401 (JSON)
    return storable(json.dumps(value, ensure_ascii=False))


def _without_secrets(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        return {
            _search(name): OUT if told is not None and _is_secret(name) else _without_secrets(told)
            for name, told in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    return _search(value) if isinstance(value, str) else value


@functools.lru_cache(maxsize=2_000)  # fields have few names
def _is_secret(name: str) -> bool:
    return name.lower() == "key" or _NAMED.search(name) is not None


def _search(text: str) -> str:
    if "://" in text:
        text = _SIGNED.sub(rf"\1?{OUT}", text)
    if any(mark in text for mark in _MARKS):
        text = _BARE.sub(OUT, text)
    return _LONG.sub(lambda found: f"[{len(found[0])} characters]", text) if len(text) >= LONGEST_TEXT else text


def _show_form(body: Body) -> str:
    """The fields of a form as JSON: texts as they are, of files their name, type and size."""
    fields: dict[str, Any] = {}
    for name, value in _parts(body):
        fields[name] = [*fields[name], value] if isinstance(fields.get(name), list) else value
        if name.endswith("[]") and not isinstance(fields[name], list):
            fields[name] = [value]
    return _written(_without_secrets(fields))


def _parts(body: Body) -> Iterator[tuple[str, Any]]:
    _, options = parse_options_header(body.media_type)
    if b"boundary" not in options:
        return
    try:
        reader = _FormReader(options[b"boundary"])
    except FormParserError:  # no boundary is that long
        return
    with contextlib.suppress(FormParserError):  # what came before is shown
        reader.read(body.kept)
    yield from reader.parts


class _FormReader:
    """Collects parts of a form; of one that was cut off, those that are whole."""

    def __init__(self, boundary: bytes) -> None:
        self.parts: list[tuple[str, Any]] = []
        self._header, self._value, self._content = b"", b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._hear("_header", data[start:end]),
                "on_header_value": lambda data, start, end: self._hear("_value", data[start:end]),
                "on_header_end": self._end_header,
                "on_part_data": lambda data, start, end: self._hear("_content", data[start:end]),
                "on_part_end": self._end,
            },
        )

    def read(self, data: bytes) -> None:
        self._parser.write(data)

    def _hear(self, where: str, data: bytes) -> None:
        setattr(self, where, getattr(self, where) + data)

    def _begin(self) -> None:
        self._headers, self._content, self._header, self._value = {}, b"", b"", b""

    def _end_header(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            kind = self._headers.get(b"content-type", b"").decode("latin-1")
            self.parts.append((name, {"file": True, "content_type": kind, "bytes": len(self._content)}))
        else:
            self.parts.append((name, self._content.decode("utf-8", "replace")))
