"""What an operator sees of all organisations: revenue beside what it took of devices, failures, plans, prices, acts."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from storage.queries.operator_figures import Money, Work
from storage.tables import Price
from studio.billing.credits import in_credits
from studio.billing.schemas import PRICE_EXAMPLE, PriceView
from studio.http.examples import Example, with_examples
from studio.operator.schemas import ACT_EXAMPLE, Act

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
