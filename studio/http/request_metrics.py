"""How long requests take, by operation and status."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.observability.metrics import REQUEST_SECONDS

NO_OPERATION = "none"  # nothing is at that path


class RequestMetrics:
    """ASGI: measures until a reply begins, so that neither streams nor slow readers count as slow operations."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        reply: tuple[int, float] | None = None

        async def send_timed(message: Message) -> None:
            nonlocal reply
            if message["type"] == "http.response.start":
                reply = message["status"], time.perf_counter() - began
            await send(message)

        try:
            await self._app(scope, receive, send_timed)
        finally:
            if reply is not None:
                REQUEST_SECONDS.labels(operation_of(scope), str(reply[0])).observe(reply[1])


def operation_of(scope: Scope) -> str:
    """The operation of the API that a request was routed to, once it was."""
    return getattr(scope.get("route"), "name", None) or NO_OPERATION
