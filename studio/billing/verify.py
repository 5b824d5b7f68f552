"""Everything again, from the entries alone: accounts of lots, ends of holds, balances, statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_figures import (
    ACCOUNTS,
    list_all_lots,
    list_organisations_with_lots,
    read_holds,
    sum_drift,
)
from storage.queries.billing_ledger import get_balance, list_entries
from storage.queries.timestamps import read_clock
from storage.tables import CreditHold, CreditLot, LedgerEntry
from storage.unit import Database
from studio.billing.statements import list_months, make_statement

BATCH = 5000
LEDGER_DRIFT = Gauge(
    "dramatis_ledger_drift", "Micro-credits by which lots differ from what their entries add up to, looked at hourly"
)


@dataclass
class Books:
    """What entries add up to. lots: account → micro-credits by lot; holds: kind of entry → the same by hold."""

    entries: int = 0
    lots: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    holds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    ends: Counter[str] = field(default_factory=Counter)
    months: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, entry: LedgerEntry) -> None:
        self.entries += 1
        self.lots[entry.lot_id][entry.debit] -= entry.micro_credits
        self.lots[entry.lot_id][entry.credit] += entry.micro_credits
        self.months[f"{entry.created_at:%Y-%m}"][entry.kind] += entry.micro_credits
        if entry.hold_id is not None:
            self.holds[entry.hold_id][entry.kind] += entry.micro_credits
        if entry.resolves is not None:
            self.ends[entry.resolves] += 1


@dataclass(frozen=True)
class Verdict:
    """How much was checked, and in words what does not fit."""

    entries: int
    lots: int
    holds: int
    problems: list[str]


async def verify_ledger(session: AsyncSession, *, org_id: str) -> Verdict:
    """Recompute all that is said of an organisation's credits, and compare."""
    books, problems = Books(), []
    while batch := await list_entries(session, org_id=org_id, after=books.entries, limit=BATCH):
        for entry in batch:
            books.add(entry)
        if batch[-1].sequence != books.entries:
            problems.append(f"entries: number {batch[-1].sequence} is the {books.entries}th: some are missing")
            break
        session.expunge_all()
    lots = await list_all_lots(session, org_id=org_id)
    problems += [words for lot in lots for words in _check_lot(lot, books.lots[lot.id])]
    holds = await _check_holds(session, org_id, books, problems)
    problems += await _check_balance(session, org_id, lots)
    problems += await _check_statements(session, org_id, books.months)
    return Verdict(books.entries, len(lots), holds, problems)


async def measure_drift(database: Database) -> int:
    """Set the metric; returns it."""
    async with database.read() as session:
        organisations = await list_organisations_with_lots(session)
    drift = 0
    for org_id in organisations:
        async with database.read(org_id=org_id) as session:
            drift += await sum_drift(session, org_id=org_id)
    LEDGER_DRIFT.set(drift)
    return drift


def _check_lot(lot: CreditLot, added: Mapping[str, int]) -> list[str]:
    return [
        f"lot {lot.id}: {account} is {getattr(lot, account)}, its entries add up to {added[account]}"
        for account in ACCOUNTS
        if getattr(lot, account) != added[account]
    ] + [f"lot {lot.id}: {account} is below zero" for account in ACCOUNTS if added[account] < 0]


async def _check_holds(session: AsyncSession, org_id: str, books: Books, problems: list[str]) -> int:
    """Returns how many there are."""
    seen, last = 0, ""
    while batch := await read_holds(session, org_id=org_id, after=last, limit=BATCH):
        for hold in batch:
            problems += _check_hold(hold, books.holds[hold.id], books.ends[hold.id])
        seen, last = seen + len(batch), batch[-1].id
        session.expunge_all()
    return seen


def _check_hold(hold: CreditHold, moved: Mapping[str, int], ends: int) -> list[str]:
    """Held whole; while it is open nothing else, then ended by one entry, paid or given back whole."""
    problems = []
    if moved["HOLD"] != hold.micro_credits:
        problems.append(f"hold {hold.id}: {hold.micro_credits} are held, its entries say {moved['HOLD']}")
    if ends != (hold.outcome is not None):
        problems.append(f"hold {hold.id} is {hold.outcome or 'open'} and was ended {ends} times")
    paid, back = moved["CAPTURE"], moved["VOID"]
    due = (0, 0) if hold.outcome is None else (hold.charge, hold.micro_credits - hold.charge)
    if (paid, back) != due:
        problems.append(f"hold {hold.id}: {due} were to be paid and given back, its entries say {(paid, back)}")
    if moved["REFUND"] not in (0, paid):
        problems.append(f"hold {hold.id}: {paid} were paid, and its entries give {moved['REFUND']} back")
    return problems


async def _check_balance(session: AsyncSession, org_id: str, lots: list[CreditLot]) -> list[str]:
    balance = await get_balance(session, org_id=org_id)
    whole = balance.available + balance.held + balance.spent + balance.expired + balance.reversed
    came_in = sum(lot.micro_credits for lot in lots)
    return [] if whole == came_in else [f"balance: accounts add up to {whole}, and {came_in} came in"]


async def _check_statements(session: AsyncSession, org_id: str, months: Mapping[str, Counter[str]]) -> list[str]:
    """Each month's figures, and that one closes where the next one opens."""
    problems, closing = [], 0
    for month in reversed(await list_months(session, org_id=org_id, now=await read_clock(session))):
        told, added = await make_statement(session, org_id=org_id, month=month), months.get(month, Counter())
        figures = (told.opening, told.granted, told.charged, told.refunded, told.expired, told.reversed)
        kinds = ("GRANT", "CAPTURE", "REFUND", "EXPIRE", "REVERSAL")
        expected = (closing, *(added[kind] for kind in kinds))
        if figures != expected:
            problems.append(f"statement {month}: {figures}, the entries say {expected}")
        if sum(charge.micro_credits for charge in told.charges) != told.charged:
            problems.append(f"statement {month}: its charges do not add up to {told.charged}")
        closing = told.closing
    return problems
