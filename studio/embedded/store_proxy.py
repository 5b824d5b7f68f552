"""One box, one address: the studio serves the embedded store's signed links under its own origin.

A reverse proxy of two operations, reading one object and uploading by a form. Bodies stream both ways at the pace of
the slower side. The store sees the host that the link was signed for, and neither cookies nor keys; clients see what
was signed, and no name of the store's.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import structlog
from anyio import CancelScope, CapacityLimiter, WouldBlock, fail_after
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from storage.address import StoreAddress
from studio.embedded.signed_requests import StoreRefused, check_read, read_upload_head
from studio.http.errors import NotFound, StoreUnavailable, StudioError
from studio.http.load_shedding import ServerOverloaded
from studio.http.origin import own_origin

log = structlog.get_logger(__name__)

MOST_READS, MOST_UPLOADS = 256, 64  # at once
STALLED_S = 60.0  # who takes or sends nothing for so long is let go; players come back with a Range
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_ASKED = ("range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
_ANSWERED = ("content-type", "content-length", "content-range", "accept-ranges", "etag", "last-modified")
_SHOWN = {"image/jpeg", "image/png", "image/webp", "video/mp4"}  # what browsers may open; anything else is saved
_POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
_MOST_REFUSAL_BYTES = 16 * 1024
_CODE = re.compile(rb"<Code>(\w{1,60})</Code>")
_WORDS = {
    "AccessDenied": "the link has expired, or something in it was changed",
    "BadDigest": "these are not the bytes that were announced",
    "EntityTooLarge": "this is more than was announced",
    "EntityTooSmall": "this is less than was announced",
    "SignatureDoesNotMatch": "something in the link was changed",
}


class StoreProxy:
    """What goes through to one store. Close it at the end."""

    def __init__(self, address: StoreAddress) -> None:
        self._address = address
        limits = httpx.Limits(max_connections=MOST_READS + MOST_UPLOADS, max_keepalive_connections=16)
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, limits=limits, trust_env=False)
        self._reads, self._uploads = CapacityLimiter(MOST_READS), CapacityLimiter(MOST_UPLOADS)

    async def close(self) -> None:
        await self._http.aclose()

    async def read(self, request: Request, key: str) -> Response:
        """What the store answers to a signed link. HEAD is answered by the head of a GET: links are signed for that.

        Raises StoreRefused, NotFound, StoreUnavailable, ServerOverloaded.
        """
        check_read(request, key)
        release = _take_place(self._reads)
        try:
            headers = _pick(request.headers, _ASKED) | {"Accept-Encoding": "identity"}
            found = await self._send(request, "GET", headers)
        except BaseException:
            release()
            raise
        return _Streamed(found, request.method, release)

    async def upload(self, request: Request) -> Response:
        """Pass a signed form on. Raises StoreRefused, NotFound, StoreUnavailable, ServerOverloaded."""
        release = _take_place(self._uploads)
        try:
            chunks = _in_time(request.stream())
            head = await read_upload_head(request, chunks, self._address)
            headers = _pick(request.headers, ("content-type", "content-length"))
            body = _bounded(head.chunks, chunks, head.most_bytes)
            sent = await self._send(request, "POST", headers, body)
            await sent.aclose()
            return Response(status_code=sent.status_code, headers=_pick(sent.headers, ("etag",)))
        except (ClientDisconnect, TimeoutError):
            return Response(status_code=408)  # for the log; whoever sent it is gone
        finally:
            release()

    async def _send(
        self, request: Request, method: str, headers: dict[str, str], body: AsyncIterator[bytes] | None = None
    ) -> httpx.Response:
        """The head of the store's reply, unless it refuses; whoever gets it closes it."""
        target: bytes = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        signed_for = {"Host": urlsplit(own_origin(request)).netloc}
        try:
            store = httpx.URL(self._address.endpoint).copy_with(raw_path=target.removesuffix(b"?"))
            asked = self._http.build_request(method, store, headers=headers | signed_for, content=body)
            reply = await self._http.send(asked, stream=True)
        except (httpx.InvalidURL, UnicodeError):
            raise NotFound("there is nothing at this address") from None
        except httpx.HTTPError as error:
            log.warning("store_failed", path=request.url.path, words=type(error).__name__)
            raise StoreUnavailable("try again in a moment", headers={"Retry-After": "5"}) from error
        if reply.is_error:
            raise await _refusal(reply)
        return reply


