"""Where a bucket is, and with which keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreAddress:
    """Where the bucket is. `public_url` differs from `endpoint` when browsers reach the store by another name."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str = "dramatis"
    region: str = "us-east-1"
    public_url: str | None = None
