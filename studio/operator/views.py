"""What an operator sees: organisations, orders, revenue beside what it took of devices, failures, plans, prices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from storage.queries.billing_ledger import Balance
from storage.queries.operator_accounts import AccountRow
from storage.queries.operator_figures import Money, Work
from storage.tables import CreditHold, PaymentOrder, Price
from storage.tables.billing import Subject
from studio.billing.credits import in_credits
from studio.billing.schemas import PRICE_EXAMPLE, CapView, PriceView
from studio.http.examples import Example, with_examples
from studio.operator.schemas import ACT_EXAMPLE, STANDING_EXAMPLE, Act, Standing
from studio.payments.schemas import ORDER_EXAMPLE, OrderView, show_order

_ORG_ID = "org_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
_ACCOUNT: Example = {
    "id": _ORG_ID,
    "name": "Ada's studio",
    "plan": "starter",
    "state": "active",
    "members": 3,
    "available": 41.5,
    "held": 0.3,
    "spent_30_days": 8.2,
    "created_at": "2026-11-20T08:00:00Z",
}
_WORK: Example = {
    "day": "2026-11-29",
    "item": "previs",
    "takes": 12,
    "succeeded": 11,
    "busy_seconds": 60.5,
    "device_seconds": 48.25,
    "charged": 0.48,
    "refunded": 0.0,
}
_MONEY: Example = {
    "day": "2026-11-29",
    "currency": "usd",
    "orders": 2,
    "paid": 2000,
    "tax": 0,
    "refunded": 500,
    "disputed": 0,
}


class AccountView(BaseModel):
    """An organisation that pays. state: `paused` where it stopped its own queue, `going` while it is deleted."""

    model_config = with_examples(_ACCOUNT)

    id: str
    name: str
    plan: str
    state: Literal["active", "paused", "going"]
    members: int
    available: float
    held: float
    spent_30_days: float = Field(description="Charged, less what was given back, in the last thirty days.")
    created_at: datetime

    @classmethod
    def of(cls, row: AccountRow) -> AccountView:
        """In credits."""
        organisation = row.organisation
        return cls(
            id=organisation.id,
            name=organisation.name,
            plan=organisation.plan,
            state="going" if organisation.deleted else "paused" if organisation.queue_paused else "active",
            members=row.members,
            available=in_credits(row.available),
            held=in_credits(row.held),
            spent_30_days=in_credits(row.spent),
            created_at=organisation.created_at,
        )


class AccountDetail(AccountView):
    """One organisation, with its balance, its caps and whom to write to."""

    model_config = with_examples({**_ACCOUNT, "balance": STANDING_EXAMPLE, "caps": [], "owners": ["ada@example.com"]})

    balance: Standing
    caps: list[CapView]
    owners: list[str]

    @classmethod
    def whole(cls, row: AccountRow, balance: Balance, caps: list[CapView], owners: list[str]) -> AccountDetail:
        """In credits."""
        told = AccountView.of(row).model_dump()
        return cls(**told, balance=Standing.of(balance), caps=caps, owners=owners)


class AccountCharge(BaseModel):
    """What a take, or something that is priced by the piece, was charged."""

    model_config = with_examples(
        {
            "id": "hold_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
            "subject": "take",
            "subject_id": "take_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
            "item": "previs",
            "credits": 0.124,
            "refunded": 0.0,
            "device_seconds": 12.4,
            "at": "2026-11-29T08:00:00Z",
        }
    )

    id: str
    subject: Subject
    subject_id: str
    item: str
    credits: float
    refunded: float
    device_seconds: float | None
    at: datetime

    @classmethod
    def of(cls, hold: CreditHold, refunded: int) -> AccountCharge:
        """In credits."""
        return cls(
            id=hold.id,
            subject=hold.subject,
            subject_id=hold.subject_id,
            item=hold.item,
            credits=in_credits(hold.charge),
            refunded=in_credits(refunded),
            device_seconds=hold.used_ms / 1000 if hold.used_ms is not None and hold.subject == "take" else None,
            at=hold.resolved_at or hold.created_at,
        )


class AccountOrderView(OrderView):
    """An order, and whose it is."""

    model_config = with_examples({**ORDER_EXAMPLE, "organisation_id": _ACCOUNT["id"], "organisation": _ACCOUNT["name"]})

    organisation_id: str
    organisation: str

    @classmethod
    def named(cls, order: PaymentOrder, organisation: str) -> AccountOrderView:
        """With its organisation."""
        told = show_order(order).model_dump()
        return cls(**told, organisation_id=order.org_id, organisation=organisation)


class WorkLine(BaseModel):
    """A day with one model, or of one operation. busy_seconds: of devices, by every attempt, those that came to nothing
    too; device_seconds: of those that brought a clip. charged and refunded: credits that moved on that day."""

    model_config = with_examples(_WORK)

    day: date
    item: str
    takes: int
    succeeded: int
    busy_seconds: float
    device_seconds: float
    charged: float
    refunded: float

    @classmethod
    def of(cls, day: str, item: str, work: Work) -> WorkLine:
        """In credits and seconds."""
        return cls(
            day=date.fromisoformat(day),
            item=item,
            takes=work.takes,
            succeeded=work.succeeded,
            busy_seconds=round(work.busy_ms / 1000, 3),
            device_seconds=round(work.render_ms / 1000, 3),
            charged=in_credits(work.charged),
            refunded=in_credits(work.refunded),
        )


class MoneyLine(BaseModel):
    """What orders of one day brought, in cents or fen. refunded: by now, of what was paid that day."""

    model_config = with_examples(_MONEY)

    day: date
    currency: str
    orders: int
    paid: int
    tax: int
    refunded: int
    disputed: int

    @classmethod
    def of(cls, money: Money) -> MoneyLine:
        """As it was added up."""
        return cls.model_validate({name: getattr(money, name) for name in cls.model_fields})


class Revenue(BaseModel):
    """Money in, and credits charged beside what devices did for them, newest day first (of UTC)."""

    model_config = with_examples(
        {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "work": [_WORK], "money": [_MONEY]}
    )

    since: datetime
    until: datetime
    work: list[WorkLine]
    money: list[MoneyLine]


class FailureLine(BaseModel):
    """How many takes failed so within the last day, week and thirty days."""

    model_config = with_examples({"code": "engine_lost", "model": "previs", "day": 1, "week": 2, "month": 5})

    code: str
    model: str
    day: int
    week: int
    month: int


class EndedLine(BaseModel):
    """How many takes of a model ended, however they did."""

    model_config = with_examples({"model": "previs", "day": 120, "week": 800, "month": 3000})

    model: str
    day: int
    week: int
    month: int


class Failures(BaseModel):
    """Failures by code and model, the most frequent first, beside how many takes ended at all."""

    model_config = with_examples({"failures": [], "ended": []})

    failures: list[FailureLine]
    ended: list[EndedLine]


class PlanView(BaseModel):
    """What an organisation on this plan may use at once."""

    model_config = with_examples(
        {
            "name": "starter",
            "requests_a_minute": 600,
            "queued_jobs": 50,
            "running_jobs": 1,
            "storage_bytes": 5368709120,
            "weight": 1.0,
        }
    )

    name: str
    requests_a_minute: int
    queued_jobs: int
    running_jobs: int
    storage_bytes: int | None = Field(description="Null: as much as there is room for.")
    weight: float


class SetPrice(PriceView):
    """A price, by whom it was set, and whether it is the one that holds now."""

    model_config = with_examples({**PRICE_EXAMPLE, "set_by": "operator Grace", "holds": True})

    set_by: str
    holds: bool

    @classmethod
    def noted(cls, price: Price, *, holds: bool) -> SetPrice:
        """With a point."""
        return cls(**PriceView.of(price).model_dump(), set_by=price.set_by, holds=holds)


class Offer(BaseModel):
    """Plans, and every price that ever held or is to hold, by item, newest first."""

    model_config = with_examples({"plans": [], "prices": []})

    plans: list[PlanView]
    prices: list[SetPrice]


class ActPage(BaseModel):
    """What operators did, newest first; the next page begins `after=last_id`."""

    model_config = with_examples({"data": [ACT_EXAMPLE], "has_more": False, "last_id": ACT_EXAMPLE["id"]})

    data: list[Act]
    has_more: bool
    last_id: str | None
