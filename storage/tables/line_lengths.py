"""How long lines last that were said once: a shot can be made as long as its lines before it is rendered."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Sha256Hex, Table


class LineLength(Table):
    """One line as one voice says it. `digest`: of all that decides how long it lasts."""

    __tablename__ = "line_lengths"
    __table_args__ = (CheckConstraint("length_ms > 0", name="length_above_zero"),)

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[Sha256Hex] = mapped_column(primary_key=True)
    length_ms: Mapped[int]
    created_at: Mapped[Created]
