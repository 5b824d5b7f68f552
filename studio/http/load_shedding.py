"""A server that is asked for more than it can do at once says so early, before it reads a body."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from studio.http.error_replies import reply_to
from studio.http.errors import StudioError

MOST_WRITES = 256  # requests that change something and are under way; reading and streams are not counted
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class ServerOverloaded(StudioError):
    """The server is asked for more than it can do just now."""

    status = 503
    code = "server_overloaded"
    waiting_helps = True


class LoadShedding:
    """ASGI: refuses a request that would be one too many."""

    def __init__(self, app: ASGIApp, most_writes: int = MOST_WRITES) -> None:
        self._app = app
        self._most_writes = most_writes
        self._writes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        if self._writes >= self._most_writes:
            refusal = ServerOverloaded("try again in a moment", headers={"Retry-After": "2"})
            await reply_to(Request(scope), refusal)(scope, receive, send)
            return
        self._writes += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._writes -= 1
