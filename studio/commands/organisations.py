"""`dramatis organisations`: which there are, and on which plan; in the database itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.table import Table

from storage.queries.accounts import get_organisation, set_plan_name, sum_stored_bytes
from storage.queries.standing import count_queued
from storage.queries.tenants import each_tenant
from studio.commands.console import err, out, refuse
from studio.commands.local_database import local_database
from studio.organisations.plans import PLANS, plan_of


def list_organisations(data: Path | None) -> None:
    """Print every organisation with its plan, what waits, and what is stored."""

    async def listed() -> Table:
        table = Table("name", "plan", "waiting", "stored", box=None)
        table.add_column("id", no_wrap=True)  # last, whole: it is what `plan` is given
        async with local_database(data) as (database, _), database.read() as session:
            async for org_id in each_tenant(session):
                organisation = await get_organisation(session, org_id=org_id)
                plan = await plan_of(session, org_id=org_id)
                waiting = await count_queued(session, org_id=org_id, at_most=plan.queued_jobs)
                stored = await sum_stored_bytes(session, org_id=org_id)
                name = organisation.name if organisation is not None else ""
                table.add_row(name, plan.name, f"{waiting}/{plan.queued_jobs}", f"{stored / 2**20:,.0f} MiB", org_id)
        return table

    out.print(asyncio.run(listed()))


def set_plan(data: Path | None, org_id: str, plan: str) -> None:
    """Put an organisation on a plan."""
    if plan not in PLANS:
        raise refuse(f"there is no plan {plan!r}; there are: {', '.join(PLANS)}")

    async def put() -> bool:
        async with local_database(data) as (database, _), database.write(org_id=org_id) as session:
            return await set_plan_name(session, org_id=org_id, plan=plan)

    if not asyncio.run(put()):
        raise refuse(f"there is no organisation {org_id}; `dramatis organisations list` shows those that there are")
    err.print(f"{org_id} is on the plan {plan}", markup=False)
