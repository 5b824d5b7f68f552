"""Server-sent events as they come over the wire."""

from __future__ import annotations

from frontend.api_client.events import parse_events


def test_events_are_read_and_heartbeats_skipped() -> None:
    lines = [
        ": ping", "",
        "event: take.step", 'data: {"done": 1}', "id: 7", "",
        'data: {"a":', "data: 2}", "",
        "id: 9", "",
        'data: {"cut": "off"}',
    ]  # fmt: skip
    events = list(parse_events(lines))
    assert [(event.id, event.type, event.data) for event in events] == [
        ("7", "take.step", {"done": 1}),
        ("", "message", {"a": 2}),
    ]
