"""Payments: what was ordered, what was refunded of it, and an organisation's subscription and automatic top-up.

Money is in a currency's smallest unit (cents, fen). Nothing of a card is kept: only the provider's names for things.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.billing import of_organisation
from storage.tables.columns import Count, Created, Id, Instant, Link, Name, Table, Word, one_of

OrderKind = Literal["purchase", "top_up"]
OrderState = Literal["begun", "pending", "paid", "closed", "mismatched"]
ORDER_STATES: tuple[OrderState, ...] = ("begun", "pending", "paid", "closed", "mismatched")

_OPEN = text("state IN ('begun', 'pending')")
_OPEN_TOP_UP = text("kind = 'top_up' AND state IN ('begun', 'pending')")


class PaymentOrder(Table):
    """Credits that somebody wants to pay for. Only organisations that pay have any.

    reference, url: the provider's; reversed: micro-credits of it that refunds and disputes took back; owed: those that
    they should have taken and that were spent already. steps: how often `reversed` was changed.
    """

    __tablename__ = "payment_orders"
    __table_args__ = (
        of_organisation(),
        UniqueConstraint("org_id", "id"),
        CheckConstraint("livemode", name="live"),
        CheckConstraint("kind IN ('purchase', 'top_up')", name="kind"),
        CheckConstraint(one_of("state", ORDER_STATES), name="state"),
        CheckConstraint("micro_credits > 0 AND amount > 0", name="not_empty"),
        CheckConstraint("refunded >= 0 AND refunded <= amount", name="refunded_at_most_all"),
        CheckConstraint(
            "reversed >= 0 AND owed >= 0 AND reversed + owed <= micro_credits", name="reversed_at_most_all"
        ),
        CheckConstraint("(state = 'paid') = (lot_id IS NOT NULL)", name="paid_brings_a_lot"),
        Index(None, "org_id", "created_at"),
        Index("ix_payment_orders_open", "org_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index(
            "uq_payment_orders_top_up", "org_id", unique=True, postgresql_where=_OPEN_TOP_UP, sqlite_where=_OPEN_TOP_UP
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    livemode: Mapped[bool] = mapped_column(default=True)
    kind: Mapped[Word]
    provider: Mapped[Word]
    micro_credits: Mapped[Count]
    amount: Mapped[Count]
    currency: Mapped[Word]
    tax: Mapped[Count] = mapped_column(default=0)
    state: Mapped[Word]
    reference: Mapped[Name | None]
    url: Mapped[Link | None]
    receipt_url: Mapped[Link | None]
    lot_id: Mapped[Id | None]
    refunded: Mapped[Count] = mapped_column(default=0)
    disputed: Mapped[bool] = mapped_column(default=False)
    reversed: Mapped[Count] = mapped_column(default=0)
    owed: Mapped[Count] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)
    problem: Mapped[Name | None]
    person_id: Mapped[Id | None]
    created_at: Mapped[Created]
    paid_at: Mapped[Instant | None]
    checked_at: Mapped[Instant | None]


class PaymentRefund(Table):
    """Money that the operator sent back. Its id is what makes asking the provider again harmless."""

    __tablename__ = "payment_refunds"
    __table_args__ = (
        ForeignKeyConstraint(
            ["org_id", "order_id"], ["payment_orders.org_id", "payment_orders.id"], ondelete="CASCADE"
        ),
        CheckConstraint("amount > 0", name="not_empty"),
        Index(None, "org_id", "order_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    order_id: Mapped[Id]
    amount: Mapped[Count]
    reason: Mapped[Name]
    sent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Created]


class PaymentAccount(Table):
    """What an organisation has agreed to pay again: a plan by the month, credits whenever few are left.

    below, top_up_micro_credits, currency: the automatic top-up, None where there is none. problem: why it stopped.
    """

    __tablename__ = "payment_accounts"
    __table_args__ = (
        of_organisation(),
        CheckConstraint("livemode", name="live"),
        CheckConstraint(
            "(below IS NULL) = (top_up_micro_credits IS NULL) AND (below IS NULL) = (currency IS NULL)", name="whole"
        ),
    )

    org_id: Mapped[Id] = mapped_column(primary_key=True)
    livemode: Mapped[bool] = mapped_column(default=True)
    subscription_id: Mapped[Name | None]
    plan: Mapped[Word | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    ends_at: Mapped[Instant | None]
    below: Mapped[Count | None]
    top_up_micro_credits: Mapped[Count | None]
    currency: Mapped[Word | None]
    problem: Mapped[Name | None]
    checked_at: Mapped[Instant | None]
    created_at: Mapped[Created]
