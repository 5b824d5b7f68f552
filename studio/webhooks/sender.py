"""One request to a receiver: to the address that was judged, under the name that was asked for, and no further."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from studio.webhooks.destination import DestinationRefused, Resolve, choose_address, read_destination, resolve_name
from studio.webhooks.schedule import read_retry_after

TIMEOUT_S = 20.0
CONNECT_S = 10.0
REPLY_S = 2.0
MOST_REPLY_BYTES = 4_096
USER_AGENT = "dramatis-webhooks/1"


@dataclass(frozen=True)
class Answer:
    """What came back: `status` and the beginning of the reply, or `error`, why nothing did."""

    status: int | None
    error: str | None
    reply: str | None
    retry_after_s: float | None
    duration_ms: int

    @property
    def is_success(self) -> bool:
        """Only 2xx is: a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """`loopback`: http to this machine will do. `trust`: whose certificates are believed; None: the usual ones."""

    def __init__(
        self,
        *,
        loopback: bool = False,
        resolve: Resolve = resolve_name,
        trust: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.loopback = loopback
        self._resolve, self._timeout_s = resolve, timeout_s
        self._client = httpx.AsyncClient(
            verify=trust if trust is not None else ssl.create_default_context(),
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_S),
            limits=httpx.Limits(max_keepalive_connections=0),  # a kept connection would outlive what was judged
            follow_redirects=False,
            trust_env=False,
        )

    async def send(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        """POST the body; never raises for what a receiver or its network does."""
        began = time.monotonic()
        status = retry_after_s = reply = error = None
        try:
            async with asyncio.timeout(self._timeout_s):
                status, retry_after_s, reply = await self._post(url, body, headers)
        except DestinationRefused as refused:
            error = f"not sent: {refused}"
        except (TimeoutError, httpx.TimeoutException):
            error = f"no answer within {self._timeout_s:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as failed:
            error = f"no connection: {type(failed).__name__}"
        return Answer(status, error, reply, retry_after_s, round(1000 * (time.monotonic() - began)))

    async def _post(self, url: str, body: str, headers: Mapping[str, str]) -> tuple[int, float | None, str]:
        destination = read_destination(url, loopback=self.loopback)
        address = await choose_address(destination, resolve=self._resolve, loopback=self.loopback)
        request = self._client.build_request(
            "POST",
            destination.url.copy_with(host=str(address)),
            content=body.encode(),
            headers={
                "Host": destination.url.netloc.decode("ascii"),
                "Content-Type": "application/json",
                "User-Agent": USER_AGENT,
                "Accept-Encoding": "identity",
                **headers,
            },
            extensions={"sni_hostname": destination.host},
        )
        response = await self._client.send(request, stream=True)
        try:
            retry_after_s = read_retry_after(response.headers.get("retry-after"), now=datetime.now(UTC))
            return response.status_code, retry_after_s, await _beginning(response)
        finally:
            await response.aclose()

    async def close(self) -> None:
        await self._client.aclose()


async def _beginning(response: httpx.Response) -> str:
    """Up to MOST_REPLY_BYTES as they came, nothing unpacked; the rest is never read, nor waited for."""
    read = b""
    with contextlib.suppress(TimeoutError, httpx.HTTPError):  # its status counts all the same
        async with asyncio.timeout(REPLY_S):
            async for chunk in response.aiter_raw():
                read += chunk
                if len(read) >= MOST_REPLY_BYTES:
                    break
    return read[:MOST_REPLY_BYTES].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
