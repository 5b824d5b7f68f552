"""Lots of credits and the ledger's entries. An entry and the lot that it moves are written here alone, together.

Every unit that writes holds the organisation, so two never spend the same credits or count the same number.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import CreditLot, LedgerEntry, database_now
from storage.tables.billing import ACCOUNTS_OF, EntryKind
from storage.tenant_scope import set_sweep_scope


@dataclass(frozen=True)
class Posting:
    """An entry to be written. resolves: whether it is the one that ends its hold."""

    kind: EntryKind
    lot_id: str
    micro_credits: int
    hold_id: str | None = None
    resolves: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class Balance:
    """What an organisation's lots come to, in micro-credits. Of `available`, what has expired counts for nothing."""

    available: int
    held: int
    spent: int
    expired: int
    reversed: int


@dataclass(frozen=True)
class SpendableLot:
    """available: of the lot; all_available and all_granted: of all such lots together. Micro-credits."""

    id: str
    livemode: bool
    available: int
    all_available: int
    all_granted: int


async def insert_lot(session: AsyncSession, lot: CreditLot) -> CreditLot:
    """A new lot with the entry that brought it."""
    session.add(lot)
    await session.flush()
    granted = Posting("GRANT", lot.id, lot.micro_credits, reason=lot.reason)
    await _insert_entry(session, org_id=lot.org_id, livemode=lot.livemode, posting=granted)
    return lot


async def post(session: AsyncSession, *, org_id: str, livemode: bool, postings: Sequence[Posting]) -> None:
    """Write entries, and move their lots' credits. The database refuses what would leave an account below zero."""
    for posting in postings:
        await _insert_entry(session, org_id=org_id, livemode=livemode, posting=posting)
        debit, credit = (getattr(CreditLot, account) for account in ACCOUNTS_OF[posting.kind])
        await session.execute(
            update(CreditLot)
            .where(CreditLot.org_id == org_id, CreditLot.id == posting.lot_id)
            .values({debit: debit - posting.micro_credits, credit: credit + posting.micro_credits})
            .execution_options(synchronize_session=False)
        )


async def _insert_entry(session: AsyncSession, *, org_id: str, livemode: bool, posting: Posting) -> None:
    debit, credit = ACCOUNTS_OF[posting.kind]
    last = select(func.coalesce(func.max(LedgerEntry.sequence), 0)).where(LedgerEntry.org_id == org_id)
    await session.execute(
        insert(LedgerEntry).values(
            org_id=org_id,
            sequence=last.scalar_subquery() + 1,
            livemode=livemode,
            kind=posting.kind,
            debit=debit,
            credit=credit,
            micro_credits=posting.micro_credits,
            lot_id=posting.lot_id,
            hold_id=posting.hold_id,
            resolves=posting.hold_id if posting.resolves else None,
            reason=posting.reason,
        )
    )


async def list_spendable_lots(session: AsyncSession, *, org_id: str, limit: int) -> list[SpendableLot]:
    """The first lots with credits that can be held now, in the order in which they are: what expires first, free
    before paid, older before newer."""
    rows = await session.execute(_SPENDABLE, {"org_id": org_id, "limit": limit})
    return [SpendableLot(*row) for row in rows]


async def get_balance(session: AsyncSession, *, org_id: str) -> Balance:
    available = case((_not_expired(), CreditLot.available), else_=0)
    lapsed = case((_not_expired(), 0), else_=CreditLot.available)
    sums = (available, CreditLot.held, CreditLot.spent, CreditLot.expired + lapsed, CreditLot.reversed)
    row = (
        await session.execute(
            select(*(func.coalesce(func.sum(one), 0) for one in sums)).where(CreditLot.org_id == org_id)
        )
    ).one()
    return Balance(*map(int, row))


async def get_lot(session: AsyncSession, *, org_id: str, lot_id: str) -> CreditLot | None:
    return await session.scalar(
        select(CreditLot)
        .where(CreditLot.org_id == org_id, CreditLot.id == lot_id)
        .execution_options(populate_existing=True)
    )


async def find_lot(session: AsyncSession, *, org_id: str, source: str, reference: str) -> CreditLot | None:
    """By what whoever brought it calls it."""
    return await session.scalar(
        select(CreditLot).where(
            CreditLot.org_id == org_id, CreditLot.source == source, CreditLot.reference == reference
        )
    )


async def list_lots(session: AsyncSession, *, org_id: str, after: str | None, limit: int) -> list[CreditLot]:
    """Newest first."""
    query = select(CreditLot).where(CreditLot.org_id == org_id).order_by(CreditLot.id.desc()).limit(limit)
    return list(await session.scalars(query if after is None else query.where(CreditLot.id < after)))


async def list_lots_by_id(session: AsyncSession, *, org_id: str, lot_ids: Collection[str]) -> dict[str, CreditLot]:
    query = select(CreditLot).where(CreditLot.org_id == org_id, CreditLot.id.in_(lot_ids))
    return {lot.id: lot for lot in await session.scalars(query.execution_options(populate_existing=True))}


async def list_expired_lots(session: AsyncSession, *, org_id: str) -> list[CreditLot]:
    """Lots whose time is over and that have credits nobody holds."""
    rows = await session.scalars(
        select(CreditLot)
        .where(CreditLot.org_id == org_id, CreditLot.available > 0, CreditLot.expires_at <= database_now())
        .order_by(CreditLot.id)
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def list_organisations_with_expired_lots(session: AsyncSession) -> list[str]:
    """For sweeps."""
    await set_sweep_scope(session)
    query = select(CreditLot.org_id).where(CreditLot.available > 0, CreditLot.expires_at <= database_now())
    return list(await session.scalars(query.distinct().order_by(CreditLot.org_id)))


async def list_entries(
    session: AsyncSession,
    *,
    org_id: str,
    after: int,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[LedgerEntry]:
    """In the order in which they were written, from the number behind `after` on; `until` is not in."""
    query = select(LedgerEntry).where(LedgerEntry.org_id == org_id, LedgerEntry.sequence > after)
    if since is not None:
        query = query.where(LedgerEntry.created_at >= since)
    if until is not None:
        query = query.where(LedgerEntry.created_at < until)
    return list(await session.scalars(query.order_by(LedgerEntry.sequence).limit(limit)))


def _not_expired() -> ColumnElement[bool]:
    return CreditLot.expires_at.is_(None) | (CreditLot.expires_at > database_now())


_SPENDABLE = (
    select(
        CreditLot.id,
        CreditLot.livemode,
        CreditLot.available,
        cast(func.sum(CreditLot.available).over(), BigInteger),
        cast(func.sum(CreditLot.micro_credits).over(), BigInteger),
    )
    .where(CreditLot.org_id == bindparam("org_id"), CreditLot.available > 0, _not_expired())
    .order_by(
        CreditLot.expires_at.is_(None),
        CreditLot.expires_at,
        case((CreditLot.kind.in_(("subscription", "purchase")), 1), else_=0),
        CreditLot.id,
    )
    .limit(bindparam("limit"))
)
