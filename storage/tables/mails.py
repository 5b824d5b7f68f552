"""E-mail to be sent, and one-time tokens with which a password is chosen anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Instant, Json, Name, Sha256Hex, Table, Word, one_of

MAIL_STATES = ("pending", "sent", "failed")


class MailRow(Table):
    """One message. No tenant's: it may be to somebody who is in none. `told` may hold a link: seen by the sender
    alone, and emptied with the message's end."""

    __tablename__ = "mails"
    __table_args__ = (CheckConstraint(one_of("state", MAIL_STATES), name="state_known"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    to_address: Mapped[str] = mapped_column(String(254))
    language: Mapped[Word]
    told: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[Word] = mapped_column(default="pending")
    error: Mapped[Name | None]
    created_at: Mapped[Created]
    finished_at: Mapped[Instant | None]


class PasswordReset(Table):
    """A one-time token of a person's; of it only the SHA-256 is kept. Gone with its use."""

    __tablename__ = "password_resets"

    token_sha256: Mapped[Sha256Hex] = mapped_column(primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[Created]
    expires_at: Mapped[Instant]
