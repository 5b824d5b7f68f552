"""One message to the operator's SMTP server."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from studio.config import Settings

TIMEOUT_S = 30.0
Security = Literal["starttls", "tls", "none"]


class MailRefused(Exception):
    """The server will not take this message, now or later."""


class MailDelayed(Exception):
    """It was not sent just now; the next try may succeed."""


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed in, and as whom."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str | None
    sender: str

    async def send(self, message: EmailMessage) -> None:
        """Raises MailRefused, MailDelayed."""
        try:
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                use_tls=self.security == "tls",
                start_tls=self.security == "starttls",
                username=self.username,
                password=self.password,
                timeout=TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            codes = [each.code for each in refused.recipients]
            raise (MailRefused if all(code >= 500 for code in codes) else MailDelayed)(f"recipient: {codes}") from None
        except aiosmtplib.SMTPAuthenticationError as refused:
            raise MailDelayed(f"the server does not let us in: {refused.code}") from None
        except aiosmtplib.SMTPResponseException as refused:
            raise (MailRefused if refused.code >= 500 else MailDelayed)(f"the server says {refused.code}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as failed:
            raise MailDelayed(f"no connection: {type(failed).__name__}") from None


def smtp_server(settings: Settings) -> SmtpServer | None:
    """The server of the settings; None where they name none."""
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    password = settings.smtp_password.get_secret_value() if settings.smtp_password is not None else None
    return SmtpServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_username,
        password,
        settings.smtp_from,
    )
