"""Each request is a span, of the caller's trace where it says one."""

from __future__ import annotations

from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.http.request_metrics import operation_of
from studio.observability.traces import HEADER, span


class RequestTraces:
    """ASGI: begins a span at a request's head and ends it with the reply; named by the operation, never by the path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, parent = scope["method"], Headers(scope=scope).get(HEADER)
        with span(method, {"http.request.method": method}, parent=parent, kind=SpanKind.SERVER) as request:

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    request.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        request.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, send_noted)
            finally:
                request.update_name(f"{method} {operation_of(scope)}")
