"""What an operator looks at over HTTP: accounts of every organisation, and sums over all of them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from storage.queries.billing_holds import list_charges
from storage.queries.billing_ledger import get_balance, list_lots
from storage.queries.billing_prices import list_current_prices, list_prices
from storage.queries.operator_accounts import (
    OrderFilter,
    find_account,
    list_accounts,
    list_all_orders,
    list_owner_addresses,
)
from storage.queries.operator_acts import list_acts
from storage.queries.operator_figures import count_ended, count_failures, sum_money, sum_work
from storage.queries.timestamps import read_clock
from studio.billing.caps import view_caps
from studio.billing.schemas import CapView, LotView
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, problems
from studio.http.pagination import AskedPage, Page, PageAsked, cut_page
from studio.http.timestamps import Timestamp
from studio.operator.access import AllAccounts, OperatorOf, OperatorRoute, look_at_all
from studio.operator.account_views import AccountCharge, AccountDetail, AccountOrderView, AccountView
from studio.operator.act_routes import OrgId
from studio.operator.schemas import Act
from studio.operator.spreadsheet import ExportName, write_table
from studio.operator.views import (
    ActPage,
    EndedLine,
    FailureLine,
    Failures,
    MoneyLine,
    Offer,
    PlanView,
    Revenue,
    SetPrice,
    WorkLine,
)
from studio.organisations.plans import PLANS

router = APIRouter(prefix="/v1/operator", tags=["operator"], route_class=OperatorRoute, responses=problems(NotFound))
MONTH, LONGEST = timedelta(days=30), timedelta(days=366)
MOST_EXPORTED = 100_000
Search = Annotated[str, Query(max_length=200, description="In the name or a member's e-mail address; or an id.")]
OrgFilter = Annotated[str | None, Query(max_length=40, description="Of this organisation alone.")]
Since = Annotated[Timestamp | None, Query(description="From this moment on; thirty days ago where it is left out.")]
Until = Annotated[Timestamp | None, Query(description="Before this moment; now where it is left out.")]
Show = Annotated[OrderFilter, Query(description="attention: disputed, paid with another sum, or credits are owed.")]


@router.get("/organisations", name="list_operator_organisations")
async def read_accounts(unit: AllAccounts, asked: AskedPage, search: Search = "") -> Page[AccountView]:
    """Organisations that pay, newest first."""
    since = await read_clock(unit) - MONTH
    rows = await list_accounts(unit, search=search.strip(), since=since, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    return Page(data=[AccountView.of(row) for row in shown], has_more=more, last_id=shown[-1].id if shown else None)


@router.get("/organisations/{org_id}", name="get_operator_organisation", responses=problems(NotFound))
async def read_account(org_id: OrgId, operator: OperatorOf, database: DatabaseOf) -> AccountDetail:
    """One organisation: balance, caps, owners."""
    async with look_at_all(database, operator) as session:
        row = await find_account(session, org_id=org_id, since=await read_clock(session) - MONTH)
        owners = await list_owner_addresses(session, org_id=org_id)
    if row is None:
        raise NotFound(f"there is no organisation {org_id}")
    async with database.read(org_id=org_id) as session:
        caps = [CapView.of(one) for one in await view_caps(session, org_id=org_id)]
        return AccountDetail.whole(row, await get_balance(session, org_id=org_id), caps, owners)


@router.get("/organisations/{org_id}/lots", name="list_operator_lots")
async def read_account_lots(org_id: OrgId, unit: AllAccounts, asked: AskedPage) -> Page[LotView]:
    """Its credits as they came in, newest first."""
    shown, more = cut_page(await list_lots(unit, org_id=org_id, after=asked.after, limit=asked.fetch), asked)
    return Page(data=[LotView.of(row) for row in shown], has_more=more, last_id=shown[-1].id if shown else None)


@router.get("/organisations/{org_id}/charges", name="list_operator_charges")
async def read_charges(org_id: OrgId, unit: AllAccounts, asked: AskedPage) -> Page[AccountCharge]:
    """What it was charged, newest first."""
    rows = await list_charges(unit, org_id=org_id, after=asked.after, limit=asked.fetch)
    data = [AccountCharge.of(hold, refunded) for hold, refunded in rows[: asked.limit]]
    return Page(data=data, has_more=len(rows) > asked.limit, last_id=data[-1].id if data else None)


@router.get("/orders", name="list_operator_orders")
async def read_orders(
    unit: AllAccounts, asked: AskedPage, show: Show = "all", organisation_id: OrgFilter = None
) -> Page[AccountOrderView]:
    """Orders of every organisation, newest first."""
    rows = await list_all_orders(unit, show=show, org_id=organisation_id, after=asked.after, limit=asked.fetch)
    data = [AccountOrderView.named(order, name) for order, name in rows[: asked.limit]]
    return Page(data=data, has_more=len(rows) > asked.limit, last_id=data[-1].id if data else None)


@router.get("/revenue", name="get_operator_revenue")
async def read_revenue(unit: AllAccounts, since: Since = None, until: Until = None) -> Revenue:
    """Money and charged credits beside seconds of devices, by day and model."""
    end = until or await read_clock(unit)
    begin = since or end - MONTH
    if not timedelta(0) < end - begin <= LONGEST:
        raise InvalidRequest(f"since: lies before `until`, by {LONGEST.days} days at most", field="since")
    work = await sum_work(unit, since=begin, until=end)
    money = await sum_money(unit, since=begin, until=end)
    return Revenue(
        since=begin,
        until=end,
        work=[WorkLine.of(day, item, each) for (day, item), each in work.items()],
        money=[MoneyLine.of(each) for each in money],
    )


@router.get("/failures", name="get_operator_failures")
async def read_failures(unit: AllAccounts) -> Failures:
    """Takes that failed, by code and model, in the last day, week and thirty days."""
    now = await read_clock(unit)
    failed, ended = await count_failures(unit, now=now), await count_ended(unit, now=now)
    return Failures(
        failures=[FailureLine(code=code, model=model, **counts) for (code, model), counts in failed.items()],
        ended=[EndedLine(model=model, **counts) for model, counts in ended.items()],
    )


@router.get("/offer", name="get_operator_offer")
async def read_offer(unit: AllAccounts) -> Offer:
    """Plans, and prices with their history."""
    holding = {price.id for price in await list_current_prices(unit)}
    return Offer(
        plans=[PlanView(**asdict(plan)) for plan in PLANS.values()],
        prices=[SetPrice.noted(price, holds=price.id in holding) for price in await list_prices(unit)],
    )


@router.get("/acts", name="list_operator_acts")
async def read_acts(unit: AllAccounts, asked: AskedPage, organisation_id: OrgFilter = None) -> ActPage:
    """What operators did, newest first: who, what, why."""
    rows = await list_acts(unit, organisation_id=organisation_id, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    return ActPage(data=[Act.of(row) for row in shown], has_more=more, last_id=shown[-1].id if shown else None)


@router.get(
    "/exports/{table}",
    name="export_operator_table",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The table."}},
)
async def export_table(
    table: ExportName,
    unit: AllAccounts,
    search: Search = "",
    show: Show = "all",
    since: Since = None,
    until: Until = None,
) -> Response:
    """A table as CSV, whole: `work` and `money` of a time, `organisations`, `failures`, `orders`."""
    everything = PageAsked(after=None, limit=MOST_EXPORTED)
    match table:
        case "work":
            text = write_table(WorkLine, (await read_revenue(unit, since, until)).work)
        case "money":
            text = write_table(MoneyLine, (await read_revenue(unit, since, until)).money)
        case "organisations":
            text = write_table(AccountView, (await read_accounts(unit, everything, search)).data)
        case "failures":
            text = write_table(FailureLine, (await read_failures(unit)).failures)
        case "orders":
            text = write_table(AccountOrderView, (await read_orders(unit, everything, show)).data)
    saved = {"Content-Disposition": f'attachment; filename="dramatis-{table}.csv"'}
    return Response(text, media_type="text/csv", headers=saved)


@router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], include_in_schema=False)
async def refuse_the_rest(rest: str) -> None:
    """So that a method that is not there tells nobody that the path is."""
    raise HTTPException(404)
