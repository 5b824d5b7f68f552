"""Several things priced together: takes, takes that nobody is cast in yet, and what is priced by the piece."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import RequestRefused
from storage.queries.billing_ledger import get_balance
from studio.billing.credits import MICRO, in_credits
from studio.billing.prices import quote_piece
from studio.generation.estimates import estimate_refusal, estimate_request, estimate_take
from studio.generation.offered_models import OfferedModels
from studio.generation.pricing import look_at_payment, price_take
from studio.generation.refusals import RequestUnrenderable
from studio.generation.request import CastCharacter, StoredPhoto, make_request
from studio.generation.schemas import CastEntry, EstimateView, TakeCreate
from studio.generation.together_schemas import EstimatesAsked, EstimatesView, UncastTake

_SOMEBODY = CastCharacter("chr_somebody", "Somebody", (StoredPhoto("ast_somebody", 64 * "0"),))


async def estimate_together(
    session: AsyncSession, models: OfferedModels, *, org_id: str, asked: EstimatesAsked
) -> EstimatesView:
    """What all of it would cost, as if it were submitted now."""
    project_id = asked.project_id
    views = [
        (await estimate_take(session, models, org_id=org_id, asked=one, project_id=project_id)).view
        for one in asked.takes
    ]
    views += [await _estimate_uncast(session, models, org_id, one, project_id) for one in asked.uncast]
    pieces = sum([count * (await quote_piece(session, item)).micro_credits for item, count in asked.pieces.items()])
    return await sum_up(session, org_id=org_id, views=views, more=pieces, project_id=project_id)


async def sum_up(
    session: AsyncSession, *, org_id: str, views: Sequence[EstimateView], more: int = 0, project_id: str | None = None
) -> EstimatesView:
    """Estimates together, and what pays for them all. more: micro-credits of something else beside them."""
    cost = more + sum(round(view.price.credits * MICRO) for view in views if view.price is not None)
    payment, problems = await look_at_payment(session, org_id=org_id, cost=cost, project_id=project_id)
    available = payment.available if payment else in_credits((await get_balance(session, org_id=org_id)).available)
    return EstimatesView(
        data=list(views),
        credits=in_credits(cost),
        available=available,
        covered=not problems,
        payment=payment,
        problems=problems,
    )


async def _estimate_uncast(
    session: AsyncSession, models: OfferedModels, org_id: str, asked: UncastTake, project_id: str | None
) -> EstimateView:
    """As if somebody stood in it alone."""
    given = asked.model_dump(exclude_none=True)
    take = TakeCreate(prompt="Somebody", characters=[CastEntry(character_id=_SOMEBODY.id)], **given)
    try:
        request = make_request(take, [_SOMEBODY], None, None, models)
    except RequestRefused as refused:
        refusal = RequestUnrenderable(refused.message, field=refused.field, nearest=list(refused.nearest))
        return (await estimate_refusal(session, org_id=org_id, refusal=refusal)).view
    pricing = await price_take(session, models[request.model], org_id=org_id, request=request, project_id=project_id)
    return (await estimate_request(session, models, org_id=org_id, request=request, pricing=pricing)).view
