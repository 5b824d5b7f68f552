"""An event as the body of a webhook: Standard Webhooks' words and OpenAI's in one object, under 20 kB."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.tables import Event
from studio.webhooks.event_types import VIDEO_EVENTS

MOST_BYTES = 20_000
LONGEST_TEXT = 1_000


@dataclass(frozen=True)
class Message:
    """id: the same whenever it is made of the same event. body: JSON, as it is signed and sent."""

    id: str
    type: str
    sequence: int
    at: datetime
    body: str


def messages_of(event: Event, *, video_id: str | None, livemode: bool) -> list[Message]:
    """What an event is told as: in our words, and in OpenAI's where its take is one of its videos."""
    subject = event.take_id or event.payload.get("character_id")
    about = {"id": subject} if subject is not None else {}
    found = [make_message(event, event.type, {**about, **event.payload}, livemode=livemode)]
    video_event = VIDEO_EVENTS.get(event.type)
    if video_id is not None and video_event is not None:
        found.append(make_message(event, video_event, {"id": video_id}, livemode=livemode))
    return found


def make_message(
    event: Event, type_: str, data: Mapping[str, Any], *, livemode: bool, message_id: str | None = None
) -> Message:
    """data: of the event, cut to fit. message_id: None for the one that belongs to the event."""
    digest = hashlib.sha256(f"{event.org_id}\n{event.sequence}\n{type_}".encode()).hexdigest()
    message_id = message_id or f"evt_{digest[:26]}"
    told = {
        "id": message_id,
        "object": "event",
        "type": type_,
        "created_at": int(event.created_at.timestamp()),
        "timestamp": event.created_at.isoformat().replace("+00:00", "Z"),
        "data": data,
        "livemode": livemode,
        "sequence": event.sequence,
    }
    body = _write(told)
    if len(body.encode()) >= MOST_BYTES:
        body = _write(told | {"data": _shortened(data)})
    return Message(message_id, type_, event.sequence, event.created_at, body)


def _shortened(data: Mapping[str, Any]) -> dict[str, Any]:
    """Texts to their beginning; lists and objects go: whoever is told can ask for the whole."""
    kept = {key: value[:LONGEST_TEXT] if isinstance(value, str) else value for key, value in data.items()}
    return {key: value for key, value in kept.items() if not isinstance(value, list | dict)} | {"shortened": True}


def _write(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))
