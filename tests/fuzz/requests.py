"""Requests made from the OpenAPI document: what it allows, then spoilt in one to three places, by a seed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from studio.examples import example_path
from tests.fuzz import values
from tests.fuzz.things import Organisation
from tests.fuzz.wire import Request

Caller = Literal["owner", "stranger", "narrow", "nobody", "browser", "odd"]
CALLERS: tuple[tuple[Caller, int], ...] = (
    ("owner", 55), ("stranger", 25), ("narrow", 5), ("nobody", 4), ("browser", 8), ("odd", 3),
)  # fmt: skip
FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
_DELETES_IN_TRUTH = 0.1


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    told: dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """A request. `routed`: it surely reaches its operation, so that the document binds the reply; `whole`: it is HTTP."""

    operation: Operation
    caller: Caller
    request: Request
    routed: bool
    whole: bool


def operations_of(document: dict[str, Any]) -> list[Operation]:
    """Every operation, in the document's order."""
    return [
        Operation(method.upper(), path, told)
        for path, operations in document["paths"].items()
        for method, told in operations.items()
        if method in ("get", "put", "post", "patch", "delete")
    ]


class Maker:
    """Makes attempts, the same ones for the same seed and things."""

    def __init__(
        self, document: dict[str, Any], url: str, seed: int, owner: Organisation, stranger: Organisation
    ) -> None:
        self._document = document
        self._operations = operations_of(document)
        self._url, self._owner, self._stranger = url, owner, stranger
        self._chance = random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)

    def make(self) -> Attempt:
        """The next one."""
        chance = self._chance
        operation = chance.choice(self._operations)
        caller = chance.choices([name for name, _ in CALLERS], [weight for _, weight in CALLERS])[0]
        path, routed = self._path(operation)
        query, whole = self._query(operation), True
        headers = [*self._credentials(caller), *self._documented_headers(operation)]
        body, typed = self._body(operation)
        headers += typed
        if chance.random() < 0.12:
            headers, whole = self._spoil_headers(headers)
        request = Request(operation.method, path + query, tuple(headers), body)
        return Attempt(operation, caller, request, routed and whole, whole)

    def _path(self, operation: Operation) -> tuple[str, bool]:
        chance, routed, path = self._chance, True, operation.path
        in_truth = _DELETES_IN_TRUTH if operation.method == "DELETE" else 0.75
        for parameter in operation.told.get("parameters", []):
            if parameter["in"] != "path":
                continue
            name = parameter["name"]
            if chance.random() < in_truth and name in self._owner.things:
                value = quote(self._owner.things[name], safe="")
            else:
                value = chance.choice(
                    (*values.PATHS, quote(chance.choice(values.STRINGS[:30]), safe="", errors="replace"))
                )
                routed = False
            path = path.replace("{" + name + "}", value.replace(" ", "%20"))
        return path, routed

    def _query(self, operation: Operation) -> str:
        chance = self._chance
        pairs: list[tuple[str, str]] = []
        for parameter in operation.told.get("parameters", []):
            if parameter["in"] != "query" or (chance.random() < 0.4 and not parameter.get("required")):
                continue
            for _ in range(chance.choice((1, 1, 1, 2))):
                hostile = chance.random() < 0.5
                value = values.hostile_value(chance) if hostile else self._sample(parameter["schema"])
                pairs.append((parameter["name"], str(value)[:20_000]))
        if chance.random() < 0.05:
            pairs.append((chance.choice(values.KEYS), chance.choice(values.STRINGS)))
        query = urlencode(pairs, errors="replace")
        if chance.random() < 0.04:
            query += chance.choice(("&&&=%ff", "&after=%00", "&limit[]=1", "&%", "&a=%zz;b=1", "&" * 500))
        return "?" + query if query else ""

    def _sample(self, schema: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
        """Something that the schema allows."""
        schema = self._resolved(schema)
        for key in ("examples", "enum"):
            if schema.get(key):
                return copy.deepcopy(self._chance.choice(schema[key]))
        for key in ("const", "default", "example"):
            if key in schema:
                return copy.deepcopy(schema[key])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._sample(self._chance.choice(schema[key]))
        match schema.get("type"):
            case "object":
                known = schema.get("properties", {}).items()
                return {name: self._sample(one) for name, one in known if name in schema.get("required", ())}
            case "array":
                return [self._sample(schema["items"])] if schema.get("items") else []
            case "integer" | "number":
                return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            case "boolean":
                return True
            case "null":
                return None
        return "2030-01-01T00:00:00Z" if schema.get("format") == "date-time" else "a" * schema.get("minLength", 1)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _credentials(self, caller: Caller) -> list[tuple[str, str]]:
        match caller:
            case "owner":
                return [("Authorization", f"Bearer {self._owner.key}")]
            case "stranger":
                return [("Authorization", f"Bearer {self._stranger.key}")]
            case "narrow":
                return [("Authorization", f"Bearer {self._owner.narrow_key}")]
            case "browser":
                origin = self._chance.choice((self._url, self._url, "null", "https://example.com", "\xff"))
                return [("Cookie", self._owner.cookie), ("Origin", origin)]
            case "nobody":
                return []
        value = self._chance.choice(values.HEADER_VALUES)
        return [
            self._chance.choice(
                (
                    ("Authorization", value),
                    ("Authorization", f"Bearer {value}"),
                    ("Authorization", "Basic Zm9vOmJhcg=="),
                    ("Authorization", f"Bearer {self._owner.key[:-1]}"),
                    ("Authorization", f"bearer  {self._owner.key} x"),
                    ("Cookie", f"{self._owner.cookie.partition('=')[0]}={value}; =;;; a=\x7f"),
                    ("Cookie", value),
                )
            )
        ]

    def _documented_headers(self, operation: Operation) -> list[tuple[str, str]]:
        chance = self._chance
        named = [each["name"] for each in operation.told.get("parameters", []) if each["in"] == "header"]
        return [
            (name, chance.choice(values.HEADER_VALUES) if chance.random() < 0.7 else str(chance.randrange(1000)))
            for name in named
            if chance.random() < 0.4
        ]

    def _body(self, operation: Operation) -> tuple[bytes, list[tuple[str, str]]]:
        chance = self._chance
        content = operation.told.get("requestBody", {}).get("content", {})
        if not content:
            if chance.random() < 0.9:
                return b"", []
            return json.dumps(values.hostile_value(chance)).encode(), [("Content-Type", JSON)]
        kind = chance.choice(list(content))
        sample = self._sample(content[kind]["schema"])
        if chance.random() < 0.3 and isinstance(sample, dict):
            properties = self._resolved(content[kind]["schema"]).get("properties", {})
            sample |= {name: self._sample(properties[name]) for name in properties if chance.random() < 0.3}
        value = json.loads(self._owner.named(json.dumps(sample)))
        if isinstance(value, dict) and "fountain" in value:
            value["fountain"] = values.fountain(chance)
        for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3))):
            value = self._spoil(value)
        return self._encoded(kind, value)

    def _spoil(self, value: Any) -> Any:  # noqa: ANN401 (JSON)
        """One place of it: another value, none, or one more."""
        chance = self._chance
        if isinstance(value, dict) and value and chance.random() < 0.9:
            key = chance.choice(sorted(value, key=repr))
            match chance.randrange(8):
                case 0:
                    return {name: one for name, one in value.items() if name != key}
                case 1:
                    return value | {chance.choice(values.KEYS): values.hostile_value(chance)}
            if isinstance(value[key], (dict, list)) and chance.random() < 0.6:
                return value | {key: self._spoil(value[key])}
            if key == "expires_at" or (isinstance(value[key], str) and chance.random() < 0.05):
                return value | {key: chance.choice(values.INSTANTS)}
            return value | {key: values.hostile_value(chance)}
        if isinstance(value, list) and value and chance.random() < 0.8:
            at = chance.randrange(len(value))
            if chance.random() < 0.3:
                return value * chance.choice((2, 12))
            return [*value[:at], self._spoil(value[at]), *value[at + 1 :]]
        return values.hostile_value(chance)

    def _encoded(self, kind: str, value: Any) -> tuple[bytes, list[tuple[str, str]]]:  # noqa: ANN401 (JSON)
        chance = self._chance
        writers: dict[str, Callable[[Any], tuple[bytes, str]]] = {FORM: self._form, MULTIPART: self._multipart}
        body, content_type = writers.get(kind, self._json)(value)
        if chance.random() < 0.06:
            odd = (*writers, JSON, "text/plain", "application/json; charset=utf-16", "application/xml", "\xff", "",
                   "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "a" * 500, "application/jsonx")  # fmt: skip
            content_type = chance.choice(odd)
        if chance.random() < 0.02:
            return body, []
        return body, [("Content-Type", content_type)]

    def _json(self, value: Any) -> tuple[bytes, str]:  # noqa: ANN401 (JSON)
        if self._chance.random() < 0.12:
            return values.broken_json(self._chance, value), JSON
        return json.dumps(value).encode(), JSON

    def _form(self, value: Any) -> tuple[bytes, str]:  # noqa: ANN401 (JSON)
        body = urlencode(self._fields(value), errors="replace").encode()
        if self._chance.random() < 0.1:
            body += self._chance.choice(
                (b"&%ff=%ff", b"&a[b][c][d]=1&a]=2&[=3", b"&=&&", b"&a=1" * 1000, b"&consent[kind]=own")
            )
        return body, FORM

    def _multipart(self, value: Any) -> tuple[bytes, str]:  # noqa: ANN401 (JSON)
        chance = self._chance
        parts = []
        for name, words in self._fields(value):
            file = chance.random() < 0.08 or name in ("input_reference", "references", "video")
            head = f'Content-Disposition: form-data; name="{name}"' + ('; filename="x.png"' if file else "")
            content = self._file() if file else words.encode("utf-8", "surrogatepass")
            parts.append(head.encode("utf-8", "replace") + b"\r\n\r\n" + content)
        body = b"".join(b"--frontier\r\n" + part + b"\r\n" for part in parts) + b"--frontier--\r\n"
        match chance.randrange(12):
            case 0:
                body = body[: chance.randrange(len(body))]
            case 1:
                body = body.replace(b"\r\n", b"\n")
            case 2:
                body = body.replace(b"name=", b"n\xffme=", 1)
            case 3:
                body = body.replace(b"--frontier", b"--else")
        return body, "multipart/form-data; boundary=frontier"

    def _file(self) -> bytes:
        chance = self._chance
        photo = example_path().read_bytes()
        return (
            photo if chance.random() < 0.15 else chance.choice((b"", b"x", photo[:2000], b"\0" * 1_000_000, b"GIF89a"))
        )

    def _fields(self, value: Any) -> list[tuple[str, str]]:  # noqa: ANN401 (JSON)
        """Of a form: nested values as JSON texts or in brackets."""
        if not isinstance(value, dict):
            return [("a", json.dumps(value))]
        fields = []
        for name, one in value.items():
            if isinstance(one, dict) and self._chance.random() < 0.5:
                fields += [(f"{name}[{inner}]", str(held)) for inner, held in one.items()]
            elif isinstance(one, list) and self._chance.random() < 0.5:
                fields += [(f"{name}[]", str(held)) for held in one[:50]]
            else:
                fields.append((name, one if isinstance(one, str) else json.dumps(one)))
        return fields

    def _spoil_headers(self, headers: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], bool]:
        """Further or odd headers, and whether the request is still whole as HTTP."""
        chance, value = self._chance, self._chance.choice(values.HEADER_VALUES)
        harmless = (
            ("Range", value), ("Accept", value), ("If-None-Match", value), ("User-Agent", value), ("Accept-Language", value),
            ("X-Forwarded-For", value), ("X-Forwarded-Host", value), ("Referer", value), ("Accept-Encoding", value),
            ("Cookie", value), ("Sec-Fetch-Site", value), ("X-Odd", "a" * 30_000), ("Origin", value),
        )  # fmt: skip
        unwhole = (
            ("Content-Length", "5"), ("Content-Length", "99999999999999999999"), ("Content-Length", "-1"),
            ("Content-Length", "x"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", value), ("Host", value),
            ("X-Odd", "a" * 200_000), ("X-\xff", "a"), ("X Odd", "a"), ("Content-Encoding", "gzip"), ("Expect", "100-continue"),
            ("Upgrade", "websocket"), ("X-Odd", "a\0b"),
        )  # fmt: skip
        if chance.random() < 0.8:
            return [*headers, chance.choice(harmless)], True
        return [*headers, chance.choice(unwhole)], False
