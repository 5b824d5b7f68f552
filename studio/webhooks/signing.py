"""Secrets and signatures, by Standard Webhooks' own library."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """As it is shown, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def hint_of(secret: str) -> str:
    """Enough to tell one secret from another."""
    return f"{PREFIX}…{secret[-4:]}"


def signed_headers(body: str, *, message_id: str, at: datetime, secrets_: Sequence[str]) -> dict[str, str]:
    """The headers of one try: a signature for each secret. at: of this try, whole seconds are told."""
    moment = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, moment, body) for secret in secrets_]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
