"""The audit log: who did what, when and from where, each entry bound to the one before by its hash."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Document, Id, Instant, Name, Sha256Hex, Table, Word


class AuditEntry(Table):
    """One entry. Written once; `organisations.last_audit` counts them, so that a cut-off end is noticed."""

    __tablename__ = "audit_log"

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Instant]
    action: Mapped[Word]
    subject: Mapped[Name | None]
    actor_id: Mapped[Id | None]
    actor: Mapped[Name]
    address: Mapped[str | None] = mapped_column(String(45))
    details: Mapped[Document]
    previous_sha256: Mapped[Sha256Hex]
    entry_sha256: Mapped[Sha256Hex]
