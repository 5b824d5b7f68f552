"""Where a webhook may go: what an endpoint's URL may say, and which address is then spoken to.

A name is resolved once for each try, all that it resolves to is judged, and the connection goes to an address that was
judged: a name that changes in between (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from studio.webhooks.addresses import Address, is_public, read_address

LONGEST_URL = 2_000
HTTPS_PORT, LEAST_FREE_PORT = 443, 1024
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
Resolve = Callable[[str, int], Awaitable[list[str]]]


class DestinationRefused(Exception):
    """Nothing is sent there; the words say why, and nothing of our network."""


@dataclass(frozen=True)
class Destination:
    """A URL that was read. host: as it was written, without brackets."""

    url: httpx.URL
    host: str
    port: int

    @property
    def is_https(self) -> bool:
        return self.url.scheme == "https"


async def resolve_name(host: str, port: int) -> list[str]:
    """Every address of the name, as this machine's resolver says. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def read_destination(text: str, *, loopback: bool = False) -> Destination:
    """Judge a URL by itself, before any name is resolved. `loopback`: http to this machine will do, too.

    Raises DestinationRefused.
    """
    if len(text) > LONGEST_URL:
        raise DestinationRefused(f"the URL is longer than {LONGEST_URL} characters")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise DestinationRefused("this is no URL") from None
    if url.scheme not in ("https", "http") or not url.host:
        raise DestinationRefused("the URL must begin with https://")
    if url.userinfo or url.fragment:
        raise DestinationRefused("the URL must have neither a user name nor a fragment")
    port = url.port or (HTTPS_PORT if url.scheme == "https" else 80)
    destination = Destination(url, url.raw_host.decode("ascii").strip("[]").rstrip("."), port)
    if not _HOST.fullmatch(destination.host):
        raise DestinationRefused("the URL names no host")
    address = read_address(destination.host)
    local = loopback and (destination.host == "localhost" or (address is not None and address.is_loopback))
    if local:
        return destination
    if url.scheme != "https":
        raise DestinationRefused("the URL must begin with https://")
    if port != HTTPS_PORT and not LEAST_FREE_PORT <= port < 65_536:
        raise DestinationRefused("the port must be 443, or from 1024 on")
    if address is not None and not is_public(address):
        raise DestinationRefused("this address is not of the public internet")
    return destination


async def choose_address(
    destination: Destination, *, resolve: Resolve = resolve_name, loopback: bool = False
) -> Address:
    """The one address to connect to. Raises DestinationRefused, where any address of the name is not public."""
    try:
        found = [read_address(each) for each in await resolve(destination.host, destination.port)]
    except (OSError, UnicodeError):
        raise DestinationRefused("the name cannot be resolved") from None
    addresses = [each for each in found if each is not None]
    if not addresses or len(addresses) < len(found):
        raise DestinationRefused("the name cannot be resolved")
    if loopback and all(each.is_loopback for each in addresses):
        return addresses[0]
    if not destination.is_https:
        raise DestinationRefused("plain http goes to this machine alone")
    if not all(map(is_public, addresses)):
        raise DestinationRefused("the name leads to an address that is not of the public internet")
    return addresses[0]
