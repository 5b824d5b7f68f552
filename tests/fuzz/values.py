"""Hostile values: what breaks parsers, calendars, encodings, databases and whoever quotes without care."""

from __future__ import annotations

import json
import random
from typing import Any

FOUNTAIN = (
    "\n", "\n\n", " ", "\t", "INT. A - DAY", ".A", "ADA", "@ada", "@", "^", "(", "(softly)", "~", ">", "> A <",
    "CUT TO:", "===", "#", "= a", "[[", "]]", "/*", "*/", "*", "**", "_", "\\", "!", "Title: A", "Title:\n  ", "\r",
    "\x00", "\x1c", "\u2028", "#1#", "(V.O.)", "Ada smiles.", "\ud800", "中文", "x" * 4000,
)  # fmt: skip
INSTANTS = (
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0000-00-00T00:00:00Z", "2030-02-30T00:00:00Z",
    "2030-01-01T00:00:00", "9998-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "+99999-01-01T00:00:00Z", "1e400",
    "2030-01-01",
)  # fmt: skip
STRINGS = (
    "", " ", "\0", "a\0b", "\ud800", "a\udfffb", "\ud83d\ude00", "\u202e\u2066", "\ufeff", "\x1c", "\x7f\x80\x9f",
    "İ" * 40, "e\u0301" * 300, "a" * 41, "a" * 201, "a" * 4001, "%s%n%x", "%00", "../../etc/passwd",
    "'; DROP TABLE takes; --", "<script>alert(1)</script>", "${jndi:ldap://x}", "{{7*7}}", "@Ada", "@" * 500,
    "@\ud800", "null", "true", "NaN", "-0", "0", "1" * 400, "99999x99999", "0x0", "16:9", "chr_" + "0" * 26, "ast_",
    "take_\0", "video_" + "Z" * 26, "data:image/", "data:image/png;base64,AAAA", "data:image/png;base64,\u00e9",
    "data:,", "file:///etc/passwd", "http://127.0.0.1:1/", "\r\nX-Injected: 1", "\\ud800", '"', "\\", "[", "{",
    *INSTANTS,
)  # fmt: skip
NUMBERS = (
    -1, 0, 1, 2, -0.0, 0.1, 1e-320, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**300,
    1e308, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
KEYS = ("", "\0", "\ud800", "__proto__", "constructor", "a" * 300, "id", "org_id", "characters[]", "a.b", "$ref")
HEADER_VALUES = (
    "", " ", "\t", "\xff\xfe", "\xe9\x80", "a" * 201, "a" * 9000, "-1", "0", "1", "9" * 19, "9" * 400, "1e9", "NaN",
    "٣".encode().decode("latin-1"), "null", "undefined", "%00", "'\"", "bytes=0-", "bytes=-1", "bytes=9-1,0-0", "*",
    "W/\"a\"", "a, b", "unkeyed a", "gzip",
)  # fmt: skip
PATHS = (
    "%00", "%ff%fe", "%2e%2e", "%2F", "%252f", "..", ".", "%20", "a" * 41, "a" * 3000, "%F0%9F%98%80", "%ed%a0%80",
    "%", "%zz", "chr_%0d%0aX", "null", "-1", "'", "%27%22", "\xff", "*", "{id}", ";a=b", "estimate", "current",
    "characters",
)  # fmt: skip


def hostile_value(chance: random.Random) -> Any:  # noqa: ANN401 (JSON)
    """One of any kind."""
    match chance.randrange(12):
        case 0 | 1 | 2 | 3:
            return chance.choice(STRINGS)
        case 4 | 5:
            return chance.choice(NUMBERS)
        case 6:
            return chance.choice((None, True, False, [], {}, [[]], {"": ""}, [None]))
        case 7:
            return nested(chance.choice((3, 60, 300)))
        case 8:
            return [chance.choice(STRINGS)] * chance.choice((1, 2, 11, 1000))
        case 9:
            return {chance.choice(KEYS): chance.choice(STRINGS), "kind": chance.choice(STRINGS)}
        case 10:
            return "".join(chr(chance.randrange(0x3000)) for _ in range(chance.randrange(50)))
        case _:
            return chance.choice(("a" * 1_000_000, "é" * 500_000, "\0" * 200_000)) if chance.random() < 0.1 else {}


def nested(depth: int) -> Any:  # noqa: ANN401 (JSON)
    """Lists and objects within one another."""
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def fountain(chance: random.Random) -> str:
    """A random screenplay."""
    return "".join(chance.choice(FOUNTAIN) for _ in range(chance.randrange(1, 40)))


def broken_json(chance: random.Random, value: object) -> bytes:
    """A body that is nearly JSON, or JSON that nobody writes."""
    text = json.dumps(value)
    body = text.encode()
    at = chance.randrange(len(body) + 1)
    cases = (
        body[:at],
        body[:at] + b"\xff\xfe" + body[at:],
        body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :],
        b"\xef\xbb\xbf" + body,
        text.encode("utf-16"),
        text.encode("utf-32"),
        body + body,
        b"",
        b" ",
        b"[" * 100_000,
        b'{"a":' * 20_000,
        body.replace(b"}", b', "a": ' + b"1" * 5000 + b"}", 1),
        body.replace(b"{", b'{"a": 1e400, ', 1),
        body.replace(b"{", b'{"\\ud800": 1, ', 1),
        body.replace(b"}", b", " + body[1:-1] + b"}", 1) if len(body) > 2 else body,
        b"null",
        b'"' + b"a" * 1_000_000 + b'"',
    )
    return chance.choice(cases)
