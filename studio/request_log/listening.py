"""Requests are heard as they pass by: what is needed of them is put aside, and looked at when it is written.

A request is logged where a key sent it, for its organisation. Of a read that succeeds no body is kept, for it can be
read again; of what changes something, and of every refusal, the beginning of both bodies is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.http.headers import request_id_of
from studio.http.load_shedding import READING

MOST_BODY_BYTES = 16 * 1024  # of each of the two
LOGGED_UNDER = "/v1/"
_TEXTS = (
    "application/json",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "multipart/",
    "text/plain",
)


class Who(Protocol):
    """Who asks, as far as the log wants to know."""

    @property
    def org_id(self) -> str: ...
    @property
    def key_id(self) -> str | None: ...


class Log(Protocol):
    """Takes what was heard."""

    def add(self, heard: Heard) -> None: ...


@dataclass
class Body:
    """The beginning of a body, and whether there was more."""

    media_type: str = ""
    kept: bytes = b""
    cut: bool = False

    def hear(self, chunk: bytes) -> None:
        """Keep what there is room for."""
        room = MOST_BODY_BYTES - len(self.kept)
        self.kept += chunk[:room]
        self.cut = self.cut or len(chunk) > room


@dataclass
class Heard:
    """One request as it went by. began: of `time.time`; ms: until the reply began."""

    id: str
    scope: Scope
    began: float
    status: int = 500  # what an error that nobody foresaw is answered, outside of all this
    ms: float = 0.0
    org_id: str = ""
    key_id: str = ""
    request: Body = field(default_factory=Body)
    response: Body = field(default_factory=Body)

    @property
    def size(self) -> int:
        """About how many bytes it holds on to."""
        return 2_000 + len(self.request.kept) + len(self.response.kept)


class RequestLog:
    """ASGI: hears every request of the API, and tells `app.state.request_log` of those that a key sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = request_id_of(scope) if scope["type"] == "http" else None
        if request_id is None or not scope["path"].startswith(LOGGED_UNDER):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        heard = Heard(request_id, scope, time.time())
        try:
            await self._app(scope, _listen(heard, receive), _overhear(heard, send))
        finally:
            who: Who | None = state.get("identified")
            if who is not None and who.key_id is not None:
                heard.org_id, heard.key_id = who.org_id, who.key_id
                log: Log = scope["app"].state.request_log
                log.add(heard)


def _listen(heard: Heard, receive: Receive) -> Receive:
    if heard.scope["method"] in READING:
        return receive
    media_type = Headers(scope=heard.scope).get("content-type", "")
    heard.request.media_type = media_type
    if not media_type.startswith(_TEXTS):
        return receive

    async def hear() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            heard.request.hear(message.get("body", b""))
        return message

    return hear


def _overhear(heard: Heard, send: Send) -> Send:
    began = time.perf_counter()
    is_kept = False

    async def tell(message: Message) -> None:
        nonlocal is_kept
        if message["type"] == "http.response.start":
            heard.status, heard.ms = message["status"], 1e3 * (time.perf_counter() - began)
            if heard.status >= 400 or heard.scope["method"] not in READING:
                heard.response.media_type = Headers(raw=message["headers"]).get("content-type", "")
                is_kept = heard.response.media_type.startswith(_TEXTS)
        elif is_kept:
            heard.response.hear(message.get("body", b""))
        await send(message)

    return tell
