"""Credits over HTTP: what there is, where it came from and went, what it may be spent on.

Whoever spends sees the balance and the prices; owners and admins, and keys with the scope `members`, see all of it.
A key sets no cap that stops it itself: one that was stolen does not raise its own.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_livemode
from storage.queries.billing_ledger import list_entries, list_lots
from storage.queries.billing_prices import list_prices
from storage.queries.timestamps import read_clock
from studio.auth.caller import Caller, CallerOf, MembersCaller
from studio.auth.unit import ReadUnit, Unit
from studio.billing.caps import change_cap, find_cap, put_cap, remove_cap, view_caps
from studio.billing.credits import MICRO
from studio.billing.ledger import balance, list_paying_lots
from studio.billing.schemas import (
    BalanceView,
    CapChange,
    CapCreate,
    CapList,
    CapView,
    EntryPage,
    EntryView,
    LotView,
    PriceList,
    PriceView,
    StatementList,
    StatementView,
)
from studio.billing.statements import export_entries, list_months, make_statement
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, ScopeMissing, problems
from studio.http.pagination import AskedPage, Page, cut_page
from studio.http.timestamps import Timestamp

router = APIRouter(prefix="/v1/billing", tags=["billing"])
CapId = Annotated[str, Path(max_length=40, examples=["cap_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
Since = Annotated[Timestamp | None, Query(description="From this moment on.")]
Until = Annotated[Timestamp | None, Query(description="Before this moment.")]


@router.get("/balance", name="get_balance")
async def read_balance(caller: CallerOf, unit: ReadUnit) -> BalanceView:
    """What the organisation's credits come to."""
    livemode = await get_livemode(unit, org_id=caller.org_id)
    return BalanceView.of(await balance(unit, org_id=caller.org_id), livemode=bool(livemode))


@router.get("/prices", name="list_prices")
async def read_prices(caller: CallerOf, unit: ReadUnit) -> PriceList:
    """What things cost, cost before, and will cost. What is not in the list is free."""
    return PriceList(data=[PriceView.of(row) for row in await list_prices(unit)])


