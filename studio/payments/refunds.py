"""Refunds: the operator sends money back, and credits that were not spent go with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from storage.queries.payments import get_order, insert_refund, list_refunds, note_sent
from storage.retry import retried
from storage.tables import PaymentOrder, PaymentRefund
from storage.unit import Database
from studio.http.errors import InvalidRequest, NotFound
from studio.http.ids import new_id
from studio.payments.orders import settle
from studio.payments.port import PaymentsOff, Provider, ProviderName


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
        order = await get_order(session, org_id=org_id, order_id=order_id)
        if order is None:
            raise NotFound(f"there is no order {order_id}")
        if order.state != "paid":
            raise InvalidRequest(f"the order is {order.state}: nothing was paid that could go back", field="order_id")
        asked = await list_refunds(session, org_id=org_id, order_id=order_id)
        unsent = sum(each.amount for each in asked if not each.sent)
        left = order.amount - max(order.refunded + unsent, sum(each.amount for each in asked))
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise InvalidRequest(f"{left} of {order.amount} {order.currency} can go back", field="amount")
        row = PaymentRefund(id=new_id("rfd"), org_id=org_id, order_id=order_id, amount=wanted, reason=reason)
        await insert_refund(session, row)


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
