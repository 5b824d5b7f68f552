"""Reading server-sent events from a line stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ServerEvent:
    """One event: its resumable id, its type, its JSON."""

    id: str
    type: str
    data: dict[str, Any]


def parse_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """Events out of the lines of a `text/event-stream`; comments (heartbeats) are skipped."""
    fields: dict[str, list[str]] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                event_id, kind = fields.get("id", [""])[-1], fields.get("event", ["message"])[-1]
                yield ServerEvent(event_id, kind, json.loads("\n".join(fields["data"])))
            fields = {}
            continue
        name, _, value = line.partition(":")
        if name:
            fields.setdefault(name, []).append(value.removeprefix(" "))
