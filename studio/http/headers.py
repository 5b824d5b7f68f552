"""Headers that every reply carries: an id to ask about, what browsers may not do with it, and what routes add."""

from __future__ import annotations

import re
from contextvars import ContextVar

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.http.ids import new_id

# FastAPI's own pages of documentation load their script from a CDN and are left alone.
_DOCUMENTATION = ("/docs", "/redoc")
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
}
OPENER = {"Cross-Origin-Opener-Policy": "same-origin"}  # browsers complain of it where they trust no origin
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}  # a year; this host alone
POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


_ADDED = "dramatis.headers"
_REQUEST_ID = "dramatis.request_id"
_replying: ContextVar[dict[str, str] | None] = ContextVar("replying", default=None)
_OWN_NAMES = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")


def add_headers(request: Request, headers: dict[str, str]) -> None:
    """Have these headers on the reply to the request, whichever it becomes."""
    request.scope.setdefault(_ADDED, {}).update(headers)


def request_id_of(scope: Scope) -> str | None:
    """The id that the reply bears, once `ReplyHeaders` has seen the request."""
    return scope.get(_REQUEST_ID)


def tell_in_headers(headers: dict[str, str]) -> None:
    """The same from wherever something is decided that the caller is to know; outside of requests nobody is told."""
    added = _replying.get()
    if added is not None:
        added.update(headers)


class ReplyHeaders:
    """ASGI: sets the headers unless a route has set its own. `https`: browsers reach the studio by it."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self._app = app
        self._https = https
        self._always = SECURITY | (HTTPS_ONLY if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[_REQUEST_ID] = new_id("req")
        added: dict[str, str] = scope.setdefault(_ADDED, {})
        _replying.set(added)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in (added | self._always | (OPENER if self._is_trusted(scope) else {})).items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith(_DOCUMENTATION):
                    headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_headers)

    def _is_trusted(self, scope: Scope) -> bool:
        """Whether browsers take the origin for a safe one: https, or this machine by its own names."""
        host = Headers(scope=scope).get("host", "")
        return self._https or scope["scheme"] == "https" or _OWN_NAMES.fullmatch(host) is not None
