"""Nodes: processes that run work, as they announce themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Index, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Instant, Json, Name, Table


class Node(Table):
    """One life of a node: a process from its start to its end. Whoever starts again under a name has another id.

    id: the executor's, under which it takes up work.
    models: cards by name, with this machine's seconds. device: in words; slots: takes that it denoises at a time.
    draining: it takes up nothing more. why_idle: which models' takes it cannot begin now, and why.
    lost_at: when it was found dead and its work was taken from it, for good.
    """

    __tablename__ = "nodes"
    __table_args__ = (Index(None, "lost_at", "seen_at"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Name]
    pool: Mapped[Name]
    models: Mapped[dict[str, Any]] = mapped_column(Json)
    device: Mapped[Name]
    software: Mapped[Name]
    slots: Mapped[int]
    started_at: Mapped[Created]
    seen_at: Mapped[Created]
    draining: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    why_idle: Mapped[str | None] = mapped_column(Text)
    lost_at: Mapped[Instant | None]
