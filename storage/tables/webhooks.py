"""Webhooks: where an organisation's events are sent, what was sent, and what came of it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Id, Instant, Json, Name, Table, Word, one_of

DELIVERY_STATES = ("pending", "delivered", "failed")


class WebhookEndpoint(Table):
    """Where events are sent. Secrets are kept as they are shown: whoever signs needs them; no reply repeats them.

    event_types: names of events, groups as `take.*`, or `*`. old_secret signs too until old_secret_until.
    failing_since: of the first failure after the last success. disabled_at: nothing is sent any more, and why.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        UniqueConstraint("org_id", "id"),
        CheckConstraint("(disabled_at IS NULL) = (disabled_reason IS NULL)", name="disabled_for_a_reason"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    name: Mapped[Name]
    url: Mapped[str]
    event_types: Mapped[list[str]] = mapped_column(Json)
    secret: Mapped[Name]
    old_secret: Mapped[Name | None]
    old_secret_until: Mapped[Instant | None]
    failing_since: Mapped[Instant | None]
    disabled_at: Mapped[Instant | None]
    disabled_reason: Mapped[Word | None]
    created_at: Mapped[Created]
    updated_at: Mapped[Created]


class WebhookCursor(Table):
    """Up to which event an organisation's events were told. Before the first endpoint there may be none."""

    __tablename__ = "webhook_cursors"

    org_id: Mapped[Id] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[Count]


class WebhookDelivery(Table):
    """One event for one endpoint. `body` is what is signed and sent, byte for byte.

    message_id: the `webhook-id`, the same at every try and replay. job_id: the workflow that makes the next try; any
    other one does nothing. attempts: since it was last replayed. next_attempt_at: not before then.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["org_id", "endpoint_id"], ["webhook_endpoints.org_id", "webhook_endpoints.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("org_id", "id"),
        UniqueConstraint("endpoint_id", "message_id"),
        CheckConstraint(one_of("state", DELIVERY_STATES), name="state_known"),
        CheckConstraint("(state = 'pending') = (job_id IS NOT NULL)", name="pending_has_job"),
        Index(None, "org_id", "endpoint_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    endpoint_id: Mapped[Id]
    message_id: Mapped[Id]
    event_type: Mapped[Word]
    sequence: Mapped[Count]
    event_at: Mapped[Instant]
    body: Mapped[str]
    state: Mapped[Word] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[Id | None]
    next_attempt_at: Mapped[Instant | None]
    created_at: Mapped[Created]
    finished_at: Mapped[Instant | None]


class WebhookAttempt(Table):
    """One try: what the receiver answered, or why none was heard. reply: its beginning. duration_ms: of the request."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["org_id", "delivery_id"], ["webhook_deliveries.org_id", "webhook_deliveries.id"], ondelete="CASCADE"
        ),
        CheckConstraint("(status IS NULL) <> (error IS NULL)", name="answered_or_not"),
        Index(None, "org_id", "delivery_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    delivery_id: Mapped[Id]
    status: Mapped[int | None]
    error: Mapped[Name | None]
    reply: Mapped[str | None]
    duration_ms: Mapped[int]
    created_at: Mapped[Created]
