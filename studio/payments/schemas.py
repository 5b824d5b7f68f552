"""Payments as clients see them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from storage.tables import PaymentAccount, PaymentOrder
from storage.tables.payments import OrderKind, OrderState
from studio.billing.credits import in_credits
from studio.payments.port import ProviderName

ORDER_EXAMPLE: dict[str, JsonValue] = {
    "id": "ord_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "kind": "purchase",
    "provider": "stripe",
    "state": "pending",
    "credits": 100.0,
    "amount": 1000,
    "currency": "usd",
    "tax": 0,
    "url": "https://checkout.stripe.com/c/pay/cs_test_a1",
    "is_code": False,
    "receipt_url": None,
    "refunded": 0,
    "disputed": False,
    "reversed_credits": 0.0,
    "owed_credits": 0.0,
    "problem": None,
    "created_at": "2026-11-29T08:00:00Z",
    "paid_at": None,
}
_TOP_UP: dict[str, JsonValue] = {
    "below": 20.0, "credits": 100.0, "currency": "usd", "problem": None
}  # fmt: skip


class OrderCreate(BaseModel):
    """Credits to buy."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"provider": "stripe", "credits": 100, "currency": "usd"}]},
    )

    provider: ProviderName
    credits: float = Field(gt=0, le=10**9)
    currency: str = Field(pattern=r"^[a-z]{3}$")


class OrderView(BaseModel):
    """An order. amount, tax, refunded: in cents or fen; tax comes on top. url: where to pay while it is pending; where
    `is_code`, what a QR code has to say."""

    model_config = ConfigDict(json_schema_extra={"examples": [ORDER_EXAMPLE]})

    id: str
    kind: OrderKind
    provider: ProviderName
    state: OrderState
    credits: float
    amount: int
    currency: str
    tax: int
    url: str | None
    is_code: bool
    receipt_url: str | None
    refunded: int
    disputed: bool
    reversed_credits: float
    owed_credits: float
    problem: str | None
    created_at: datetime
    paid_at: datetime | None


class SoldPlanView(BaseModel):
    """A plan that can be had by the month, and the credits that come with each."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "studio", "monthly_credits": 2000}]})

    name: str
    monthly_credits: float


class ProviderView(BaseModel):
    """A way to pay, and the currencies in which credits are sold with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "stripe", "currencies": ["usd"]}]})

    name: ProviderName
    currencies: list[str]


class SubscriptionView(BaseModel):
    """The plan that is paid for. is_late: a renewal failed and is tried again. ends_at: it was given up for then."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"plan": "studio", "is_late": False, "ends_at": None}]})

    plan: str
    is_late: bool
    ends_at: datetime | None


class TopUpView(BaseModel):
    """Buy so many credits whenever fewer than `below` are left. problem: why it stopped."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOP_UP]})

    below: float
    credits: float
    currency: str
    problem: str | None


class TopUpPut(BaseModel):
    """An automatic top-up to agree to; it is paid with the card of the last purchase."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"below": 20, "credits": 100, "currency": "usd"}]},
    )

    below: float = Field(gt=0, le=10**9)
    credits: float = Field(gt=0, le=10**9)
    currency: str = Field(pattern=r"^[a-z]{3}$")


class PaymentsView(BaseModel):
    """How this organisation can pay. on: whether anything can be bought; why_not: why nothing can.

    price_per_credit: by currency.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "on": True,
                    "why_not": None,
                    "providers": [{"name": "stripe", "currencies": ["usd"]}],
                    "price_per_credit": {"usd": 0.1},
                    "plans": [{"name": "studio", "monthly_credits": 2000}],
                    "subscription": None,
                    "top_up": None,
                }
            ]
        }
    )

    on: bool
    why_not: str | None
    providers: list[ProviderView]
    price_per_credit: dict[str, float]
    plans: list[SoldPlanView]
    subscription: SubscriptionView | None
    top_up: TopUpView | None


class PlanAsked(BaseModel):
    """A plan to pay for by the month."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"plan": "studio"}]})

    plan: str = Field(min_length=1, max_length=40)


class PageLink(BaseModel):
    """A page of the payment provider's, to be opened by the person who pays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://billing.stripe.com/p/session/bps_1"}]})

    url: str


def show_order(order: PaymentOrder) -> OrderView:
    """The order without what only the provider and we need."""
    is_open = order.state in ("begun", "pending")
    return OrderView(
        id=order.id,
        kind=cast("OrderKind", order.kind),
        provider=cast("ProviderName", order.provider),
        state=cast("OrderState", order.state),
        credits=in_credits(order.micro_credits),
        amount=order.amount,
        currency=order.currency,
        tax=order.tax,
        url=order.url if is_open else None,
        is_code=order.provider == "wechat",
        receipt_url=order.receipt_url,
        refunded=order.refunded,
        disputed=order.disputed,
        reversed_credits=in_credits(order.reversed),
        owed_credits=in_credits(order.owed),
        problem=order.problem,
        created_at=order.created_at,
        paid_at=order.paid_at,
    )


def show_top_up(account: PaymentAccount | None) -> TopUpView | None:
    """None where there is none."""
    if account is None or account.below is None:
        return None
    return TopUpView(
        below=in_credits(account.below),
        credits=in_credits(account.top_up_micro_credits or 0),
        currency=str(account.currency),
        problem=account.problem,
    )
