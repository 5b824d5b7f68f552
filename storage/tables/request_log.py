"""What an organisation's keys asked for, kept for a month."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Id, Instant, Name, Table, Word


class LoggedRequest(Table):
    """One request with a key, as it was answered. Its id is the reply's `x-request-id` and sorts by time.

    route: the path's template; code: of the error; ms: until the reply began. Bodies are text without secrets, null
    where none was kept; the `_cut` say that more came than is kept.
    """

    __tablename__ = "request_log"

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    key_id: Mapped[Id]
    method: Mapped[Word]
    path: Mapped[str]
    query: Mapped[str]
    route: Mapped[Name]
    status: Mapped[int]
    code: Mapped[Word | None]
    ms: Mapped[float]
    request_type: Mapped[Name | None]
    request_body: Mapped[str | None]
    request_cut: Mapped[bool]
    response_body: Mapped[str | None]
    response_cut: Mapped[bool]
