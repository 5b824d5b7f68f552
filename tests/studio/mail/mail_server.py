"""A mail server on this machine: it keeps what it is handed, wants TLS and a password, and fails when it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "studio", "a mail password"


@dataclass
class MailServer:
    """refusals: what is answered to the next messages, instead of taking them."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    tries: int = 0

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        self.tries += 1
        if self.refusals:
            return self.refusals.pop(0)
        message = message_from_bytes(cast(bytes, envelope.original_content), policy=policy.default)
        self.received.append(cast(EmailMessage, message))
        return "250 OK"

    async def until(self, count: int, within_s: float = 60) -> list[EmailMessage]:
        """Once so many came."""
        async with asyncio.timeout(within_s):
            while len(self.received) < count:
                await asyncio.sleep(0.02)
        return self.received


def _authenticate(_: Any, __: Any, ___: Any, mechanism: str, given: object) -> AuthResult:  # noqa: ANN401
    assert isinstance(given, LoginPassword)
    right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)  # what is not handled here is answered by the server: 535


@asynccontextmanager
async def open_mail_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """With `tls` it takes nothing before STARTTLS and a login."""
    kept = MailServer()

    def protocol() -> SMTP:
        wanted: dict[str, Any] = {}
        if tls is not None:
            wanted = {"tls_context": tls, "require_starttls": True, "auth_required": True}
            wanted["authenticator"] = _authenticate
        return SMTP(kept, enable_SMTPUTF8=True, **wanted)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
        await server.wait_closed()
