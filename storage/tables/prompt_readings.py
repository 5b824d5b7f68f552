"""What a render would note about a prompt: asked by a process that has no engine, answered by a node."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Json, JsonOrNull, Sha256Hex, Table


class PromptReading(Table):
    """One question, and its answer once there is one. `digest`: of the question.

    question: {model, prompt, names, framing, seconds}; notes: the engine's reading, what it would note and understand.
    """

    __tablename__ = "prompt_readings"
    __table_args__ = (Index(None, "org_id", "asked_at"),)

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[Sha256Hex] = mapped_column(primary_key=True)
    question: Mapped[dict[str, Any]] = mapped_column(Json)
    notes: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    asked_at: Mapped[Created]
