"""What happened, in one gapless stream an organisation."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Document, Id, Table, Word


class Event(Table):
    """One event. `sequence` is counted under the organisation's lock, so a reader never misses a late commit."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("sequence >= 1", name="sequence_from_one"),
        Index(None, "org_id", "take_id", "sequence"),
    )

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    take_id: Mapped[Id | None]
    type: Mapped[Word]
    payload: Mapped[Document]
    created_at: Mapped[Created]
