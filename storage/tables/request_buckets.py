"""Requests a minute, over all replicas."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Id, Instant, Table


class RequestBucket(Table):
    """How full an organisation's bucket of requests was when a replica last settled: 1 full, below 0 a debt. `key` is
    its id; the row is no tenant's, and is dropped once it would be full."""

    __tablename__ = "request_buckets"

    key: Mapped[Id] = mapped_column(primary_key=True)
    level: Mapped[float]
    filled_at: Mapped[Instant] = mapped_column(index=True)