@router.get("/lots", name="list_lots")
async def read_lots(
    caller: MembersCaller,
    unit: ReadUnit,
    asked: AskedPage,
    paying: Annotated[bool, Query(description="Only those that can be spent, in the order in which they pay.")] = False,
) -> Page[LotView]:
    """Credits as they came in, newest first, with what became of them."""
    if paying:
        lots = await list_paying_lots(unit, org_id=caller.org_id, limit=asked.fetch)
        shown, more = cut_page(lots, asked)
        return Page(data=[LotView.of(row) for row in shown], has_more=more, last_id=None)
    rows = await list_lots(unit, org_id=caller.org_id, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    return Page(data=[LotView.of(row) for row in shown], has_more=more, last_id=shown[-1].id if shown else None)


@router.get("/entries", name="list_entries")
async def read_entries(
    caller: MembersCaller,
    unit: ReadUnit,
    after: Annotated[int, Query(ge=0, le=2**62, description="The `last_sequence` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    since: Since = None,
    until: Until = None,
) -> EntryPage:
    """The ledger: every movement of credits, in order."""
    rows = await list_entries(unit, org_id=caller.org_id, after=after, limit=limit + 1, since=since, until=until)
    shown = rows[:limit]
    return EntryPage(
        data=[EntryView.of(row) for row in shown],
        has_more=len(rows) > limit,
        last_sequence=shown[-1].sequence if shown else None,
    )


@router.get(
    "/export",
    name="export_entries",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The entries."}},
)
async def export(caller: MembersCaller, database: DatabaseOf, since: Since = None, until: Until = None) -> Response:
    """The ledger as CSV, whole or of a time. docs/billing.md adds it up in ten lines."""
    lines = export_entries(database, org_id=caller.org_id, since=since, until=until)
    saved = {"Content-Disposition": 'attachment; filename="dramatis-ledger.csv"'}
    return StreamingResponse(lines, media_type="text/csv", headers=saved)


@router.get("/statements", name="list_statements")
async def read_statements(caller: MembersCaller, unit: ReadUnit) -> StatementList:
    """A statement a month, newest first; the first one is of the month that is not over."""
    now = await read_clock(unit)
    months = await list_months(unit, org_id=caller.org_id, now=now)
    made = [await make_statement(unit, org_id=caller.org_id, month=month) for month in months[:36]]
    return StatementList(data=[StatementView.of(one, over=one.until <= now) for one in made])


@router.get("/statement", name="get_statement")
async def read_statement(
    caller: MembersCaller,
    unit: ReadUnit,
    month: Annotated[str, Query(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$", description="Of UTC.", examples=["2026-11"])],
) -> StatementView:
    """The statement of one month."""
    made = await make_statement(unit, org_id=caller.org_id, month=month)
    return StatementView.of(made, over=made.until <= await read_clock(unit))


@router.get("/caps", name="list_caps")
async def read_caps(caller: MembersCaller, unit: ReadUnit) -> CapList:
    """Every cap, and how much of it is spent or held."""
    return CapList(data=[CapView.of(one) for one in await view_caps(unit, org_id=caller.org_id)])


@router.post("/caps", name="create_cap", status_code=201, responses=problems(NotFound))
async def set_one_cap(asked: CapCreate, caller: MembersCaller, unit: Unit) -> CapView:
    """Cap what a key, a member, a film or the organisation spends. What is submitted beyond it is refused."""
    _refuse_own(caller, asked.scope, asked.subject_id)
    standing = await put_cap(
        unit,
        org_id=caller.org_id,
        scope=asked.scope,
        subject_id=asked.subject_id,
        period=asked.period,
        micro_credits=_micro(asked.limit),
    )
    return CapView.of(standing)


@router.get("/caps/{cap_id}", name="get_cap", responses=problems(NotFound))
async def read_cap(cap_id: CapId, caller: MembersCaller, unit: ReadUnit) -> CapView:
    """One cap."""
    return CapView.of(await find_cap(unit, org_id=caller.org_id, cap_id=cap_id))


@router.patch("/caps/{cap_id}", name="update_cap", responses=problems(NotFound))
async def change_one_cap(cap_id: CapId, asked: CapChange, caller: MembersCaller, unit: Unit) -> CapView:
    """Raise or lower a cap. Below what is spent already it stops everything new."""
    await _find_other(unit, caller, cap_id)
    return CapView.of(await change_cap(unit, org_id=caller.org_id, cap_id=cap_id, micro_credits=_micro(asked.limit)))


@router.delete("/caps/{cap_id}", name="delete_cap", status_code=204, responses=problems(NotFound))
async def remove_one_cap(cap_id: CapId, caller: MembersCaller, unit: Unit) -> None:
    """Remove a cap."""
    await _find_other(unit, caller, cap_id)
    await remove_cap(unit, org_id=caller.org_id, cap_id=cap_id)


async def _find_other(session: AsyncSession, caller: Caller, cap_id: str) -> None:
    """Raises NotFound, ScopeMissing."""
    cap = (await find_cap(session, org_id=caller.org_id, cap_id=cap_id)).cap
    _refuse_own(caller, cap.scope, cap.subject_id)


def _refuse_own(caller: Caller, scope: str, subject_id: str | None) -> None:
    if caller.key_id is not None and (scope == "organisation" or subject_id == caller.key_id):
        raise ScopeMissing("a key cannot set a cap that stops itself: an owner or admin signs in and does it")


def _micro(credits: float) -> int:
    """Raises InvalidRequest for parts of a millionth."""
    micro_credits = round(credits * MICRO)
    if abs(micro_credits / MICRO - credits) > 1e-9 * max(1.0, credits):
        raise InvalidRequest("limit: credits have six decimals at most", field="limit")
    return micro_credits
