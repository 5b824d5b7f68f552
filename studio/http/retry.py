"""A request whose unit the database wants run again is run again, before anybody sees it.

Only where that is the same as if it had come once: nothing of it was committed, and its body, which can be read once,
is small enough to be kept for the next try. What commits first and may fail later has units that are tried again by
themselves (`storage.retry.retried`).
"""

from __future__ import annotations

import asyncio

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.retry import backoff_delays_s, is_transient
from storage.unit import Commits, watched_commits

log = structlog.get_logger(__name__)

MOST_KEPT_BYTES = 4 * 1024 * 1024
_TRY = "dramatis.try"


def fail_try(request: Request, error: Exception) -> bool:
    """This error is about to be answered. True where the answer is for nobody: the request is tried again."""
    one_try = request.scope.get(_TRY)
    if not isinstance(one_try, _Try) or not is_transient(error):
        return False
    one_try.error = error
    return one_try.is_void


class RetriedUnits:
    """ASGI: tries a request again that failed by `fail_try`, a few times; the last answer goes out whatever it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive)
        for pause_s in backoff_delays_s():
            one_try = _Try(body, send)
            watched_commits.set(one_try.commits)
            tried = {**scope, _TRY: one_try}
            try:
                await self._app(tried, body.from_the_start(), one_try.send)
            finally:
                scope["route"] = tried.get("route")  # for who measures it from outside
            if not one_try.is_void:
                return
            log.warning("request_tried_again", path=scope["path"], why=str(one_try.error))
            await asyncio.sleep(pause_s)
        await self._app(scope, body.from_the_start(), send)


class _Try:
    """One try of a request. `error`: why it failed, where another one may not."""

    def __init__(self, body: _Body, send: Send) -> None:
        self.commits = Commits()
        self.error: Exception | None = None
        self._body, self._send = body, send

    @property
    def is_void(self) -> bool:
        """Whether it came to nothing at all and can be made again."""
        return self.error is not None and self.commits.count == 0 and self._body.is_kept

    async def send(self, message: Message) -> None:
        if not self.is_void:
            await self._send(message)


class _Body:
    """A request's body, which every try reads from its start."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []
        self._bytes = 0

    @property
    def is_kept(self) -> bool:
        return self._bytes <= MOST_KEPT_BYTES

    def from_the_start(self) -> Receive:
        read = 0

        async def receive() -> Message:
            nonlocal read
            read += 1
            if read <= len(self._messages):
                return self._messages[read - 1]
            message = await self._receive()
            self._keep(message)
            return message

        return receive

    def _keep(self, message: Message) -> None:
        if message["type"] != "http.request":
            return
        self._bytes += len(message.get("body", b""))
        if self.is_kept:
            self._messages.append(message)
        else:
            self._messages.clear()
