"""What no notice told us: every order that is open, and those that were paid lately, are asked after now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import structlog

from storage.queries.payments import (
    change_order,
    get_account,
    list_accounts,
    list_orders_to_check,
    list_unsent_refunds,
    note_account_checked,
)
from storage.queries.timestamps import read_clock
from storage.unit import Database
from studio.http.errors import StudioError
from studio.payments.agreements import follow_subscription, top_up
from studio.payments.orders import settle
from studio.payments.providers import Payments
from studio.payments.refunds import send_refunds

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=1)  # what is not paid yet
GIVEN_UP_AFTER = timedelta(days=3)  # providers close such a page after hours
PAID_EVERY, PAID_FOR = timedelta(days=1), timedelta(days=130)  # cards can be disputed for 120 days
SUBSCRIPTION_EVERY = timedelta(hours=6)


async def reconcile_now_and_then(database: Database, payments: Payments, *, origin: str) -> None:
    """Never ends where there are providers; a studio without any does nothing."""
    while payments.providers:
        try:
            await reconcile(database, payments, origin=origin)
        except Exception:
            log.exception("reconciling_failed")
        await asyncio.sleep(EVERY.total_seconds())


async def reconcile(database: Database, payments: Payments, *, origin: str) -> int:
    """Ask after whatever is due; returns how many orders that were. A provider that is away is asked again later."""
    if not payments.providers:
        return 0
    async with database.read() as session:
        now = await read_clock(session)
        orders = await list_orders_to_check(
            session, unsettled_before=now - EVERY, paid_before=now - PAID_EVERY, paid_since=now - PAID_FOR
        )
        unsent = await list_unsent_refunds(session)
    for org_id, order_id in unsent:
        await _tried(send_refunds(database, payments.providers, org_id=org_id, order_id=order_id), order_id)
    for org_id, order_id in orders:
        await _tried(_follow(database, payments, org_id, order_id), order_id)
    if payments.stripe is not None:
        await _follow_agreements(database, payments, origin)
    return len(orders)


async def _follow(database: Database, payments: Payments, org_id: str, order_id: str) -> None:
    order = await settle(database, payments.providers, org_id=org_id, order_id=order_id)
    async with database.write(org_id=org_id) as session:
        now = await read_clock(session)
        if order.state in ("begun", "pending") and order.created_at < now - GIVEN_UP_AFTER:
            await change_order(
                session, org_id=org_id, order_id=order_id, states=("begun", "pending"), state="closed", checked_at=now
            )
        else:
            await change_order(session, org_id=org_id, order_id=order_id, checked_at=now)


async def _follow_agreements(database: Database, payments: Payments, origin: str) -> None:
    stripe = payments.need_stripe()
    async with database.read() as session:
        now, due = await read_clock(session), await list_accounts(session)
    for org_id in due:
        async with database.read(org_id=org_id) as session:
            account = await get_account(session, org_id=org_id)
        if account is None:
            continue
        if account.below is not None:
            await _tried(top_up(database, stripe, org_id=org_id, origin=origin), org_id)
        looked_at = account.checked_at
        if account.subscription_id is not None and (looked_at is None or looked_at < now - SUBSCRIPTION_EVERY):
            followed = follow_subscription(
                database, stripe, payments.credits_of, org_id=org_id, subscription_id=account.subscription_id
            )
            await _tried(followed, org_id)
            async with database.write(org_id=org_id) as session:
                await note_account_checked(session, org_id=org_id)


async def _tried(work: Awaitable[object], subject: str) -> None:
    """One that fails keeps nothing else from being done."""
    try:
        await work
    except StudioError as error:
        log.warning("payment_waits", subject=subject, code=error.code, why=error.detail)
    except Exception:
        log.exception("payment_failed", subject=subject)
