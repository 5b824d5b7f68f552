"""Sums over every organisation that pays: money, credits, seconds of devices, failures.

Its callers are in the operators' scope (`storage.tenant_scope.operator_scope`). Nothing of what takes are about is
read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.queries.timestamps import milliseconds_between, utc_day
from storage.tables import Attempt, CreditHold, LedgerEntry, Organisation, PaymentOrder, Take
from storage.tables.takes import TERMINAL_STATES

WINDOWS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
_FAILED = ("FAILED", "QUARANTINED", "CONSENT_BLOCKED")


@dataclass
class Work:
    """What was done on one day with one model, or was charged for an operation. busy_ms: of devices, by every attempt;
    render_ms: of those that brought a clip. charged and refunded: micro-credits."""

    takes: int = 0
    succeeded: int = 0
    render_ms: int = 0
    busy_ms: int = 0
    charged: int = 0
    refunded: int = 0


@dataclass(frozen=True)
class Money:
    """What was paid on one day in one currency, in its smallest unit. refunded: by now, of what was paid that day."""

    day: str
    currency: str
    orders: int
    paid: int
    tax: int
    refunded: int
    disputed: int


async def sum_work(session: AsyncSession, *, since: datetime, until: datetime) -> dict[tuple[str, str], Work]:
    """By day of UTC and item: a model, or an operation that is priced."""
    found: dict[tuple[str, str], Work] = defaultdict(Work)
    await _add_takes(session, found, since, until)
    await _add_attempts(session, found, since, until)
    await _add_entries(session, found, since, until)
    return dict(sorted(found.items(), reverse=True))


async def _add_takes(
    session: AsyncSession, found: dict[tuple[str, str], Work], since: datetime, until: datetime
) -> None:
    day = utc_day(session, Take.finished_at)
    succeeded = case((Take.state == "SUCCEEDED", 1), else_=0)
    query = (
        select(day, Take.model, func.count(), func.sum(succeeded), func.coalesce(func.sum(Take.render_ms), 0))
        .join(Organisation, Organisation.id == Take.org_id)
        .where(Organisation.livemode, Take.state.in_(TERMINAL_STATES))
        .where(Take.finished_at >= since, Take.finished_at < until)
        .group_by(day, Take.model)
    )
    for of_day, model, takes, good, render_ms in await session.execute(query):
        work = found[of_day, model]
        work.takes, work.succeeded, work.render_ms = takes, int(good), int(render_ms)


async def _add_attempts(
    session: AsyncSession, found: dict[tuple[str, str], Work], since: datetime, until: datetime
) -> None:
    day = utc_day(session, Attempt.ended_at)
    busy = func.sum(milliseconds_between(session, Attempt.created_at, Attempt.ended_at))
    query = (
        select(day, Take.model, busy)
        .join(Take, (Take.org_id == Attempt.org_id) & (Take.id == Attempt.take_id))
        .join(Organisation, Organisation.id == Attempt.org_id)
        .where(Organisation.livemode, Attempt.ended_at >= since, Attempt.ended_at < until)
        .group_by(day, Take.model)
    )
    for of_day, model, busy_ms in await session.execute(query):
        found[of_day, model].busy_ms = round(float(busy_ms))


async def _add_entries(
    session: AsyncSession, found: dict[tuple[str, str], Work], since: datetime, until: datetime
) -> None:
    day = utc_day(session, LedgerEntry.created_at)
    query = (
        select(day, CreditHold.item, LedgerEntry.kind, func.sum(LedgerEntry.micro_credits))
        .join(CreditHold, (CreditHold.org_id == LedgerEntry.org_id) & (CreditHold.id == LedgerEntry.hold_id))
        .where(LedgerEntry.livemode, LedgerEntry.kind.in_(("CAPTURE", "REFUND")))
        .where(LedgerEntry.created_at >= since, LedgerEntry.created_at < until)
        .group_by(day, CreditHold.item, LedgerEntry.kind)
    )
    for of_day, item, kind, micro_credits in await session.execute(query):
        if kind == "CAPTURE":
            found[of_day, item].charged = int(micro_credits)
        else:
            found[of_day, item].refunded = int(micro_credits)


async def sum_money(session: AsyncSession, *, since: datetime, until: datetime) -> list[Money]:
    """What orders brought, newest day first."""
    day = utc_day(session, PaymentOrder.paid_at)
    sums = (PaymentOrder.amount, PaymentOrder.tax, PaymentOrder.refunded, case((PaymentOrder.disputed, 1), else_=0))
    query = (
        select(day, PaymentOrder.currency, func.count(), *(func.sum(each) for each in sums))
        .where(PaymentOrder.state == "paid", PaymentOrder.paid_at >= since, PaymentOrder.paid_at < until)
        .group_by(day, PaymentOrder.currency)
        .order_by(day.desc(), PaymentOrder.currency)
    )
    return [
        Money(of_day, currency, *(int(each) for each in figures))
        for of_day, currency, *figures in await session.execute(query)
    ]


async def count_failures(session: AsyncSession, *, now: datetime) -> dict[tuple[str, str], dict[str, int]]:
    """By code and model: how many takes failed in each of `WINDOWS`, the most frequent of the longest first."""
    code = func.coalesce(Take.failure_code, func.lower(Take.state))
    query = _within_windows(now, code, Take.model).where(Take.state.in_(_FAILED)).group_by(code, Take.model)
    found = {(code, model): _read(counts) for code, model, *counts in await session.execute(query)}
    return dict(sorted(found.items(), key=lambda each: (-each[1]["month"], each[0])))


async def count_ended(session: AsyncSession, *, now: datetime) -> dict[str, dict[str, int]]:
    """By model: how many takes ended in each of `WINDOWS`, however they did."""
    query = _within_windows(now, Take.model).where(Take.state.in_(TERMINAL_STATES)).group_by(Take.model)
    return {model: _read(counts) for model, *counts in await session.execute(query)}


def _read(counts: list[int]) -> dict[str, int]:
    return dict(zip(WINDOWS, map(int, counts), strict=True))


def _within_windows(now: datetime, *groups: ColumnElement[str] | InstrumentedAttribute[str]) -> Select[Any]:
    counts = [func.sum(case((Take.finished_at >= now - span, 1), else_=0)) for span in WINDOWS.values()]
    asked: list[Any] = [*groups, *counts]
    query = select(*asked).join(Organisation, Organisation.id == Take.org_id)
    return query.where(Organisation.livemode, Take.finished_at >= now - WINDOWS["month"])
