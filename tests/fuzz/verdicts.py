"""What holds of every reply: no failure of ours, only what the document allows, and nothing of the inside."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs

from tests.fuzz.requests import Attempt
from tests.fuzz.wire import Reply

_INSIDE = re.compile(
    rb'Traceback|File \\?"|site-packages|sqlalchemy|psycopg|sqlite3|pydantic|[a-z_]+\.py\b|DETAIL:|Errno|<class ',
    re.IGNORECASE,
)
_OF_THE_SERVER = frozenset({400, 413, 431, 501, 505})  # to what is no HTTP: said before a route is known


class Verdicts:
    """Judges replies by the document; `secrets` are words that no refusal may hold."""

    def __init__(self, document: dict[str, Any], secrets: tuple[str, ...]) -> None:
        self._document = document
        self._secrets = tuple(each.encode() for each in secrets)
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def fault_of(self, attempt: Attempt, reply: Reply | None) -> str | None:
        """What is wrong with the reply, in words; None when nothing is."""
        if reply is None:
            return None if not attempt.routed else "the connection was closed without a reply"
        if reply.broken:
            return "the reply breaks off"
        if reply.status >= 500:
            return f"status {reply.status}"
        if reply.status >= 400:
            if found := _INSIDE.search(reply.body):
                return f"the inside is shown: {found[0]!r}"
            if any(secret in reply.body for secret in self._secrets):
                return "the object store is shown"
        if not attempt.routed:
            return None if reply.status in _OF_THE_SERVER else self._unrouted(reply)
        return self._undocumented(attempt, reply)

    def _unrouted(self, reply: Reply) -> str | None:
        """It may have met another route or none; a refusal has one of the two shapes all the same."""
        if reply.status < 400:
            return None
        try:
            told = json.loads(reply.body)
        except ValueError:
            return "a refusal is no JSON"
        return None if "code" in told or "code" in told.get("error", {}) else "a refusal has another shape"

    def _undocumented(self, attempt: Attempt, reply: Reply) -> str | None:
        documented = attempt.operation.told["responses"].get(str(reply.status))
        if documented is None:
            return f"status {reply.status} is not documented"
        content = documented.get("content")
        if not content:
            return f"a body where none is documented: {reply.body[:80]!r}" if reply.body else None
        if reply.content_type not in content:
            return f"content type {reply.content_type!r} is not documented"
        schema = content[reply.content_type].get("schema")
        if not reply.content_type.endswith("json") or not schema:
            return None
        try:
            told = json.loads(reply.body, parse_constant=_no_json)
        except ValueError as error:
            return f"no JSON: {error}"
        where = f"{attempt.operation.method} {attempt.operation.path} {reply.status} {reply.content_type}"
        try:
            self._validator(where, schema).validate(told)
        except jsonschema_rs.ValidationError as error:
            return f"its schema does not allow it: {str(error)[:300]}"
        return None

    def _validator(self, where: str, schema: dict[str, Any]) -> Any:  # noqa: ANN401 (the library's own)
        if where not in self._validators:
            whole = schema | {"components": self._document["components"]}
            self._validators[where] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return self._validators[where]


def _no_json(word: str) -> float:
    raise ValueError(f"{word} is no JSON")
