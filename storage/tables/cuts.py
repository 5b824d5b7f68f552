"""Cuts: a film's takes in the order of its board, joined into one file."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Created, Id, Instant, Json, Name, Table, Word, one_of

CutState = Literal["QUEUED", "RENDERING", "SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED"]
CUT_STATES: tuple[CutState, ...] = ("QUEUED", "RENDERING", "SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED")

_ENDS: frozenset[CutState] = frozenset({"SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED"})
# RENDERING again: the next attempt, after the studio was stopped amid one. QUEUED again: somebody asked to retry.
LEGAL_CUT_TRANSITIONS: dict[CutState, frozenset[CutState]] = {
    "QUEUED": frozenset({"RENDERING", "FAILED", "CANCELLED", "CONSENT_BLOCKED"}),
    "RENDERING": _ENDS | {"RENDERING"},
    "SUCCEEDED": frozenset(),
    "FAILED": frozenset({"QUEUED"}),
    "CANCELLED": frozenset({"QUEUED"}),
    "CONSENT_BLOCKED": frozenset({"QUEUED"}),
}
UNFINISHED_CUT_STATES: tuple[CutState, ...] = ("QUEUED", "RENDERING")


class Cut(Table):
    """A cut as it was asked for: `name` on its title card, `entries` one after the other, `missing` shots left out.

    frames: of the whole film, the title card's among them; as planned until the file is there, then as written.
    hold_id: what it may cost, while it has a price; usage: what it came to, in micro-credits, as of takes.
    progress is 0..1; `attempt` the number of the attempt that runs or ran last (0: none yet).
    """

    __tablename__ = "cuts"
    __table_args__ = (
        UniqueConstraint("org_id", "id"),
        ForeignKeyConstraint(["org_id", "project_id"], ["projects.org_id", "projects.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["org_id", "asset_id"], ["assets.org_id", "assets.id"]),
        CheckConstraint(one_of("state", CUT_STATES), name="state"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress_range"),
        CheckConstraint("state <> 'SUCCEEDED' OR asset_id IS NOT NULL", name="succeeded_has_file"),
        Index(None, "org_id", "project_id"),
        Index(None, "org_id", "state"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    project_id: Mapped[Id]
    state: Mapped[Word] = mapped_column(default="QUEUED")
    name: Mapped[Name]
    width: Mapped[int]
    height: Mapped[int]
    fps: Mapped[int]
    title_frames: Mapped[int]
    frames: Mapped[int]
    entries: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    missing: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    titled: Mapped[bool] = mapped_column(default=True)
    progress: Mapped[float] = mapped_column(default=0.0)
    attempt: Mapped[int] = mapped_column(default=0)
    failure_code: Mapped[Word | None]
    failure_message: Mapped[str | None]
    asset_id: Mapped[Id | None]
    hold_id: Mapped[Id | None]
    usage: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[Created]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
