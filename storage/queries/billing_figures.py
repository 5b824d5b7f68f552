"""What the ledger's entries add up to, as statements and checks read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import CreditHold, CreditLot, LedgerEntry
from storage.tenant_scope import set_sweep_scope

ACCOUNTS = ("available", "held", "spent", "expired", "reversed")


@dataclass(frozen=True)
class Charge:
    """What was charged for one item in a period. used_ms: of a device."""

    item: str
    count: int
    used_ms: int
    micro_credits: int


async def sum_entries(
    session: AsyncSession, *, org_id: str, since: datetime | None, until: datetime | None
) -> dict[str, int]:
    """Micro-credits by kind of entry; `until` is not in."""
    query = select(LedgerEntry.kind, func.sum(LedgerEntry.micro_credits)).where(LedgerEntry.org_id == org_id)
    if since is not None:
        query = query.where(LedgerEntry.created_at >= since)
    if until is not None:
        query = query.where(LedgerEntry.created_at < until)
    return {kind: int(total) for kind, total in await session.execute(query.group_by(LedgerEntry.kind))}


async def sum_charges_by_item(session: AsyncSession, *, org_id: str, since: datetime, until: datetime) -> list[Charge]:
    """What was captured in the period, by item."""
    captured = (
        select(LedgerEntry.hold_id, func.sum(LedgerEntry.micro_credits).label("micro_credits"))
        .where(
            LedgerEntry.org_id == org_id,
            LedgerEntry.kind == "CAPTURE",
            LedgerEntry.created_at >= since,
            LedgerEntry.created_at < until,
        )
        .group_by(LedgerEntry.hold_id)
        .subquery()
    )
    rows = await session.execute(
        select(CreditHold.item, func.count(), func.sum(CreditHold.used_ms), func.sum(captured.c.micro_credits))
        .join(captured, captured.c.hold_id == CreditHold.id)
        .where(CreditHold.org_id == org_id)
        .group_by(CreditHold.item)
        .order_by(CreditHold.item)
    )
    return [Charge(item, count, int(used_ms or 0), int(charged)) for item, count, used_ms, charged in rows]


async def first_entry_at(session: AsyncSession, *, org_id: str) -> datetime | None:
    query = select(LedgerEntry.created_at).where(LedgerEntry.org_id == org_id, LedgerEntry.sequence == 1)
    return await session.scalar(query)


async def sum_drift(session: AsyncSession, *, org_id: str) -> int:
    """Micro-credits by which the accounts of lots differ from what their entries add up to: 0, or there is a fault."""
    sums = [_sum_of(account).label(account) for account in ACCOUNTS]
    added = (
        select(LedgerEntry.lot_id, *sums).where(LedgerEntry.org_id == org_id).group_by(LedgerEntry.lot_id).subquery()
    )
    differences = [func.abs(getattr(CreditLot, account) - func.coalesce(added.c[account], 0)) for account in ACCOUNTS]
    total: Any = differences[0]
    for each in differences[1:]:
        total = total + each
    query = (
        select(func.coalesce(func.sum(total), 0))
        .select_from(CreditLot)
        .outerjoin(added, added.c.lot_id == CreditLot.id)
        .where(CreditLot.org_id == org_id)
    )
    return int((await session.execute(query)).scalar_one())


async def list_organisations_with_lots(session: AsyncSession) -> list[str]:
    """For sweeps and checks."""
    await set_sweep_scope(session)
    return list(await session.scalars(select(CreditLot.org_id).distinct().order_by(CreditLot.org_id)))


async def list_all_lots(session: AsyncSession, *, org_id: str) -> list[CreditLot]:
    return list(await session.scalars(select(CreditLot).where(CreditLot.org_id == org_id).order_by(CreditLot.id)))


async def read_holds(session: AsyncSession, *, org_id: str, after: str, limit: int) -> list[CreditHold]:
    """In the order of their ids."""
    query = select(CreditHold).where(CreditHold.org_id == org_id, CreditHold.id > after).order_by(CreditHold.id)
    return list(await session.scalars(query.limit(limit)))


def _sum_of(account: str) -> Any:  # noqa: ANN401 (an expression of SQL)
    gained = case((LedgerEntry.credit == account, LedgerEntry.micro_credits), else_=0)
    lost = case((LedgerEntry.debit == account, LedgerEntry.micro_credits), else_=0)
    return func.sum(gained - lost)
