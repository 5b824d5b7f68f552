"""`dramatis payments`: orders and refunds, in the database itself and with the providers of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from rich.table import Table

from storage.queries.payments import list_orders
from storage.tables import PaymentOrder
from storage.unit import Database
from studio.billing.credits import words_of
from studio.commands.console import err, out, refuse
from studio.commands.local_database import local_database
from studio.commands.setting_options import settings_for
from studio.config import Settings
from studio.http.errors import StudioError
from studio.payments.providers import Payments, open_payments
from studio.payments.reconciliation import reconcile
from studio.payments.refunds import refund

MOST_SHOWN = 200
Result = TypeVar("Result")


def show_orders(data: Path | None, org_id: str) -> None:
    """Print them, newest first."""

    async def listed(database: Database, _: Payments, __: Settings) -> list[PaymentOrder]:
        async with database.read(org_id=org_id) as session:
            return await list_orders(session, org_id=org_id, after=None, limit=MOST_SHOWN)

    table = Table("order", "state", "with", "credits", "amount", "went back", "owed", "", box=None)
    for order in _with_payments(data, listed):
        table.add_row(
            order.id,
            order.state,
            order.provider,
            words_of(order.micro_credits),
            _money(order.amount, order.currency),
            _money(order.refunded, order.currency) + (", disputed" if order.disputed else ""),
            words_of(order.owed) if order.owed else "",
            order.problem or "",
        )
    out.print(table)


def refund_order(data: Path | None, org_id: str, order_id: str, amount: int | None, reason: str) -> None:
    """Send money back, and say what became of the credits."""

    async def sent(database: Database, payments: Payments, _: Settings) -> PaymentOrder:
        providers = payments.providers
        return await refund(database, providers, org_id=org_id, order_id=order_id, amount=amount, reason=reason)

    order = _with_payments(data, sent)
    back = f"{_money(order.refunded, order.currency)} of {_money(order.amount, order.currency)} went back in all"
    owed = f"; {words_of(order.owed)} were spent already" if order.owed else ""
    err.print(f"{back}, and {words_of(order.reversed)} with it{owed}", markup=False)


def reconcile_orders(data: Path | None) -> None:
    """Ask the providers now."""

    async def asked(database: Database, payments: Payments, settings: Settings) -> int:
        return await reconcile(database, payments, origin=settings.browser_origins[0])

    err.print(f"{_with_payments(data, asked)} orders were asked after", markup=False)


def _with_payments(data: Path | None, work: Callable[[Database, Payments, Settings], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        settings = settings_for(data)
        async with local_database(data) as (database, _):
            return await work(database, open_payments(settings), settings)

    try:
        return asyncio.run(run())
    except StudioError as refused:
        raise refuse(refused.detail) from refused


def _money(amount: int, currency: str) -> str:
    return f"{amount / 100:,.2f} {currency.upper()}"
