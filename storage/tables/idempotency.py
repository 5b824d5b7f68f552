"""Replies kept by key, so that a repeated request is answered, not done again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Name, Sha256Hex, Table


class IdempotencyKey(Table):
    """One key of one organisation: the hash of the request that it stands for, and the reply once there is one.

    body keeps the order of its fields, so that a repeated reply is the first one, byte for byte.
    """

    __tablename__ = "idempotency_keys"

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[Name] = mapped_column(primary_key=True)
    request_sha256: Mapped[Sha256Hex]
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[Created]
