"""Server-sent events, resumable: every event carries its sequence as id, and a client sends back the last it saw."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from studio.observability.metrics import EVENT_LISTENERS

KEEP_ALIVE = ": still here\n\n"
_MOST = 2**53 - 1  # what every JSON reader keeps exactly
LastEventId = Annotated[
    int | None,
    Header(
        alias="Last-Event-ID",
        ge=0,
        le=_MOST,
        description="The id of the last event that was seen; 0: from the start.",
    ),
]


def format_event(sequence: int, event: str, data: dict[str, Any]) -> str:
    """One event. JSON has no raw newlines, so one data line is enough."""
    return f"id: {sequence}\nevent: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


class EventStream(StreamingResponse):
    """Counted while it is open."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with EVENT_LISTENERS.track_inprogress():
            await super().__call__(scope, receive, send)


def stream_events(events: AsyncIterator[str]) -> StreamingResponse:
    """A response of formatted events that no proxy should hold back."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(events, media_type="text/event-stream", headers=headers)
