"""Organisations (the tenants) and their API keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, false, true
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Id, Instant, Json, Name, Sha256Hex, Table, Word


class Organisation(Table):
    """A tenant. `plan` names its limits. `last_event` is the highest sequence given out in its event stream,
    `last_audit` in its audit log.

    example_due: the example film is still to be begun, when somebody signs in for the first time.
    deleted: it is going, and nobody is let in any more.
    standing_consent: what every one-off photo of the API stands under when a request says nothing else.
    pool: where its takes go that name none, where it has nodes of its own; queue_paused: none of its takes is begun.
    suspended_at: since when nothing new is submitted or bought; suspended_contact: whom to write to about it.
    livemode: False of an organisation that is the test mode of another one, whose id is `test_of`.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("last_event >= 0", name="last_event_not_negative"),
        Index(None, "pool", unique=True),
        Index(None, "id", "livemode", unique=True),  # what billing's tables refer to
        Index(None, "test_of", unique=True),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Name]
    plan: Mapped[Word]
    example_due: Mapped[bool] = mapped_column(default=True)
    standing_consent: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    deleted: Mapped[bool] = mapped_column(default=False)
    pool: Mapped[Word | None]
    queue_paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    suspended_at: Mapped[Instant | None]
    suspended_contact: Mapped[Name | None]
    livemode: Mapped[bool] = mapped_column(default=True, server_default=true())
    test_of: Mapped[Id | None]
    last_event: Mapped[Count] = mapped_column(default=0)
    last_audit: Mapped[Count] = mapped_column(default=0)
    created_at: Mapped[Created]


class ApiKey(Table):
    """A bearer key: only its SHA-256 is kept, and the first characters so that people recognise it."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "org_id", "id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    name: Mapped[Name]
    shown_prefix: Mapped[Word]
    key_sha256: Mapped[Sha256Hex] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[Created]
    expires_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]
