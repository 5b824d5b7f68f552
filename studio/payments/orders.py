"""Orders: credits that somebody wants, what the provider says of them, and what that does to the ledger.

`settle` brings an order to where the provider says it is, from wherever it was. It is called for a notice, for a payer
who comes back from the provider's page, and by the sweep; how often and in which order decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_livemode
from storage.queries.billing_ledger import find_lot
from storage.queries.billing_prices import list_current_prices
from storage.queries.payments import OPEN, change_order, get_order, insert_order, list_refunds, note_checked
from storage.queries.timestamps import read_clock
from storage.retry import retried
from storage.tables import PaymentOrder
from storage.tables.payments import OrderKind
from storage.unit import Database
from studio.billing.credits import words_of
from studio.billing.ledger import grant, reverse
from studio.billing.prices import CREDIT
from studio.http.errors import InvalidRequest, NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.suspension import refuse_suspended
from studio.payments.port import Checkout, Payment, PaymentsOff, Provider, ProviderName, Purchase
from studio.progress.events import publish_credits_event

log = structlog.get_logger(__name__)

LEAST, MOST = 1_000_000, 100_000_000_000  # micro-credits of one order
_PER_CREDIT, _SMALLEST = 1_000_000, 10_000  # a price is in millionths, a cent is 10,000 of them


class TestModePaysNothing(StudioError):
    """Test mode has credits of its own, which nobody pays for."""

    status = 409
    code = "test_mode"


def price_in_smallest(micro_credits: int, price: int) -> int:
    """Cents or fen, rounded up, of a price in millionths of the currency for one credit."""
    return -(-micro_credits * price // (_PER_CREDIT * _SMALLEST))


async def list_credit_prices(session: AsyncSession) -> dict[str, int]:
    """Currency → millionths of it for one credit, of those that the operator sells credits in."""
    return {row.currency.lower(): row.amount for row in await list_current_prices(session) if row.item == CREDIT}


async def place_order(
    session: AsyncSession,
    provider: Provider,
    *,
    org_id: str,
    micro_credits: int,
    currency: str,
    kind: OrderKind = "purchase",
    person_id: str | None = None,
) -> PaymentOrder:
    """What the provider will be asked, written down first. An automatic top-up was agreed to before, and goes on.

    Raises InvalidRequest, PaymentsOff, TestModePaysNothing, OrganisationSuspended.
    """
    if not await get_livemode(session, org_id=org_id):
        raise TestModePaysNothing("this is test mode: its credits are play money, and nothing here is paid for")
    if kind == "purchase":
        await refuse_suspended(session, org_id=org_id)
    if not LEAST <= micro_credits <= MOST:
        words = f"an order is from {words_of(LEAST)} to {words_of(MOST)}"
        raise InvalidRequest(words, field="credits")
    prices = await list_credit_prices(session)
    if not prices:
        raise PaymentsOff("the operator has set no price for credits yet: ask for a grant instead")
    sold = [each for each in prices if each in provider.currencies]
    if currency not in sold:
        raise InvalidRequest(
            f"with {provider.name} credits are sold in {', '.join(sold) or 'nothing'}", field="currency"
        )
    order = PaymentOrder(
        id=new_id("ord"),
        org_id=org_id,
        kind=kind,
        provider=provider.name,
        micro_credits=micro_credits,
        amount=max(1, price_in_smallest(micro_credits, prices[currency])),
        currency=currency,
        state="begun",
        person_id=person_id,
    )
    return await insert_order(session, order)


def purchase_of(order: PaymentOrder, *, email: str | None, origin: str) -> Purchase:
    """What the provider is told. origin: of the studio, as browsers and providers reach it."""
    return Purchase(
        org_id=order.org_id,
        order_id=order.id,
        amount=order.amount,
        currency=order.currency,
        what=f"Dramatis: {words_of(order.micro_credits)}",
        email=email,
        back_url=f"{origin}/account/credits?order={order.id}",
        notice_url=f"{origin}/v1/payments/notices/{order.provider}",
    )


async def begin_payment(database: Database, provider: Provider, purchase: Purchase) -> tuple[PaymentOrder, Checkout]:
    """Ask the provider for a place to pay. Raises ProviderUnavailable; the order stays, and asking again goes on."""
    checkout = await asyncio.to_thread(provider.begin, purchase)
    return await note_checkout(database, purchase, checkout), checkout


@retried
async def note_checkout(database: Database, purchase: Purchase, checkout: Checkout) -> PaymentOrder:
    """Where it is paid."""
    async with database.write(org_id=purchase.org_id) as session:
        order = await change_order(
            session,
            org_id=purchase.org_id,
            order_id=purchase.order_id,
            states=OPEN,
            state="pending",
            reference=checkout.reference,
            url=checkout.url or None,
        )
        return order or await find_order(session, org_id=purchase.org_id, order_id=purchase.order_id)


async def find_order(session: AsyncSession, *, org_id: str, order_id: str) -> PaymentOrder:
    """Raises NotFound."""
    order = await get_order(session, org_id=org_id, order_id=order_id)
    if order is None:
        raise NotFound(f"there is no order {order_id}")
    return order


async def settle(
    database: Database, providers: Mapping[ProviderName, Provider], *, org_id: str, order_id: str
) -> PaymentOrder:
    """Ask the provider, and bring the order there. Raises NotFound, ProviderUnavailable, PaymentsOff."""
    async with database.read(org_id=org_id) as session:
        order = await find_order(session, org_id=org_id, order_id=order_id)
        refunds = await list_refunds(session, org_id=org_id, order_id=order_id)
    if order.reference is None:
        return order
    provider = next((each for name, each in providers.items() if name == order.provider), None)
    if provider is None:
        raise PaymentsOff(f"{order.provider} is not set up here any more, and order {order.id} was paid with it")
    sent = [refund.id for refund in refunds if refund.sent]
    payment = await asyncio.to_thread(provider.look_up, order_id=order.id, reference=order.reference, refund_ids=sent)
    return await _apply(database, org_id, order_id, payment)


@retried
async def _apply(database: Database, org_id: str, order_id: str, payment: Payment) -> PaymentOrder:
    async with database.write(org_id=org_id) as session:
        order = await find_order(session, org_id=org_id, order_id=order_id)
        if payment.state == "paid" and order.state in (*OPEN, "closed"):
            order = await _bring_credits(session, order, payment)
        elif payment.state == "closed" and order.state in OPEN:
            order = await _change(session, order, state="closed")
        if order.state == "paid":
            order = await follow_money(session, order, payment)
        await note_checked(session, org_id=org_id, order_id=order_id)
        return order


async def _bring_credits(session: AsyncSession, order: PaymentOrder, payment: Payment) -> PaymentOrder:
    if (payment.amount, payment.currency) != (order.amount, order.currency):
        paid = f"{payment.amount} {payment.currency} were paid, {order.amount} {order.currency} were asked for"
        log.error("payment_mismatched", order=order.id, paid=paid)
        return await _change(session, order, state="mismatched", problem=paid)
    lot = await grant(
        session,
        org_id=order.org_id,
        kind="purchase",
        micro_credits=order.micro_credits,
        reason=f"order {order.id}",
        source=order.provider,
        reference=order.id,
    )
    settled = await _change(
        session,
        order,
        state="paid",
        lot_id=lot.id,
        paid_at=await read_clock(session),
        tax=payment.tax,
        receipt_url=payment.receipt_url,
    )
    amount, micro_credits = settled.amount + settled.tax, settled.micro_credits
    await _tell(session, settled, "order.paid", amount=amount, micro_credits=micro_credits)
    return settled


async def follow_money(session: AsyncSession, order: PaymentOrder, payment: Payment) -> PaymentOrder:
    """As much of the credits is taken back as of the money went back; what was spent already is owed, not taken."""
    back = order.amount if payment.disputed else min(payment.refunded, order.amount)
    due = -(-order.micro_credits * back // order.amount)
    gone = order.reversed + order.owed
    values: dict[str, Any] = {"refunded": min(payment.refunded, order.amount), "disputed": payment.disputed}
    if payment.problem is not None:
        values["problem"] = payment.problem
    if due > gone:
        taken = await _take_back(session, order, due - gone)
        values |= {
            "reversed": order.reversed + taken,
            "owed": order.owed + due - gone - taken,
            "steps": order.steps + 1,
        }
    elif due < gone:
        forgiven = min(order.owed, gone - due)
        returned = gone - due - forgiven
        await _return(session, order, returned)
        values |= {"reversed": order.reversed - returned, "owed": order.owed - forgiven, "steps": order.steps + 1}
    went_back, reversed_before = values["refunded"] - order.refunded, order.reversed
    changed = await _change(session, order, **values)
    if went_back > 0:
        taken = max(0, changed.reversed - reversed_before)
        await _tell(session, changed, "order.refunded", amount=went_back, micro_credits=taken)
    return changed


async def _tell(
    session: AsyncSession, order: PaymentOrder, event: Literal["order.paid", "order.refunded"], **told: int
) -> None:
    """Of which receipts are mailed. amount: in cents or fen, tax included."""
    of_order = {"order_id": order.id, "provider": order.provider, "currency": order.currency}
    if event == "order.paid":
        of_order["receipt_url"] = order.receipt_url or ""
    await publish_credits_event(session, org_id=order.org_id, event=event, **of_order, **told)


async def _take_back(session: AsyncSession, order: PaymentOrder, micro_credits: int) -> int:
    """From the lots that the order brought: its own, and those that came back with the money."""
    taken = 0
    for reference in (order.id, *(f"{order.id}/{step}" for step in range(order.steps))):
        lot = await find_lot(session, org_id=order.org_id, source=order.provider, reference=reference)
        amount = min(micro_credits - taken, lot.available if lot is not None else 0)
        if lot is not None and amount > 0:
            reason = f"order {order.id}: the money went back"
            await reverse(session, org_id=order.org_id, lot_id=lot.id, micro_credits=amount, reason=reason)
            taken += amount
    return taken


async def _return(session: AsyncSession, order: PaymentOrder, micro_credits: int) -> None:
    """A dispute was won: a lot of its own, for what was reversed stays reversed in the ledger."""
    if micro_credits > 0:
        await grant(
            session,
            org_id=order.org_id,
            kind="purchase",
            micro_credits=micro_credits,
            reason=f"order {order.id}: the money came back",
            source=order.provider,
            reference=f"{order.id}/{order.steps}",
        )


async def _change(session: AsyncSession, order: PaymentOrder, **values: Any) -> PaymentOrder:  # noqa: ANN401 (columns)
    changed = await change_order(session, org_id=order.org_id, order_id=order.id, **values)
    if changed is None:
        raise NotFound(f"there is no order {order.id}")
    return changed
