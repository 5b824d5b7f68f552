"""What something would cost if it were submitted now, what would pay for it, and what would refuse its price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import ModelCard
from inference.protocol import RenderRequest
from storage.queries.billing_ledger import get_balance
from studio.billing.credits import in_credits
from studio.billing.holds import plan_payment
from studio.billing.prices import quote_take
from studio.billing.schemas import PayingLot, PaymentView, TakePrice
from studio.billing.spending import find_refusal
from studio.generation.schemas import TakeRefusal
from studio.http.errors import StudioError


@dataclass(frozen=True)
class Pricing:
    """price: None where nobody asked for a single take. payment: None where it costs nothing."""

    price: TakePrice | None
    payment: PaymentView | None
    problems: list[TakeRefusal]


async def price_take(
    session: AsyncSession,
    card: ModelCard,
    *,
    org_id: str,
    request: RenderRequest,
    attempts: int = 1,
    project_id: str | None = None,
) -> Pricing:
    """Of one take. attempts: as many renders as one price may have to bear."""
    quote = await quote_take(session, model=card.name, expected_s=card.estimate_seconds(request))
    price = TakePrice(
        credits=in_credits(quote.micro_credits),
        device_seconds=quote.predicted_ms / 1000,
        credits_per_device_second=in_credits(quote.price),
        seconds=request.seconds,
        frames=request.frames,
        steps=request.steps,
        attempts=attempts,
    )
    payment, problems = await look_at_payment(session, org_id=org_id, cost=quote.micro_credits, project_id=project_id)
    return Pricing(price, payment, problems)


async def look_at_payment(
    session: AsyncSession, *, org_id: str, cost: int, project_id: str | None = None
) -> tuple[PaymentView | None, list[TakeRefusal]]:
    """What would pay for so many micro-credits, and why they would be refused. What is free takes no query."""
    if cost == 0:
        return None, []
    unpaid = await find_refusal(session, org_id=org_id, micro_credits=cost, project_id=project_id)
    available = (await get_balance(session, org_id=org_id)).available
    paying = await plan_payment(session, org_id=org_id, cost=cost)
    payment = PaymentView(
        available=in_credits(available),
        left=in_credits(max(0, available - cost)),
        missing=in_credits(max(0, cost - available)),
        lots=[
            PayingLot(lot_id=lot.id, kind=lot.kind, credits=in_credits(paid), expires_at=lot.expires_at)
            for lot, paid in paying
        ],
    )
    return payment, [] if unpaid is None else [problem_of(unpaid)]


def problem_of(refusal: StudioError) -> TakeRefusal:
    """The refusal as an estimate tells it."""
    field = refusal.members.get("field", "characters")  # a consent is missing
    beside = {name: value for name, value in refusal.members.items() if name not in ("field", "nearest")}
    return TakeRefusal(
        field=field,
        message=refusal.detail,
        nearest=refusal.members.get("nearest", []),
        code=refusal.code,
        members=cast("dict[str, JsonValue]", beside),
    )
