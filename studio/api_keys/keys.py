"""API keys: what they look like, and how they are made, recognised and revoked.

    drm_<32 random characters><6 of checksum>      sk_test_<the same>, of test mode

The checksum lets a typo be told from a wrong key without a query, and scanners recognise leaked keys. Only the
SHA-256 of a key is kept: the key has 160 random bits, so a slow hash would add nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_livemode, insert_api_key, revoke_api_key
from storage.tables import ApiKey
from studio.http.ids import ALPHABET, new_id
from studio.organisations.audit import audit

Scope = Literal["assets", "characters", "takes", "projects", "keys", "members"]
SCOPES: tuple[Scope, ...] = ("assets", "characters", "takes", "projects", "keys", "members")

PREFIX, TEST_PREFIX = "drm_", "sk_test_"
_RANDOM_LENGTH = 32
_CHECK_LENGTH = 6
_SHOWN_LENGTH = 6  # of what follows the prefix


@dataclass(frozen=True)
class IssuedKey:
    """A new key. `secret` is shown this once and kept nowhere."""

    row: ApiKey
    secret: str


async def issue_api_key(
    session: AsyncSession,
    *,
    org_id: str,
    name: str,
    scopes: Sequence[Scope] = SCOPES,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Make a key of the organisation."""
    prefix = TEST_PREFIX if await get_livemode(session, org_id=org_id) is False else PREFIX
    secret = prefix + _new_body()
    row = await insert_api_key(
        session,
        org_id=org_id,
        key_id=new_id("key"),
        name=name,
        shown_prefix=secret[: len(prefix) + _SHOWN_LENGTH],
        key_sha256=hash_key(secret),
        scopes=scopes,
        expires_at=expires_at,
    )
    await audit(session, "key.made", org_id=org_id, subject=row.id, name=name, scopes=list(scopes))
    return IssuedKey(row, secret)


async def revoke_key(session: AsyncSession, *, org_id: str, key_id: str) -> ApiKey | None:
    """Revoke a key; None when the organisation has no such one."""
    row = await revoke_api_key(session, org_id=org_id, key_id=key_id)
    if row is not None:
        await audit(session, "key.revoked", org_id=org_id, subject=key_id, name=row.name)
    return row


def is_well_formed(secret: str) -> bool:
    """Whether the checksum fits: anything else was never a key of ours."""
    body = secret.removeprefix(TEST_PREFIX if is_of_test_mode(secret) else PREFIX)
    if body == secret or len(body) != _RANDOM_LENGTH + _CHECK_LENGTH or not body.isascii():
        return False
    return secrets.compare_digest(_checksum(body[:_RANDOM_LENGTH]), body[_RANDOM_LENGTH:])


def is_of_test_mode(secret: str) -> bool:
    """Whether a key of this form leads to test mode: none other does, and it leads nowhere else."""
    return secret.startswith(TEST_PREFIX)


def hash_key(secret: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _new_body() -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM_LENGTH))
    return body + _checksum(body)


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (_CHECK_LENGTH - 1), -1, -5))
