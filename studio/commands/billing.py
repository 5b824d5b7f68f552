"""`dramatis billing`: prices, credits, caps and statements; in the database itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation
from storage.queries.billing_ledger import list_lots
from storage.queries.billing_prices import list_prices
from storage.queries.tenants import each_tenant
from storage.queries.timestamps import read_clock
from storage.tables.billing import CapScope, LotKind, Period
from storage.unit import Database
from studio.billing.caps import put_cap, remove_cap, view_caps
from studio.billing.credits import MICRO, read_credits, words_of
from studio.billing.ledger import balance, grant, reverse
from studio.billing.prices import CREDITS, set_price
from studio.billing.statements import bounds_of, export_entries, list_months, make_statement
from studio.billing.verify import verify_ledger
from studio.commands.console import err, out, refuse
from studio.commands.local_database import local_database
from studio.http.errors import StudioError

Result = TypeVar("Result")
WHOLE_LEDGER_LOTS = 10_000


def show_prices(data: Path | None) -> None:
    """Print every price, newest first."""

    async def listed() -> Table:
        table = Table("item", "amount", "currency", "for each", "since", "set by", box=None)
        async with local_database(data) as (database, _), database.read() as session:
            for row in await list_prices(session):
                amount = f"{row.amount / MICRO:.6f}".rstrip("0").rstrip(".")
                each = "device-second" if row.unit == "device_second" else "piece"
                table.add_row(row.item, amount, row.currency, each, f"{row.since:%Y-%m-%d %H:%M}", row.set_by)
        return table

    table = _run(listed())
    out.print(table if table.row_count else "everything is free: no price was set", markup=False)


def put_price(data: Path | None, item: str, amount: str | None, currency: str, since: datetime | None) -> None:
    """Set a price."""
    if amount is None:
        raise refuse(f"what is {item} to cost? `dramatis billing prices {item} 0.01`")
    micro = _read(amount)

    async def put() -> None:
        async with local_database(data) as (database, _), database.write() as session:
            await set_price(session, item=item, amount=micro, currency=currency, since=_utc(since))

    _run(put())
    unit = words_of(micro) if currency == CREDITS else f"{micro / MICRO:g} {currency}"
    err.print(f"{item} costs {unit} from {f'{since:%Y-%m-%d %H:%M}' if since else 'now'} on", markup=False)


def grant_credits(
    data: Path | None,
    org: str | None,
    credits: str,
    kind: str,
    expires: datetime | None,
    reason: str,
    reference: str | None,
) -> None:
    """Give credits, and say what there are then."""
    micro = _read(credits)

    async def give() -> tuple[str, int]:
        async with _organisation(data, org) as (database, org_id), database.write(org_id=org_id) as session:
            lot = await grant(
                session,
                org_id=org_id,
                kind=cast(LotKind, kind),
                micro_credits=micro,
                expires_at=_utc(expires),
                reason=reason,
                reference=reference,
            )
            return lot.id, (await balance(session, org_id=org_id)).available

    lot_id, available = _run(give())
    out.print(lot_id, markup=False)
    err.print(f"{words_of(micro)} came in; {words_of(available)} are available", markup=False)


def reverse_credits(data: Path | None, org: str | None, lot_id: str, credits: str | None, reason: str) -> None:
    """Take credits back."""
    micro = None if credits is None else _read(credits)

    async def take_back() -> int:
        async with _organisation(data, org) as (database, org_id), database.write(org_id=org_id) as session:
            return await reverse(session, org_id=org_id, lot_id=lot_id, micro_credits=micro, reason=reason)

    err.print(f"{words_of(_run(take_back()))} of {lot_id} were reversed", markup=False)


def show_lots(data: Path | None, org: str | None) -> None:
    """Print lots with their accounts."""

    async def listed() -> Table:
        accounts = ("micro_credits", "available", "held", "spent")
        table = Table("kind", "credits", "available", "held", "spent", "expires", box=None)
        table.add_column("id", no_wrap=True)  # last, whole: it is what `reverse` is given
        async with _organisation(data, org) as (database, org_id), database.read(org_id=org_id) as session:
            for lot in await list_lots(session, org_id=org_id, after=None, limit=WHOLE_LEDGER_LOTS):
                amounts = [f"{getattr(lot, account) / MICRO:g}" for account in accounts]
                expires = f"{lot.expires_at:%Y-%m-%d}" if lot.expires_at else "never"
                table.add_row(lot.kind, *amounts, expires, lot.id)
        return table

    out.print(_run(listed()))


def show_caps(data: Path | None, org: str | None) -> None:
    """Print caps as they stand."""

    async def listed() -> Table:
        table = Table("of", "period", "limit", "committed", box=None)
        table.add_column("id", no_wrap=True)
        async with _organisation(data, org) as (database, org_id), database.read(org_id=org_id) as session:
            for one in await view_caps(session, org_id=org_id):
                of = one.cap.scope if one.cap.scope == "organisation" else f"{one.cap.scope} {one.cap.subject_id}"
                limit, committed = (f"{amount / MICRO:g}" for amount in (one.cap.micro_credits, one.committed))
                table.add_row(of, one.cap.period, limit, committed, one.cap.id)
        return table

    table = _run(listed())
    out.print(table if table.row_count else "there are no caps", markup=False)


def set_limit(data: Path | None, org: str | None, scope: str, subject: str | None, period: str, limit: str) -> None:
    """Set a cap."""
    micro = _read(limit)

    async def put() -> str:
        async with _organisation(data, org) as (database, org_id), database.write(org_id=org_id) as session:
            standing = await put_cap(
                session,
                org_id=org_id,
                scope=cast(CapScope, scope),
                subject_id=subject,
                period=cast(Period, period),
                micro_credits=micro,
            )
            return standing.cap.id

    out.print(_run(put()), markup=False)
    err.print(f"no more than {words_of(micro)} may be spent ({scope}, {period})", markup=False)


def drop_cap(data: Path | None, org: str | None, cap_id: str) -> None:
    """Remove a cap."""

    async def drop() -> None:
        async with _organisation(data, org) as (database, org_id), database.write(org_id=org_id) as session:
            await remove_cap(session, org_id=org_id, cap_id=cap_id)

    _run(drop())
    err.print(f"the cap {cap_id} is no more", markup=False)


def show_statements(data: Path | None, org: str | None, month: str | None, csv: Path | None) -> None:
    """Print statements, and write their entries where that is asked for."""
    try:
        since, until = bounds_of(month) if month is not None else (None, None)
    except ValueError:
        raise refuse(f"{month!r} is no month: write it as 2026-11") from None

    async def listed() -> Table:
        figures = ("opening", "granted", "charged", "refunded", "expired", "reversed", "closing")
        table = Table("month", *figures, box=None)
        async with _organisation(data, org) as (database, org_id):
            async with database.read(org_id=org_id) as session:
                months = await list_months(session, org_id=org_id, now=await read_clock(session))
                for each in months if month is None else [month]:
                    told = await make_statement(session, org_id=org_id, month=each)
                    table.add_row(each, *(f"{getattr(told, figure) / MICRO:g}" for figure in figures))
            if csv is not None:
                with csv.open("w") as file:
                    async for lines in export_entries(database, org_id=org_id, since=since, until=until):
                        file.write(lines)
        return table

    out.print(_run(listed()))


def verify_ledgers(data: Path | None) -> None:
    """Check every organisation's ledger; exit 1 where something differs."""

    async def check() -> bool:
        intact = True
        async with local_database(data) as (database, _), database.read() as session:
            async for org_id in each_tenant(session):
                verdict = await verify_ledger(session, org_id=org_id)
                intact = intact and not verdict.problems
                counts = f"{verdict.entries} entries, {verdict.lots} lots, {verdict.holds} holds"
                out.print(f"{org_id}: {counts}: {'intact' if not verdict.problems else 'NOT INTACT'}", markup=False)
                for words in verdict.problems:
                    out.print(f"  {words}", markup=False)
        return intact

    if not _run(check()):
        raise typer.Exit(1)


@asynccontextmanager
async def _organisation(data: Path | None, org: str | None) -> AsyncIterator[tuple[Database, str]]:
    async with local_database(data) as (database, local):
        org_id = org or local.org_id
        async with database.read(org_id=org_id) as session:
            await _require(session, org_id)
        yield database, org_id


async def _require(session: AsyncSession, org_id: str) -> None:
    if await get_organisation(session, org_id=org_id) is None:
        raise refuse(f"there is no organisation {org_id}; `dramatis organisations list` shows those that there are")


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    """What the studio refuses is told in its words."""
    try:
        return asyncio.run(work)
    except StudioError as error:
        raise refuse(error.detail) from error


def _read(credits: str) -> int:
    try:
        return read_credits(credits)
    except ValueError as error:
        raise refuse(str(error)) from error


def _utc(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant
