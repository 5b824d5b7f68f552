"""Checkpoints: where a take's render stood, kept in object storage so that any node can go on with it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Id, Instant, ObjectKey, Sha256Hex, Table


class Checkpoint(Table):
    """A take's one checkpoint: what its newest attempt kept after `done` of `total` steps.

    digest: of everything that decides the latents. The row is there from the first one that is announced, so that what
    was put and never confirmed is cleaned up too; until one is kept it has no object.
    """

    __tablename__ = "checkpoints"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "take_id"], ["takes.org_id", "takes.id"], ondelete="CASCADE"),
        UniqueConstraint("object_key"),
        CheckConstraint(
            "object_key IS NULL OR (digest IS NOT NULL AND sha256 IS NOT NULL AND size_bytes > 0 AND done > 0)",
            name="kept_has_object",
        ),
    )

    take_id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    digest: Mapped[Sha256Hex | None]
    sha256: Mapped[Sha256Hex | None]
    size_bytes: Mapped[Count | None]
    done: Mapped[int | None]
    total: Mapped[int | None]
    object_key: Mapped[ObjectKey | None]
    created_at: Mapped[Created]
    kept_at: Mapped[Instant | None]
