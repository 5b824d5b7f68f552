"""Takes, the characters in them, and the numbered attempts to render them.

There is no table of jobs: the durable workflow that bears a take's id is its job, and the take's state is the truth.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import (
    Count,
    Created,
    Document,
    Id,
    Instant,
    Json,
    JsonOrNull,
    ObjectKey,
    Sha256Hex,
    Table,
    Word,
    one_of,
)

TakeState = Literal["QUEUED", "RENDERING", "SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"]
AttemptState = Literal["RENDERING", "SUCCEEDED", "FAILED", "ABANDONED"]
TAKE_STATES: tuple[TakeState, ...] = (
    "QUEUED",
    "RENDERING",
    "SUCCEEDED",
    "FAILED",
    "CANCELLED",
    "CONSENT_BLOCKED",
    "QUARANTINED",
)
ATTEMPT_STATES: tuple[AttemptState, ...] = ("RENDERING", "SUCCEEDED", "FAILED", "ABANDONED")

LEGAL_TRANSITIONS: dict[TakeState, frozenset[TakeState]] = {
    "QUEUED": frozenset({"RENDERING", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}),
    # RENDERING again: the next attempt, after an engine was lost. QUEUED: it made room for another take.
    "RENDERING": frozenset(
        {"QUEUED", "RENDERING", "SUCCEEDED", "FAILED", "CANCELLED", "CONSENT_BLOCKED", "QUARANTINED"}
    ),
    "SUCCEEDED": frozenset(),
    "FAILED": frozenset(),
    "CANCELLED": frozenset(),
    "CONSENT_BLOCKED": frozenset(),
    "QUARANTINED": frozenset(),
}
TERMINAL_STATES: frozenset[TakeState] = frozenset(state for state, after in LEGAL_TRANSITIONS.items() if not after)


_TAGGED = text("tag_finish IS NOT NULL")
_RENDERED = text("render_ms IS NOT NULL")
_ENDED = text("finished_at IS NOT NULL")


def _asset(column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["org_id", column], ["assets.org_id", "assets.id"])


class Take(Table):
    """One rendering. `request` is the stored request without URLs; `identity`, `speech` and `receipt` are what the
    engine said.

    progress is 0..1; `attempt` the number of the attempt that runs or ran last (0: none yet). expected_ms: of
    rendering, by the model's own card; beside `render_ms` it says how fast this installation is. traceparent:
    of the submit, as W3C Trace Context writes it.

    The fair queue's: priority and rank, its place in its organisation's order; pool of nodes; tag_start and tag_finish,
    its stretch of the organisation's account, from when it is first a head until the account is settled; head: nodes
    can see it; preempted: how often it made room; has_asked: whether another take made room for it.

    asked_by: the key or the person. hold_id: of the hold that pays for it, where it costs something; usage: what it
    came to cost, once it has ended.
    guarantee: how like its faces must be, and how often it is tried for that.
    """

    __tablename__ = "takes"
    __table_args__ = (
        UniqueConstraint("org_id", "id"),
        CheckConstraint(one_of("state", TAKE_STATES), name="state"),
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress_range"),
        CheckConstraint(
            "state <> 'SUCCEEDED' OR (clip_asset_id IS NOT NULL AND receipt_sha256 IS NOT NULL)",
            name="succeeded_has_clip",
        ),
        CheckConstraint("state NOT IN ('FAILED', 'QUARANTINED') OR failure_code IS NOT NULL", name="failed_has_code"),
        _asset("clip_asset_id"),
        _asset("thumbnail_asset_id"),
        _asset("sprite_asset_id"),
        _asset("motion_asset_id"),
        Index(None, "state", "created_at"),
        Index(None, "org_id", "state", "rank", "id"),
        Index("ix_takes_tagged", "org_id", postgresql_where=_TAGGED, sqlite_where=_TAGGED),
        Index("ix_takes_rendered", "org_id", "model", "id", postgresql_where=_RENDERED, sqlite_where=_RENDERED),
        Index("ix_takes_finished", "finished_at", postgresql_where=_ENDED, sqlite_where=_ENDED),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    shot_id: Mapped[Id | None]
    state: Mapped[Word] = mapped_column(default="QUEUED")
    request: Mapped[Document]
    model: Mapped[Word]
    prompt: Mapped[str]
    seed: Mapped[Count]
    seconds: Mapped[float]
    width: Mapped[int]
    height: Mapped[int]
    progress: Mapped[float] = mapped_column(default=0.0)
    stage: Mapped[Word | None]
    attempt: Mapped[int] = mapped_column(default=0)
    failure_code: Mapped[Word | None]
    failure_message: Mapped[str | None]
    identity: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonOrNull)
    speech: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonOrNull)
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    receipt_sha256: Mapped[Sha256Hex | None]
    notes: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    clip_asset_id: Mapped[Id | None]
    thumbnail_asset_id: Mapped[Id | None]
    sprite_asset_id: Mapped[Id | None]
    motion_asset_id: Mapped[Id | None]
    created_at: Mapped[Created]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    render_ms: Mapped[int | None]
    expected_ms: Mapped[int | None]
    traceparent: Mapped[str | None] = mapped_column(String(55))
    priority: Mapped[Word] = mapped_column(default="normal", server_default="normal")
    rank: Mapped[Count] = mapped_column(default=0, server_default="0")
    pool: Mapped[Word] = mapped_column(default="shared", server_default="shared")
    tag_start: Mapped[float | None]
    tag_finish: Mapped[float | None]
    head: Mapped[bool] = mapped_column(default=False, server_default=false())
    preempted: Mapped[int] = mapped_column(default=0, server_default="0")
    has_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    hold_id: Mapped[Id | None]
    asked_by: Mapped[Id | None]
    usage: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    guarantee: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)


class TakeCharacter(Table):
    """Whom a take shows, and whose recorded voices are heard in it; without a foreign key to the characters, so that it
    outlives an erased one."""

    __tablename__ = "take_characters"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "take_id"], ["takes.org_id", "takes.id"], ondelete="CASCADE"),
        Index(None, "org_id", "character_id"),
    )

    take_id: Mapped[Id] = mapped_column(primary_key=True)
    character_id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    seen: Mapped[bool] = mapped_column(default=True, server_default=true())
    heard: Mapped[bool] = mapped_column(default=False, server_default=false())


class Attempt(Table):
    """One numbered try at a take; everything it writes lies under its own `key_prefix`.

    collected_at: when the objects of a try that came to nothing were removed.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "take_id"], ["takes.org_id", "takes.id"], ondelete="CASCADE"),
        UniqueConstraint("key_prefix"),
        CheckConstraint(one_of("state", ATTEMPT_STATES), name="state"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )

    take_id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    key_prefix: Mapped[ObjectKey]
    state: Mapped[Word] = mapped_column(default="RENDERING")
    failure_code: Mapped[Word | None]
    created_at: Mapped[Created]
    ended_at: Mapped[Instant | None]
    collected_at: Mapped[Instant | None]
