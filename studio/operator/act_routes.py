"""What an operator does over HTTP: grants, reversals, refunds, prices, suspensions. Each with a reason, once, or only
shown."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_ledger import get_lot
from storage.queries.timestamps import read_clock
from studio.billing.credits import in_credits, micro_of
from studio.billing.ledger import balance, grant, reverse
from studio.billing.prices import set_price
from studio.billing.refunds import AlreadyRefunded, refund_charge
from studio.billing.schemas import PriceView
from studio.http.dependencies import DatabaseOf
from studio.http.errors import NotFound, problems
from studio.http.idempotency import KeyReused, StillRunning
from studio.operator.access import OperatorOf, OperatorRoute
from studio.operator.acts import ActKey, perform, reply
from studio.operator.schemas import (
    Act,
    ActAsked,
    Effect,
    EffectLot,
    GrantAsked,
    OrderRefundAsked,
    PriceAsked,
    ReversalAsked,
    Standing,
    SuspensionAsked,
)
from studio.operator.suspending import AlreadySuspended, NotSuspended, restore, suspend
from studio.organisations.audit import audit
from studio.payments.orders import find_order, settle
from studio.payments.port import PaymentsOff, ProviderUnavailable
from studio.payments.refunds import ask_for_refund, foresee_refund, send_refunds
from studio.payments.routes import PaymentsOf

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=OperatorRoute, responses=problems(NotFound))
OrgId = Annotated[str, Path(max_length=40, examples=["org_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
LotId = Annotated[str, Path(max_length=40, examples=["lot_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
ChargeId = Annotated[str, Path(max_length=40, examples=["hold_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
OrderId = Annotated[str, Path(max_length=40, examples=["ord_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
_SHOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": Act, "description": "What it would do: nothing was done (`dry_run`)."}
}
_REFUSED = problems(NotFound, KeyReused, StillRunning)


@router.post(
    "/organisations/{org_id}/grants",
    name="grant_credits",
    status_code=201,
    response_model=Act,
    responses=_SHOWN | _REFUSED,
)
async def grant_credits(
    org_id: OrgId, asked: GrantAsked, key: ActKey, operator: OperatorOf, database: DatabaseOf
) -> JSONResponse:
    """Give an organisation credits."""

    async def work(session: AsyncSession) -> Effect:
        before = await balance(session, org_id=org_id)
        lot = await grant(
            session,
            org_id=org_id,
            kind=asked.kind,
            micro_credits=micro_of(asked.credits),
            expires_at=asked.expires_at,
            reason=asked.reason,
        )
        return await _describe(session, org_id, lot.id, Standing.of(before), {lot.id: lot.micro_credits})

    return reply(await perform(database, operator, work, action="credits.granted", asked=asked, key=key, org_id=org_id))


@router.post(
    "/organisations/{org_id}/lots/{lot_id}/reversal",
    name="reverse_credits",
    status_code=201,
    response_model=Act,
    responses=_SHOWN | _REFUSED,
)
async def reverse_credits(
    org_id: OrgId, lot_id: LotId, asked: ReversalAsked, key: ActKey, operator: OperatorOf, database: DatabaseOf
) -> JSONResponse:
    """Take back credits of a lot that are neither held nor spent."""

    async def work(session: AsyncSession) -> Effect:
        before = await balance(session, org_id=org_id)
        wanted = micro_of(asked.credits) if asked.credits is not None else None
        taken = await reverse(session, org_id=org_id, lot_id=lot_id, micro_credits=wanted, reason=asked.reason)
        return await _describe(session, org_id, lot_id, Standing.of(before), {lot_id: taken})

    return reply(
        await perform(
            database, operator, work, action="credits.reversed", asked=asked, key=key, org_id=org_id, subject=lot_id
        )
    )


@router.post(
    "/organisations/{org_id}/charges/{charge_id}/refund",
    name="refund_charge",
    status_code=201,
    response_model=Act,
    responses=_SHOWN | problems(NotFound, KeyReused, StillRunning, AlreadyRefunded),
)
async def refund_one_charge(
    org_id: OrgId, charge_id: ChargeId, asked: ActAsked, key: ActKey, operator: OperatorOf, database: DatabaseOf
) -> JSONResponse:
    """Give back what one take was charged, to the credits that paid it."""

    async def work(session: AsyncSession) -> Effect:
        before = await balance(session, org_id=org_id)
        given = await refund_charge(session, org_id=org_id, hold_id=charge_id, reason=asked.reason)
        parts = {part.lot_id: part.micro_credits for part in given.parts}
        return await _describe(session, org_id, given.subject_id, Standing.of(before), parts)

    return reply(
        await perform(
            database, operator, work, action="charge.refunded", asked=asked, key=key, org_id=org_id, subject=charge_id
        )
    )


@router.post(
    "/organisations/{org_id}/orders/{order_id}/refund",
    name="refund_order",
    status_code=201,
    response_model=Act,
    responses=_SHOWN | problems(NotFound, KeyReused, StillRunning, PaymentsOff, ProviderUnavailable),
)
async def refund_one_order(
    org_id: OrgId,
    order_id: OrderId,
    asked: OrderRefundAsked,
    key: ActKey,
    operator: OperatorOf,
    database: DatabaseOf,
    payments: PaymentsOf,
) -> JSONResponse:
    """Send money back through the provider that took it; credits that were not spent go with it.

    What the provider could not be told stays written down: asking again with the same key tells it, or the sweep.
    """

    async def work(session: AsyncSession) -> Effect:
        return await _refund_order(session, org_id, order_id, asked)

    act, replayed = await perform(
        database, operator, work, action="order.refunded", asked=asked, key=key, org_id=org_id, subject=order_id
    )
    if not act.dry_run:
        await send_refunds(database, payments.providers, org_id=org_id, order_id=order_id)
        await settle(database, payments.providers, org_id=org_id, order_id=order_id)
    return reply((act, replayed))


@router.post(
    "/organisations/{org_id}/suspension",
    name="suspend_organisation",
    status_code=201,
    response_model=Act,
    responses=_SHOWN | problems(NotFound, KeyReused, StillRunning, AlreadySuspended),
)
async def suspend_one_organisation(
    org_id: OrgId, asked: SuspensionAsked, key: ActKey, operator: OperatorOf, database: DatabaseOf
) -> JSONResponse:
    """Let an organisation submit and buy nothing new. Reading, downloads and exports go on, and what renders ends."""

    async def work(session: AsyncSession) -> Effect:
        return await suspend(session, org_id=org_id, contact=asked.contact, reason=asked.reason)

    return reply(
        await perform(database, operator, work, action="organisation.suspended", asked=asked, key=key, org_id=org_id)
    )


@router.post(
    "/organisations/{org_id}/restoration",
    name="restore_organisation",
    status_code=201,
    response_model=Act,
    responses=_SHOWN | problems(NotFound, KeyReused, StillRunning, NotSuspended),
)
async def restore_one_organisation(
    org_id: OrgId, asked: ActAsked, key: ActKey, operator: OperatorOf, database: DatabaseOf
) -> JSONResponse:
    """Let a suspended organisation work again."""

    async def work(session: AsyncSession) -> Effect:
        return await restore(session, org_id=org_id, reason=asked.reason)

    return reply(
        await perform(database, operator, work, action="organisation.restored", asked=asked, key=key, org_id=org_id)
    )


@router.post(
    "/prices",
    name="create_price",
    status_code=201,
    response_model=Act,
    responses=_SHOWN | problems(KeyReused, StillRunning),
)
async def set_one_price(asked: PriceAsked, key: ActKey, operator: OperatorOf, database: DatabaseOf) -> JSONResponse:
    """Set what something costs from a moment on. Running servers go by it within ten seconds; history stays."""

    async def work(session: AsyncSession) -> Effect:
        price = await set_price(
            session, item=asked.item, amount=micro_of(asked.amount), currency=asked.currency, since=asked.since
        )
        return Effect(subject=price.id, price=PriceView.of(price))

    act, replayed = await perform(database, operator, work, action="price.set", asked=asked, key=key)
    return reply((act, replayed))


async def _refund_order(session: AsyncSession, org_id: str, order_id: str, asked: OrderRefundAsked) -> Effect:
    """Written down, with what it will do once the provider has sent it."""
    before = await balance(session, org_id=org_id)
    asked_for = await ask_for_refund(
        session, org_id=org_id, order_id=order_id, amount=asked.amount, reason=asked.reason
    )
    order = await find_order(session, org_id=org_id, order_id=order_id)
    amount, currency = asked_for.amount, order.currency
    taken, owed = await foresee_refund(session, order=order, amount=amount)
    words = f"{amount / 100:.2f} {currency.upper()}"
    await audit(session, "order.refunded", org_id=org_id, subject=order_id, amount=words, reason=asked.reason)
    standing = Standing.of(before)
    return Effect(
        subject=order_id,
        before=standing,
        after=standing.model_copy(
            update={
                "available": standing.available - in_credits(taken),
                "reversed": standing.reversed + in_credits(taken),
            }
        ),
        credits=in_credits(taken),
        amount=amount,
        currency=currency,
        owed_credits=in_credits(owed),
    )


async def _describe(
    session: AsyncSession, org_id: str, subject: str, before: Standing, parts: dict[str, int]
) -> Effect:
    """What moved, now that it has."""
    now = await read_clock(session)
    lots = [(await get_lot(session, org_id=org_id, lot_id=lot_id), moved) for lot_id, moved in parts.items()]
    return Effect(
        subject=subject,
        before=before,
        after=Standing.of(await balance(session, org_id=org_id)),
        credits=in_credits(sum(parts.values())),
        lots=[
            EffectLot(
                lot_id=lot.id,
                kind=lot.kind,
                credits=in_credits(moved),
                expires_at=lot.expires_at,
                has_expired=lot.expires_at is not None and lot.expires_at <= now,
            )
            for lot, moved in lots
            if lot is not None
        ],
    )