class _Streamed(StreamingResponse):
    """The store's reply on its way. However it ends, its connection and its place are given back."""

    def __init__(self, found: httpx.Response, method: str, release: Callable[[], None]) -> None:
        super().__init__(found.aiter_raw(), found.status_code, _reply_headers(found.headers))
        self._found, self._only_head, self._release = found, method == "HEAD", release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()
            with CancelScope(shield=True):
                await self._found.aclose()

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            if not self._only_head:
                async for chunk in self._found.aiter_raw():
                    with fail_after(STALLED_S):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("download_broke_off", words=type(error).__name__)
            return  # without its end, so that the client sees that it is cut short
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _take_place(places: CapacityLimiter) -> Callable[[], None]:
    """Take one of the places; call what is returned to give it back. Raises ServerOverloaded."""
    holder = object()
    try:
        places.acquire_on_behalf_of_nowait(holder)
    except WouldBlock:
        raise ServerOverloaded("try again in a moment", headers={"Retry-After": "2"}) from None
    return lambda: places.release_on_behalf_of(holder)


def _pick(headers: Headers | httpx.Headers, names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}


def _reply_headers(found: httpx.Headers) -> dict[str, str]:
    """What was signed, under a policy by which nothing that somebody uploaded runs as a page of ours."""
    shown = found.get("content-type") in _SHOWN
    disposition = found.get("content-disposition", "inline")
    if not shown:
        disposition = re.sub(r"^inline", "attachment", disposition)
    return _pick(found, _ANSWERED) | {"content-disposition": disposition, "content-security-policy": _POLICY}


async def _in_time(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks. Raises TimeoutError where nothing comes for long."""
    with suppress(StopAsyncIteration):
        while True:
            with fail_after(STALLED_S):
                chunk = await anext(chunks)
            yield chunk


async def _bounded(came: list[bytes], coming: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[bytes]:
    """What came and what comes, as long as it is no more than was signed. Raises StoreRefused."""
    left = most_bytes
    for chunk in came:
        left -= len(chunk)
        yield chunk
    async for chunk in coming:
        left -= len(chunk)
        if left < 0:
            raise _refused(413, "EntityTooLarge")
        yield chunk


async def _refusal(reply: httpx.Response) -> StudioError:
    """The store's refusal without its names: the status, and S3's own word for it."""
    body = b""
    with suppress(httpx.HTTPError):
        async for chunk in reply.aiter_raw():
            body += chunk
            if len(body) > _MOST_REFUSAL_BYTES:
                break
    await reply.aclose()
    code = _CODE.search(body)
    if reply.is_server_error:
        log.error("store_failed", status=reply.status_code, code=code and code[1].decode())
        return StoreUnavailable("try again in a moment", headers={"Retry-After": "5"})
    if reply.status_code == httpx.codes.NOT_FOUND:
        return NotFound("what this link led to is gone")
    return _refused(
        reply.status_code, code[1].decode() if code else "", _pick(reply.headers, ("content-range", "etag"))
    )


def _refused(status: int, store_code: str, headers: dict[str, str] | None = None) -> StoreRefused:
    refusal = StoreRefused(_WORDS.get(store_code, store_code or "no more is known"), headers=headers)
    refusal.members["store_code"] = store_code
    refusal.status = status  # type: ignore[misc]  # this one has the status that the store chose
    return refusal
