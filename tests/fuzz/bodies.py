"""Bodies made from the document's schemas, then spoilt, in the encodings that an operation takes."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from studio.examples import example_path
from tests.fuzz import values

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
ODD_TYPES = (
    "text/plain", "application/json; charset=utf-16", "application/xml", "application/jsonx", "\xff", "", FORM,
    MULTIPART, JSON, "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "a" * 500,
)  # fmt: skip
Encoded = tuple[bytes, list[tuple[str, str]]]


class Bodies:
    """Makes bodies by chance; `named` puts things that are there in place of the documentation's."""

    def __init__(self, document: dict[str, Any], chance: random.Random, named: Callable[[str], str]) -> None:
        self._document, self._chance, self._named = document, chance, named

    def make(self, content: dict[str, Any]) -> Encoded:
        """The body and its Content-Type for one of the media types in `content`."""
        chance = self._chance
        if not content:
            if chance.random() < 0.9:
                return b"", []
            return json.dumps(values.hostile_value(chance)).encode(), [("Content-Type", JSON)]
        kind = chance.choice(list(content))
        sample = self.sample(content[kind]["schema"])
        if chance.random() < 0.4 and isinstance(sample, dict):
            properties = self._resolved(content[kind]["schema"]).get("properties", {})
            sample |= {name: self.sample(properties[name]) for name in properties if chance.random() < 0.4}
        value = json.loads(self._named(json.dumps(sample)))
        if isinstance(value, dict) and "fountain" in value:
            value["fountain"] = values.fountain(chance)
        for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 3))):
            value = self._spoil(value)
        return self._encoded(kind, value)

    def sample(self, schema: dict[str, Any]) -> Any:  # noqa: ANN401 (JSON)
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
                return self.sample(self._chance.choice(schema[key]))
        match schema.get("type"):
            case "object":
                known = schema.get("properties", {}).items()
                return {name: self.sample(one) for name, one in known if name in schema.get("required", ())}
            case "array":
                return [self.sample(schema["items"])] if schema.get("items") else []
            case "integer" | "number":
                return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            case "boolean":
                return True
            case "null":
                return None
        if schema.get("format") == "date-time":
            return self._chance.choice(("2100-01-01T00:00:00Z", *values.INSTANTS))
        return "a" * schema.get("minLength", 1)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

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

    def _encoded(self, kind: str, value: Any) -> Encoded:  # noqa: ANN401 (JSON)
        chance = self._chance
        writers: dict[str, Callable[[Any], tuple[bytes, str]]] = {FORM: self._form, MULTIPART: self._multipart}
        body, content_type = writers.get(kind, self._json)(value)
        if chance.random() < 0.06:
            content_type = chance.choice(ODD_TYPES)
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
