"""Payments over HTTP: what can be bought, orders, plans, automatic top-ups, and the providers' notices."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from storage.queries.accounts import get_livemode
from storage.queries.payments import get_account, list_orders
from storage.queries.people import get_person
from storage.unit import Database
from studio.auth.caller import Caller, MembersCaller
from studio.auth.unit import ReadUnit
from studio.billing.credits import MICRO, in_credits, words_of
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, problems
from studio.http.origin import own_origin
from studio.http.pagination import AskedPage, Page, cut_page
from studio.organisations.suspension import OrganisationSuspended, refuse_suspended
from studio.payments.agreements import end_top_up, follow_subscription, set_top_up
from studio.payments.orders import (
    LEAST,
    MOST,
    TestModePaysNothing,
    begin_payment,
    find_order,
    list_credit_prices,
    place_order,
    purchase_of,
    settle,
)
from studio.payments.port import NoticeRefused, PaymentsOff, ProviderName, ProviderUnavailable
from studio.payments.providers import Payments
from studio.payments.schemas import (
    OrderCreate,
    OrderView,
    PageLink,
    PaymentsView,
    PlanAsked,
    ProviderView,
    SoldPlanView,
    SubscriptionView,
    TopUpPut,
    TopUpView,
    show_order,
    show_top_up,
)

router = APIRouter(prefix="/v1/payments", tags=["payments"])
OrderId = Annotated[str, Path(max_length=40, examples=["ord_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
MOST_NOTICE_BYTES = 256 << 10
REFUSED = problems(PaymentsOff, ProviderUnavailable, TestModePaysNothing)
BUYING = problems(PaymentsOff, ProviderUnavailable, TestModePaysNothing, OrganisationSuspended)


async def get_payments(request: Request) -> Payments:
    """What the application was started with."""
    payments: Payments = request.app.state.payments
    return payments


PaymentsOf = Annotated[Payments, Depends(get_payments)]


@router.get("")
async def get_payment_options(caller: MembersCaller, unit: ReadUnit, payments: PaymentsOf) -> PaymentsView:
    """What can be bought here and how, and what this organisation has agreed to pay again."""
    account, prices = await get_account(unit, org_id=caller.org_id), await list_credit_prices(unit)
    ways = {
        name: [currency for currency in prices if currency in each.currencies]
        for name, each in payments.providers.items()
    }
    why_not = None
    if not payments.providers:
        why_not = "payments are off here: whoever runs this server grants credits by hand"
    elif not any(ways.values()):
        why_not = "the operator has set no price for credits yet"
    return PaymentsView(
        on=why_not is None,
        why_not=why_not,
        providers=[ProviderView(name=name, currencies=currencies) for name, currencies in ways.items() if currencies],
        price_per_credit={currency: price / MICRO for currency, price in prices.items()},
        plans=[SoldPlanView(name=plan, monthly_credits=in_credits(each)) for plan, each in payments.credits_of.items()],
        subscription=SubscriptionView(plan=account.plan, is_late=account.is_late, ends_at=account.ends_at)
        if account is not None and account.plan is not None
        else None,
        top_up=show_top_up(account),
    )


@router.post("/orders", status_code=201, responses=BUYING)
async def create_order(
    asked: OrderCreate, caller: MembersCaller, request: Request, database: DatabaseOf, payments: PaymentsOf
) -> OrderView:
    """Order credits: the reply says where to pay. They are there once the provider says that they are paid for."""
    provider = payments.get(asked.provider)
    async with database.write(org_id=caller.org_id) as session:
        order = await place_order(
            session,
            provider,
            org_id=caller.org_id,
            micro_credits=round(asked.credits * MICRO),
            currency=asked.currency,
            person_id=caller.person_id,
        )
    purchase = purchase_of(order, email=await _email_of(database, caller), origin=own_origin(request))
    order, _ = await begin_payment(database, provider, purchase)
    return show_order(order)


@router.get("/orders", name="list_orders")
async def get_orders(caller: MembersCaller, unit: ReadUnit, asked: AskedPage) -> Page[OrderView]:
    """The organisation's orders, newest first."""
    rows = await list_orders(unit, org_id=caller.org_id, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    return Page(data=[show_order(row) for row in shown], has_more=more, last_id=shown[-1].id if shown else None)


@router.get("/orders/{order_id}", responses=problems(NotFound))
async def get_order(order_id: OrderId, caller: MembersCaller, unit: ReadUnit) -> OrderView:
    """One order, as we know it."""
    return show_order(await find_order(unit, org_id=caller.org_id, order_id=order_id))


@router.get("/orders/{order_id}/code.svg", responses=problems(NotFound), response_class=Response)
async def get_order_code(order_id: OrderId, caller: MembersCaller, unit: ReadUnit) -> Response:
    """The QR code that is scanned to pay an order, where it is paid so (`is_code`)."""
    order = show_order(await find_order(unit, org_id=caller.org_id, order_id=order_id))
    if order.url is None or not order.is_code:
        raise NotFound(f"order {order_id} has no code to scan")
    import segno  # of the extra `payments`, like the provider that gave the code

    drawn = segno.make(order.url, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")
    return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


@router.post("/orders/{order_id}/check", responses=problems(NotFound, PaymentsOff, ProviderUnavailable))
async def check_order(
    order_id: OrderId, caller: MembersCaller, database: DatabaseOf, payments: PaymentsOf
) -> OrderView:
    """Ask the provider how it stands, now: for a payer who has just come back from its page."""
    return show_order(await settle(database, payments.providers, org_id=caller.org_id, order_id=order_id))


@router.post("/subscription", status_code=201, responses=BUYING)
async def create_subscription(
    asked: PlanAsked, caller: MembersCaller, request: Request, database: DatabaseOf, payments: PaymentsOf
) -> PageLink:
    """A page on which a plan is paid for by the month. It holds once its first month is paid."""
    stripe = payments.need_stripe()
    if asked.plan not in payments.credits_of:
        raise InvalidRequest(f"plans by the month are: {', '.join(payments.credits_of) or 'none'}", field="plan")
    await _refuse_buying(database, caller)
    checkout = await asyncio.to_thread(
        stripe.subscribe,
        org_id=caller.org_id,
        plan=asked.plan,
        email=await _email_of(database, caller),
        back_url=f"{own_origin(request)}/account/credits",
    )
    return PageLink(url=checkout.url)


@router.post("/portal", status_code=201, responses=REFUSED)
async def create_portal_link(
    caller: MembersCaller, request: Request, database: DatabaseOf, payments: PaymentsOf
) -> PageLink:
    """A page of Stripe's for her card, tax number and invoices, and to change or end the plan."""
    stripe = payments.need_stripe()
    await _refuse_test_mode(database, caller)
    back_url, email = f"{own_origin(request)}/account/credits", await _email_of(database, caller)
    return PageLink(url=await asyncio.to_thread(stripe.portal, org_id=caller.org_id, email=email, back_url=back_url))


@router.put("/top-up", responses=BUYING)
async def update_top_up(
    asked: TopUpPut, caller: MembersCaller, database: DatabaseOf, unit: ReadUnit, payments: PaymentsOf
) -> TopUpView:
    """Agree to buy credits whenever few are left; agreeing anew starts one that stopped."""
    stripe, prices = payments.need_stripe(), await list_credit_prices(unit)
    await _refuse_buying(database, caller)
    if asked.currency not in prices or asked.currency not in stripe.currencies:
        raise InvalidRequest(f"credits are sold in {', '.join(prices) or 'nothing yet'}", field="currency")
    micro_credits = round(asked.credits * MICRO)
    if not LEAST <= micro_credits <= MOST:
        raise InvalidRequest(f"from {words_of(LEAST)} to {words_of(MOST)} at a time", field="credits")
    account = await set_top_up(
        database,
        org_id=caller.org_id,
        below=round(asked.below * MICRO),
        micro_credits=micro_credits,
        currency=asked.currency,
    )
    return TopUpView.model_validate(show_top_up(account))


@router.delete("/top-up", status_code=204)
async def delete_top_up(caller: MembersCaller, database: DatabaseOf) -> None:
    """No automatic top-up from now on."""
    await end_top_up(database, org_id=caller.org_id)


@router.post(
    "/notices/{provider}", include_in_schema=False, responses=problems(NoticeRefused, PaymentsOff, ProviderUnavailable)
)
async def take_notice(provider: ProviderName, request: Request, database: DatabaseOf, payments: PaymentsOf) -> Response:
    """From a provider, by its signature alone. It says what to look at; what is answered there decides."""
    found, body = payments.get(provider), await _read_body(request)
    notice = await asyncio.to_thread(found.read_notice, request.headers, body)
    if notice is not None and notice.order_id is not None:
        await settle(database, payments.providers, org_id=notice.org_id, order_id=notice.order_id)
    if notice is not None and notice.subscription_id is not None:
        await follow_subscription(
            database,
            payments.need_stripe(),
            payments.credits_of,
            org_id=notice.org_id,
            subscription_id=notice.subscription_id,
        )
    return Response(found.taken.content, status_code=found.taken.status, media_type=found.taken.content_type)


async def _read_body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_NOTICE_BYTES:
            raise NoticeRefused(f"a notice has {MOST_NOTICE_BYTES} bytes at most")
    return body


async def _email_of(database: Database, caller: Caller) -> str | None:
    """Of the person who asks, for receipts; a key has none."""
    if caller.person_id is None:
        return None
    async with database.read() as session:
        person = await get_person(session, person_id=caller.person_id)
    return person.email if person is not None else None


async def _refuse_test_mode(database: Database, caller: Caller) -> None:
    async with database.read(org_id=caller.org_id) as session:
        if not await get_livemode(session, org_id=caller.org_id):
            raise TestModePaysNothing("this is test mode: its credits are play money, and nothing here is paid for")


async def _refuse_buying(database: Database, caller: Caller) -> None:
    """What is agreed to anew is bought; the portal, in which agreements end, stays open."""
    await _refuse_test_mode(database, caller)
    async with database.read(org_id=caller.org_id) as session:
        await refuse_suspended(session, org_id=caller.org_id)
