"""What operators did, and why."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Document, Id, Name, Sha256Hex, Table, Word


class OperatorAct(Table):
    """One act. No tenant's, and it outlives the organisation that it was about. Added, never changed.

    key: an act is done once for each of a person's; asked_sha256: of what was asked with it; outcome: the reply.
    """

    __tablename__ = "operator_acts"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[Created]
    person_id: Mapped[Id]
    name: Mapped[Name]
    address: Mapped[str | None] = mapped_column(String(45))
    action: Mapped[Word]
    organisation_id: Mapped[Id | None]
    subject: Mapped[Name | None]
    reason: Mapped[Name]
    key: Mapped[Name]
    asked_sha256: Mapped[Sha256Hex]
    outcome: Mapped[Document]
