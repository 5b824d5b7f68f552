"""Pages of other origins may call the API with a key, and use signed links, where the operator names them; never with a
session's cookie."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_TOLD = ("Accept-Ranges", "Content-Range", "ETag", "Idempotent-Replayed", "RateLimit", "RateLimit-Policy",
         "Retry-After", "X-Spend-Committed", "X-Spend-Limit", "X-Spend-Remaining",
         "openai-poll-after-ms", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
         "x-ratelimit-reset-requests", "x-request-id", "x-should-retry")  # fmt: skip
_PREFLIGHT_KEPT_S = 600


class KeyedCors:
    """ASGI: answers `origins` where the request bears an API key, or is the preflight of one that will.

    Under the path `signed_under` the signature in a link stands for the key.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], *, signed_under: str) -> None:
        self._app, self._signed = app, signed_under
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=["*"],
            allow_credentials=False,
            expose_headers=_TOLD,
            max_age=_PREFLIGHT_KEPT_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keyed = scope["type"] == "http" and (self._is_signed(scope["path"]) or _bears_a_key(Headers(scope=scope)))
        await (self._shared if keyed else self._app)(scope, receive, send)

    def _is_signed(self, path: str) -> bool:
        return path == self._signed or path.startswith(self._signed + "/")


def _bears_a_key(headers: Headers) -> bool:
    asked = headers.get("access-control-request-headers", "").lower().split(",")
    return "authorization" in headers or "authorization" in [name.strip() for name in asked]
