"""Until when a server's certificate holds, asked as a client sees it."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from cryptography import x509

WITHIN_S = 10.0


async def read_expiry(url: str) -> float:
    """Seconds since 1970 at which the certificate at an https address expires. Raises OSError, ValueError.

    Whether it can be trusted is not asked: one that is not must not go unnoticed when it expires.
    """
    parts = urlsplit(url)
    if parts.hostname is None:
        raise ValueError(f"no host: {url}")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(WITHIN_S):
        _, writer = await asyncio.open_connection(
            parts.hostname, parts.port or 443, ssl=context, server_hostname=parts.hostname
        )
    try:
        encoded = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
    return x509.load_der_x509_certificate(encoded).not_valid_after_utc.timestamp()
