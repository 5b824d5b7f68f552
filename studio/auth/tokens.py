"""Secrets that are handed out once and kept as hashes: of sessions, invitations and links."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is kept of it. The token is random, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
