"""What is paid for again: a plan by the month, with its credits, and credits whenever few are left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import IntegrityError

from storage.queries.accounts import get_plan_name, set_plan_name
from storage.queries.payments import change_order, get_account, get_open_top_up, put_account
from storage.retry import retried
from storage.tables import PaymentAccount, PaymentOrder
from storage.unit import Database
from studio.billing.ledger import balance, grant
from studio.http.errors import StudioError
from studio.organisations.plans import DEFAULT_PLAN, PLANS
from studio.payments.orders import note_checkout, place_order, purchase_of, settle
from studio.payments.port import CardDeclined, ProviderUnavailable, Subscription
from studio.progress.events import publish_credits_event

if TYPE_CHECKING:
    from studio.payments.stripe_provider import StripeProvider  # of the extra `payments`

log = structlog.get_logger(__name__)
SUBSCRIPTION = "stripe subscription"


async def follow_subscription(
    database: Database, provider: StripeProvider, credits_of: Mapping[str, int], *, org_id: str, subscription_id: str
) -> None:
    """Bring plan and monthly credits to where the subscription is. Raises ProviderUnavailable.

    credits_of: micro-credits by plan. Each paid period brings its credits once, until its end; an older subscription
    of the same organisation, told of late, changes nothing.
    """
    found = await asyncio.to_thread(provider.look_up_subscription, subscription_id)
    await _apply_subscription(database, org_id, found, credits_of)


@retried
async def _apply_subscription(
    database: Database, org_id: str, found: Subscription, credits_of: Mapping[str, int]
) -> None:
    async with database.write(org_id=org_id) as session:
        account = await get_account(session, org_id=org_id)
        known = account.subscription_id if account is not None else None
        if not found.is_good and known not in (None, found.id):
            return  # another one has taken its place
        for period in found.paid:
            if credits_of.get(period.plan, 0) > 0:
                await grant(
                    session,
                    org_id=org_id,
                    kind="subscription",
                    micro_credits=credits_of[period.plan],
                    expires_at=period.end,
                    reason=f"plan {period.plan}",
                    source=SUBSCRIPTION,
                    reference=period.reference,
                )
        if found.is_good and found.plan in PLANS:
            await set_plan_name(session, org_id=org_id, plan=found.plan)
        elif known == found.id and await get_plan_name(session, org_id=org_id) == (account.plan if account else None):
            await set_plan_name(session, org_id=org_id, plan=DEFAULT_PLAN)
        if found.is_late and not (account is not None and account.is_late):
            await publish_credits_event(session, org_id=org_id, event="credits.renewal_failed", plan=found.plan)
        await put_account(
            session,
            org_id=org_id,
            subscription_id=found.id if found.is_good else None,
            plan=found.plan if found.is_good else None,
            is_late=found.is_late,
            ends_at=found.ends_at,
        )


async def end_top_up(database: Database, *, org_id: str) -> None:
    """Agree to none any more, where one was agreed to."""
    async with database.write(org_id=org_id) as session:
        if await get_account(session, org_id=org_id) is not None:
            await put_account(
                session, org_id=org_id, below=None, top_up_micro_credits=None, currency=None, problem=None
            )


async def set_top_up(
    database: Database, *, org_id: str, below: int, micro_credits: int, currency: str
) -> PaymentAccount:
    """Agree to an automatic top-up; what stopped it is forgotten."""
    async with database.write(org_id=org_id) as session:
        return await put_account(
            session, org_id=org_id, below=below, top_up_micro_credits=micro_credits, currency=currency, problem=None
        )


async def top_up(database: Database, provider: StripeProvider, *, org_id: str, origin: str) -> bool:
    """Buy what was agreed, where fewer credits are left than was agreed; says whether it was tried.

    One order at a time, which the database holds; a declined card stops it until somebody agrees anew.
    """
    async with database.read(org_id=org_id) as session:
        account = await get_account(session, org_id=org_id)
        left = (await balance(session, org_id=org_id)).available
    if account is None or account.below is None or account.problem is not None or left >= account.below:
        return False
    try:
        order = await _open_top_up(database, provider, account)
    except IntegrityError:
        return False  # another process is at it
    except StudioError as refused:
        await _stop_top_up(database, org_id, None, refused.detail)
        return False
    if order.state == "pending":
        return False  # it is being paid
    purchase = purchase_of(order, email=None, origin=origin)
    try:
        checkout = await asyncio.to_thread(provider.charge_saved, purchase)
    except CardDeclined as declined:
        await _stop_top_up(database, org_id, order.id, str(declined))
        return True
    except ProviderUnavailable:
        log.warning("top_up_waits", organisation=org_id, order=order.id)
        return True
    await note_checkout(database, purchase, checkout)
    await settle(database, {provider.name: provider}, org_id=org_id, order_id=order.id)
    return True


async def _open_top_up(database: Database, provider: StripeProvider, account: PaymentAccount) -> PaymentOrder:
    """The one that is under way, which a fault may have cut short, or a new one."""
    async with database.write(org_id=account.org_id) as session:
        return await get_open_top_up(session, org_id=account.org_id) or await place_order(
            session,
            provider,
            org_id=account.org_id,
            micro_credits=account.top_up_micro_credits or 0,
            currency=str(account.currency),
            kind="top_up",
        )


@retried
async def _stop_top_up(database: Database, org_id: str, order_id: str | None, why: str) -> None:
    async with database.write(org_id=org_id) as session:
        if order_id is not None:
            await change_order(session, org_id=org_id, order_id=order_id, state="closed", problem=why[:200])
        await put_account(session, org_id=org_id, problem=why[:200])
        await publish_credits_event(session, org_id=org_id, event="credits.top_up_failed", reason=why[:200])
