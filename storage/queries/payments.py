"""Orders of credits, their refunds, and what organisations have agreed to pay again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import PaymentAccount, PaymentOrder, PaymentRefund, database_now
from storage.tables.payments import OrderState
from storage.tenant_scope import set_sweep_scope

OPEN: tuple[OrderState, ...] = ("begun", "pending")
MOST_A_SWEEP = 200


async def insert_order(session: AsyncSession, order: PaymentOrder) -> PaymentOrder:
    session.add(order)
    await session.flush()
    return order


async def get_order(session: AsyncSession, *, org_id: str, order_id: str) -> PaymentOrder | None:
    query = select(PaymentOrder).where(PaymentOrder.org_id == org_id, PaymentOrder.id == order_id)
    return await session.scalar(query.execution_options(populate_existing=True))


async def list_orders(session: AsyncSession, *, org_id: str, after: str | None, limit: int) -> list[PaymentOrder]:
    """Newest first: an id tells when it was made."""
    query = select(PaymentOrder).where(PaymentOrder.org_id == org_id)
    if after is not None:
        query = query.where(PaymentOrder.id < after)
    return list(await session.scalars(query.order_by(PaymentOrder.id.desc()).limit(limit)))


async def change_order(
    session: AsyncSession,
    *,
    org_id: str,
    order_id: str,
    states: tuple[OrderState, ...] | None = None,
    **values: Any,  # noqa: ANN401 (columns)
) -> PaymentOrder | None:
    """Compare-and-set where `states` are given: None where it is in another by now."""
    query = update(PaymentOrder).where(PaymentOrder.org_id == org_id, PaymentOrder.id == order_id)
    if states is not None:
        query = query.where(PaymentOrder.state.in_(states))
    rows = await session.scalars(
        query.values(**values).returning(PaymentOrder).execution_options(populate_existing=True)
    )
    return rows.one_or_none()


async def insert_refund(session: AsyncSession, refund: PaymentRefund) -> PaymentRefund:
    session.add(refund)
    await session.flush()
    return refund


async def list_refunds(session: AsyncSession, *, org_id: str, order_id: str) -> list[PaymentRefund]:
    """In the order in which they were asked for."""
    query = select(PaymentRefund).where(PaymentRefund.org_id == org_id, PaymentRefund.order_id == order_id)
    return list(await session.scalars(query.order_by(PaymentRefund.id)))


async def note_sent(session: AsyncSession, *, org_id: str, refund_id: str) -> None:
    """The provider has it."""
    query = update(PaymentRefund).where(PaymentRefund.org_id == org_id, PaymentRefund.id == refund_id)
    await session.execute(query.values(sent=True))


async def get_account(session: AsyncSession, *, org_id: str) -> PaymentAccount | None:
    query = select(PaymentAccount).where(PaymentAccount.org_id == org_id)
    return await session.scalar(query.execution_options(populate_existing=True))


async def put_account(session: AsyncSession, *, org_id: str, **values: Any) -> PaymentAccount:  # noqa: ANN401 (columns)
    """The organisation's, changed, or made with what is given."""
    account = await get_account(session, org_id=org_id)
    if account is None:
        account = PaymentAccount(org_id=org_id)
        session.add(account)
    for name, value in values.items():
        setattr(account, name, value)
    await session.flush()
    return account


async def get_open_top_up(session: AsyncSession, *, org_id: str) -> PaymentOrder | None:
    """The automatic top-up that is under way; there is one at most."""
    query = select(PaymentOrder).where(
        PaymentOrder.org_id == org_id, PaymentOrder.kind == "top_up", PaymentOrder.state.in_(OPEN)
    )
    return await session.scalar(query)


async def list_orders_to_check(
    session: AsyncSession, *, unsettled_before: datetime, paid_before: datetime, paid_since: datetime
) -> list[tuple[str, str]]:
    """Organisation and id of orders that were last asked after before these moments. For sweeps.

    Those that are not settled first; and those that were paid since `paid_since`: money may go back without a notice.
    """
    await set_sweep_scope(session)
    unsettled = PaymentOrder.state.in_(OPEN)
    asked = func.coalesce(PaymentOrder.checked_at, PaymentOrder.created_at)
    paid = (PaymentOrder.state == "paid") & (PaymentOrder.paid_at > paid_since) & (asked < paid_before)
    query = (
        select(PaymentOrder.org_id, PaymentOrder.id)
        .where((unsettled & (asked < unsettled_before)) | paid)
        .order_by(unsettled.desc(), asked)
        .limit(MOST_A_SWEEP)
    )
    return [(org_id, order_id) for org_id, order_id in await session.execute(query)]


async def list_unsent_refunds(session: AsyncSession) -> list[tuple[str, str]]:
    """Organisation and order of every refund that the provider was not told of. For sweeps."""
    await set_sweep_scope(session)
    query = select(PaymentRefund.org_id, PaymentRefund.order_id).where(~PaymentRefund.sent).distinct()
    return [(org_id, order_id) for org_id, order_id in await session.execute(query)]


async def list_accounts(session: AsyncSession) -> list[str]:
    """Organisations with an automatic top-up or a subscription. For sweeps."""
    await set_sweep_scope(session)
    agreed = PaymentAccount.below.is_not(None) | PaymentAccount.subscription_id.is_not(None)
    return list(await session.scalars(select(PaymentAccount.org_id).where(agreed).order_by(PaymentAccount.org_id)))


async def note_account_checked(session: AsyncSession, *, org_id: str) -> None:
    """Its subscription was asked after just now."""
    query = update(PaymentAccount).where(PaymentAccount.org_id == org_id)
    await session.execute(query.values(checked_at=database_now()))


async def note_checked(session: AsyncSession, *, org_id: str, order_id: str) -> None:
    """The provider was asked just now."""
    query = update(PaymentOrder).where(PaymentOrder.org_id == org_id, PaymentOrder.id == order_id)
    await session.execute(query.values(checked_at=database_now()))
