"""Statements: what a month (of UTC) came to. They are added up from entries and holds when they are asked for, by the
same queries whether the month is over or not; nothing is kept that could differ."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_figures import Charge, first_entry_at, sum_charges_by_item, sum_entries
from storage.queries.billing_ledger import list_entries
from storage.tables import LedgerEntry
from storage.unit import Database

COLUMNS = ("sequence", "at", "kind", "debit", "credit", "micro_credits", "lot_id", "hold_id", "reason")
BATCH = 1000


@dataclass(frozen=True)
class Statement:
    """Micro-credits of one month, from `since` to `until` (not in it). opening and closing: available or held."""

    month: str
    since: datetime
    until: datetime
    opening: int
    granted: int
    charged: int
    refunded: int
    expired: int
    reversed: int
    charges: Sequence[Charge]

    @property
    def closing(self) -> int:
        return self.opening + self.granted + self.refunded - self.charged - self.expired - self.reversed


def bounds_of(month: str) -> tuple[datetime, datetime]:
    """Of a month as `2026-11`. Raises ValueError."""
    since = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    following = (since.year + 1, 1) if since.month == 12 else (since.year, since.month + 1)
    return since, since.replace(year=following[0], month=following[1])


async def make_statement(session: AsyncSession, *, org_id: str, month: str) -> Statement:
    """Raises ValueError for what is no month."""
    since, until = bounds_of(month)
    before = await sum_entries(session, org_id=org_id, since=None, until=since)
    within = await sum_entries(session, org_id=org_id, since=since, until=until)
    return Statement(
        month=month,
        since=since,
        until=until,
        opening=_left(before),
        granted=within.get("GRANT", 0),
        charged=within.get("CAPTURE", 0),
        refunded=within.get("REFUND", 0),
        expired=within.get("EXPIRE", 0),
        reversed=within.get("REVERSAL", 0),
        charges=await sum_charges_by_item(session, org_id=org_id, since=since, until=until),
    )


async def list_months(session: AsyncSession, *, org_id: str, now: datetime) -> list[str]:
    """Months with a statement, newest first: from the first entry on."""
    first = await first_entry_at(session, org_id=org_id)
    if first is None:
        return []
    months = range(12 * first.year + first.month - 1, 12 * now.year + now.month)
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in reversed(months)]


async def export_entries(
    database: Database, *, org_id: str, since: datetime | None, until: datetime | None
) -> AsyncIterator[str]:
    """The entries as CSV, with a line of names, in pieces: each is read in a unit of its own, since entries stay."""
    yield _csv([COLUMNS])
    after = 0
    while True:
        async with database.read(org_id=org_id) as session:
            entries = await list_entries(session, org_id=org_id, after=after, limit=BATCH, since=since, until=until)
        if not entries:
            return
        after = entries[-1].sequence
        yield _csv([_row(entry) for entry in entries])


def _left(sums: dict[str, int]) -> int:
    gone = sum(sums.get(kind, 0) for kind in ("CAPTURE", "EXPIRE", "REVERSAL"))
    return sums.get("GRANT", 0) + sums.get("REFUND", 0) - gone


def _row(entry: LedgerEntry) -> tuple[object, ...]:
    told = {name: getattr(entry, name) for name in COLUMNS if name != "at"}
    told["at"] = entry.created_at.isoformat()
    return tuple("" if told[name] is None else told[name] for name in COLUMNS)


def _csv(rows: Sequence[Sequence[object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()
