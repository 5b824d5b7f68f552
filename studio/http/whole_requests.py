"""A request that changes something acts once it has arrived.

The server calls the application when a request's head is read. Where an operation has no body to wait for, it would be
done already when the rest turns out to be no HTTP, or never comes: done, and answered 400.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.http.load_shedding import READING

MOST_AWAITED_BYTES = 64 * 1024  # of a longer body the operation reads the rest itself, as it comes


class WholeRequests:
    """ASGI: awaits a body of up to `MOST_AWAITED_BYTES` before it calls; not at all if the caller goes meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        arrived: list[Message] = []
        awaited = MOST_AWAITED_BYTES
        while awaited > 0:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            arrived.append(message)
            if not message.get("more_body", False):
                break
            awaited -= len(message.get("body", b""))
        arrived.reverse()

        async def receive_from_start() -> Message:
            return arrived.pop() if arrived else await receive()

        await self._app(scope, receive_from_start, send)
