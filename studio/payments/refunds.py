"""Refunds: the operator sends money back, and credits that were not spent go with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.payments import get_order, insert_refund, list_refunds, note_sent
from storage.retry import retried
from storage.tables import PaymentOrder, PaymentRefund
from storage.unit import Database
from studio.http.errors import InvalidRequest
from studio.http.ids import new_id
from studio.payments.orders import find_order, follow_money, settle
from studio.payments.port import Payment, PaymentsOff, Provider, ProviderName


async def refund(
    database: Database,
    providers: Mapping[ProviderName, Provider],
    *,
    org_id: str,
    order_id: str,
    amount: int | None,
    reason: str,
) -> PaymentOrder:
    """Send `amount` (None: what is left) back. Raises NotFound, InvalidRequest, PaymentsOff, ProviderUnavailable.

    What the provider could not be told stays asked for: the next refund of the order, or the sweep, tells it first.
    """
    await _ask_for(database, org_id, order_id, amount, reason)
    await send_refunds(database, providers, org_id=org_id, order_id=order_id)
    return await settle(database, providers, org_id=org_id, order_id=order_id)


@retried
async def _ask_for(database: Database, org_id: str, order_id: str, amount: int | None, reason: str) -> None:
    async with database.write(org_id=org_id) as session:
        await ask_for_refund(session, org_id=org_id, order_id=order_id, amount=amount, reason=reason)


async def ask_for_refund(
    session: AsyncSession, *, org_id: str, order_id: str, amount: int | None, reason: str
) -> PaymentRefund:
    """Write down that so much (None: what is left) is to go back; `send_refunds` tells the provider.

    Raises NotFound, InvalidRequest.
    """
    order = await find_order(session, org_id=org_id, order_id=order_id)
    if order.state != "paid":
        raise InvalidRequest(f"the order is {order.state}: nothing was paid that could go back", field="order_id")
    asked = await list_refunds(session, org_id=org_id, order_id=order_id)
    unsent = sum(each.amount for each in asked if not each.sent)
    left = order.amount - max(order.refunded + unsent, sum(each.amount for each in asked))
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise InvalidRequest(f"{left} of {order.amount} {order.currency} can go back", field="amount")
    row = PaymentRefund(id=new_id("rfd"), org_id=org_id, order_id=order_id, amount=wanted, reason=reason)
    return await insert_refund(session, row)


async def foresee_refund(session: AsyncSession, *, order: PaymentOrder, amount: int) -> tuple[int, int]:
    """How many micro-credits will be taken back, and how many owed, once so much more has gone back.

    It is done as it will be, and undone; the provider is not asked.
    """
    payment = Payment("paid", order.amount, order.currency, order.refunded + amount, order.disputed, order.tax)
    reversed_before, owed_before = order.reversed, order.owed
    async with session.begin_nested() as trial:
        foreseen = await follow_money(session, order, payment)
        taken, owed = foreseen.reversed - reversed_before, foreseen.owed - owed_before
        await trial.rollback()
    return taken, owed


async def send_refunds(
    database: Database, providers: Mapping[ProviderName, Provider], *, org_id: str, order_id: str
) -> None:
    """Tell the provider of every refund that it was not told of. Raises ProviderUnavailable, PaymentsOff."""
    async with database.read(org_id=org_id) as session:
        order = await get_order(session, org_id=org_id, order_id=order_id)
        refunds = await list_refunds(session, org_id=org_id, order_id=order_id)
    provider = next((each for name, each in providers.items() if order is not None and name == order.provider), None)
    if order is None or provider is None:
        raise PaymentsOff(f"what order {order_id} was paid with is not set up here any more")
    for each in refunds:
        if each.sent:
            continue
        await asyncio.to_thread(
            provider.give_back,
            order_id=order_id,
            reference=str(order.reference),
            total=order.amount,
            amount=each.amount,
            refund_id=each.id,
        )
        await _note_sent(database, org_id, each.id)


@retried
async def _note_sent(database: Database, org_id: str, refund_id: str) -> None:
    async with database.write(org_id=org_id) as session:
        await note_sent(session, org_id=org_id, refund_id=refund_id)
