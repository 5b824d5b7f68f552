"""Requests made from the OpenAPI document: what it allows, then spoilt in one to three places, by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from tests.fuzz import values
from tests.fuzz.bodies import Bodies
from tests.fuzz.things import Organisation
from tests.fuzz.wire import Request

Caller = Literal["owner", "stranger", "narrow", "nobody", "browser", "odd"]
CALLERS: tuple[tuple[Caller, int], ...] = (
    ("owner", 55), ("stranger", 25), ("narrow", 5), ("nobody", 4), ("browser", 8), ("odd", 3),
)  # fmt: skip
_DELETES_IN_TRUTH = 0.03  # what is gone is made anew, which takes time


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    told: dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """A request. `routed`: it surely reaches its operation, so that the document binds the reply; `whole`: it is HTTP,
    and brings what it promises."""

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
        self._bodies = Bodies(document, self._chance, owner.named)

    def make(self) -> Attempt:
        """The next one."""
        chance = self._chance
        operation = chance.choice(self._operations)
        caller = chance.choices([name for name, _ in CALLERS], [weight for _, weight in CALLERS])[0]
        path, routed = self._path(operation)
        query, whole = self._query(operation), True
        headers = [*self._credentials(caller), *self._documented_headers(operation)]
        body, typed = self._bodies.make(operation.told.get("requestBody", {}).get("content", {}))
        headers += typed
        if chance.random() < 0.12:
            headers, whole = self._spoil_headers(headers)
        request = Request(operation.method, path + query, tuple(headers), body)
        whole = whole and request.has_legal_head
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
                value = values.hostile_value(chance) if hostile else self._bodies.sample(parameter["schema"])
                pairs.append((parameter["name"], str(value)[:20_000]))
        if chance.random() < 0.05:
            pairs.append((chance.choice(values.KEYS), chance.choice(values.STRINGS)))
        query = urlencode(pairs, errors="replace")
        if chance.random() < 0.04:
            query += chance.choice(("&&&=%ff", "&after=%00", "&limit[]=1", "&%", "&a=%zz;b=1", "&" * 500))
        return "?" + query if query else ""

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

    def _spoil_headers(self, headers: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], bool]:
        """Further or odd headers, and whether the request is still whole as HTTP."""
        chance, value = self._chance, self._chance.choice(values.HEADER_VALUES)
        harmless = (
            ("Range", value), ("Accept", value), ("If-None-Match", value), ("User-Agent", value),
            ("Accept-Language", value), ("X-Forwarded-For", value), ("X-Forwarded-Host", value), ("Referer", value),
            ("Accept-Encoding", value), ("Cookie", value), ("Sec-Fetch-Site", value), ("X-Odd", "a" * 30_000),
            ("Origin", value),
        )  # fmt: skip
        unwhole = (
            ("Content-Length", "5"), ("Content-Length", "99999999999999999999"), ("Content-Length", "-1"),
            ("Content-Length", "x"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", value), ("Host", value),
            ("X-Odd", "a" * 200_000), ("X-\xff", "a"), ("X Odd", "a"), ("Content-Encoding", "gzip"),
            ("Expect", "100-continue"), ("Upgrade", "websocket"), ("X-Odd", "a\0b"),
        )  # fmt: skip
        if chance.random() < 0.8:
            return [*headers, chance.choice(harmless)], True
        return [*headers, chance.choice(unwhole)], False
