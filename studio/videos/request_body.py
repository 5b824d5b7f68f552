"""Bodies as clients send them: multipart, form or JSON, made one nested value.

The stock client sends everything as multipart, nested fields with brackets (`characters[][id]`, `consent[kind]`),
numbers and booleans as words. A field may also hold a JSON text of the whole value.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from studio.assets.intake import MOST_BYTES
from studio.http.errors import InvalidRequest
from studio.videos.errors import BodyTooLarge

MOST_BODY_BYTES = 64 * 1024 * 1024
_MOST_JSON_BYTES = MOST_BODY_BYTES  # photos may come as data URLs
_MOST_FIELD_BYTES = MOST_BYTES * 4 // 3 + 100  # a photo as a data URL
_MOST_FIELDS, _MOST_FILES = 200, 12
_SEGMENT = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_STRUCTURED = frozenset(
    {
        "characters",
        "references",
        "consent",
        "input_reference",
        "image_reference",
        "video",
        "control",
        "keyframes",
        "dialogue",
        "pronunciations",
        "lora",
    }
)


@dataclass(frozen=True)
class SentFile:
    """A file that came in the body."""

    body: bytes


async def read_body(request: Request) -> dict[str, Any]:
    """Fields by name; files are SentFile. Raises InvalidRequest, BodyTooLarge."""
    bounded = _bounded(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _from_json(await bounded.body())
    if kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        raise InvalidRequest("send multipart/form-data, application/x-www-form-urlencoded or application/json")
    pairs: list[tuple[str, str | SentFile]] = []
    try:
        async with bounded.form(
            max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD_BYTES
        ) as form:
            for name, value in form.multi_items():
                pairs.append((name, await _read_file(name, value) if isinstance(value, UploadFile) else value))
    except (HTTPException, UnicodeDecodeError, ValueError, KeyError) as error:
        raise InvalidRequest(f"the form cannot be read: {getattr(error, 'detail', 'it is broken')}") from error
    # A browser sends an empty file for a field that was left empty, and the stock client where a name is given instead.
    return nest([(name, value) for name, value in pairs if not isinstance(value, SentFile) or value.body])


def nest(pairs: list[tuple[str, str | SentFile]]) -> dict[str, Any]:
    """`[("c[][id]", "a"), ("c[][id]", "b"), ("s[k]", "v")]` → `{"c": [{"id": "a"}, {"id": "b"}], "s": {"k": "v"}}`.

    The stock client groups by key, so the n-th `c[][x]` belongs to the n-th item. Where items have different fields
    that pairing is lost, and the request is refused rather than guessed. Raises InvalidRequest.
    """
    nested: dict[str, Any] = {}
    columns: dict[str, dict[str, list[Any]]] = {}
    for key, value in pairs:
        found = _NAME.match(key)
        if found is None:
            raise InvalidRequest(f"the field name {key!r} cannot be read", field=key[:80])
        name, path = found[1], _SEGMENT.findall(found[2])
        match path:
            case []:
                _set_plain(nested, name, value)
            case ["" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"]:
                _list_of(nested, name).append(value)
            case ["", inner]:
                columns.setdefault(name, {}).setdefault(inner, []).append(value)
            case ["", inner, _]:  # characters[][references][]: one item only, or it is ambiguous
                held = columns.setdefault(name, {}).setdefault(inner, [[]])
                if not isinstance(held[0], list):
                    raise _sent_twice(name)
                held[0].append(value)
            case [index, inner] if index.isdecimal() and int(index) < _MOST_FILES:
                items = _list_of(nested, name)
                items.extend({} for _ in range(int(index) + 1 - len(items)))
                if not isinstance(items[int(index)], dict):
                    raise _sent_twice(name)
                items[int(index)][inner] = value
            case [inner]:
                _dict_of(nested, name)[inner] = value
            case [inner, ""]:
                _list_of(_dict_of(nested, name), inner).append(value)
            case _:
                raise InvalidRequest(f"{key} is nested too deeply: send {name} as one JSON text", field=name)
    for name, fields in columns.items():
        counts = {len(values) for values in fields.values()}
        if len(counts) > 1 or name in nested:
            raise InvalidRequest(f"the items of {name} have different fields: send it as one JSON text", field=name)
        nested[name] = [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)]
    return nested


def _set_plain(nested: dict[str, Any], name: str, value: str | SentFile) -> None:
    if isinstance(value, str) and name in _STRUCTURED and value[:1] in ("[", "{"):
        try:
            nested[name] = read_json(value.encode())
        except (ValueError, RecursionError):
            raise InvalidRequest(f"{name} is not JSON", field=name) from None
        return
    if name in nested:  # repeated: a list
        before = nested[name]
        if isinstance(before, dict):
            raise _sent_twice(name)
        nested[name] = [*before, value] if isinstance(before, list) else [before, value]
        return
    nested[name] = value


def _list_of(nested: dict[str, Any], name: str) -> list[Any]:
    held = nested.setdefault(name, [])
    if not isinstance(held, list):
        raise _sent_twice(name)
    return held


def _dict_of(nested: dict[str, Any], name: str) -> dict[str, Any]:
    held = nested.setdefault(name, {})
    if not isinstance(held, dict):
        raise _sent_twice(name)
    return held


def _sent_twice(name: str) -> InvalidRequest:
    return InvalidRequest(f"{name} is sent in two ways", field=name)


def read_json(body: bytes) -> Any:  # noqa: ANN401 (whatever was sent)
    """The value of a JSON text. Raises ValueError, also for half a character (`\\ud800`), and RecursionError."""
    text = body.decode("utf-8-sig")
    value = json.loads(text)
    if "\\ud" in text.lower():  # the only way in which half a character can come
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _from_json(body: bytes) -> dict[str, Any]:
    try:
        value = read_json(body)
    except (ValueError, RecursionError):
        raise InvalidRequest("the body is not JSON") from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object")
    return value


async def _read_file(name: str, file: UploadFile) -> SentFile:
    if (file.size or 0) > MOST_BYTES:
        raise BodyTooLarge(f"a file may have at most {MOST_BYTES // 2**20} MiB", field=name)
    return SentFile(await file.read())


def _bounded(request: Request) -> Request:
    """The same request, whose body ends in BodyTooLarge beyond the limit, whatever its headers claim."""
    received = 0

    async def receive() -> Message:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > MOST_BODY_BYTES:
            raise BodyTooLarge(f"a body may have at most {MOST_BODY_BYTES // 2**20} MiB")
        return message

    return Request(request.scope, receive)
