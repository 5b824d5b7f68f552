"""`dramatis pools`: nodes of an organisation's own; in the database itself."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from rich.table import Table

from storage.queries.accounts import get_organisation
from storage.queries.pools import (
    assign_pool,
    count_nodes,
    delete_pool,
    find_owner,
    insert_pool,
    list_pools,
    move_waiting_takes,
)
from storage.unit import Database
from studio.commands.console import err, out, refuse
from studio.commands.local_database import local_database
from studio.queue.durable import SHARED
from studio.queue.release import release_takes

NAME = re.compile(r"[a-z][a-z0-9-]{0,38}")


def show_pools(data: Path | None) -> None:
    """Print every pool with its organisation and its nodes."""

    async def listed() -> Table:
        table = Table("pool", "nodes", box=None)
        table.add_column("organisation", no_wrap=True)
        async with local_database(data) as (database, _), database.read() as session:
            for name in await list_pools(session):
                owner = "everybody's" if name == SHARED else await find_owner(session, pool=name) or "nobody's"
                table.add_row(name, str(await count_nodes(session, pool=name)), owner)
        return table

    out.print(asyncio.run(listed()))


def create_pool(data: Path | None, name: str) -> None:
    """Make a pool, to be assigned to an organisation and to be named by its nodes."""
    if NAME.fullmatch(name) is None:
        raise refuse("a pool's name is up to 39 of a-z, 0-9 and '-', and begins with a letter")

    async def create() -> bool:
        async with local_database(data) as (database, _), database.write() as session:
            return await insert_pool(session, name=name)

    if not asyncio.run(create()):
        raise refuse(f"there is a pool {name} already")
    err.print(f"there is a pool {name}: start its nodes with `dramatis node --pool {name} …`", markup=False)


def assign(data: Path | None, name: str, org_id: str) -> None:
    """Give a pool to an organisation, all of whose takes go there from now on, and those that wait."""
    asyncio.run(_assign(data, name, org_id))
    err.print(f"the takes of {org_id} go to the pool {name}", markup=False)


async def _assign(data: Path | None, name: str, org_id: str) -> None:
    async with local_database(data) as (database, _):
        async with database.read() as session:
            owner = await find_owner(session, pool=name)
            known = name in await list_pools(session)
        if name == SHARED:
            await _move(database, org_id, None)
            return
        if not known:
            raise refuse(f"there is no pool {name}; `dramatis pools create {name}` makes it")
        if owner not in (None, org_id):
            raise refuse(f"the pool {name} is {owner}'s: `dramatis pools assign shared {owner}` takes it back")
        await _move(database, org_id, name)


async def _move(database: Database, org_id: str, pool: str | None) -> None:
    """What renders goes on where it is."""
    async with database.write(org_id=org_id) as session:
        if await get_organisation(session, org_id=org_id) is None:
            raise refuse(f"there is no organisation {org_id}; `dramatis organisations list` shows those that there are")
        await assign_pool(session, org_id=org_id, pool=pool)
        await move_waiting_takes(session, org_id=org_id, pool=pool or SHARED)
        await release_takes(session, org_id=org_id)


def remove_pool(data: Path | None, name: str) -> None:
    """Remove a pool; what waits for it goes to the shared one. Its nodes have nothing to do any more."""
    if name == SHARED:
        raise refuse("the shared pool stays")

    async def remove() -> bool:
        async with local_database(data) as (database, _):
            async with database.read() as session:
                owner = await find_owner(session, pool=name)
            if owner is not None:
                await _move(database, owner, None)
            async with database.write() as session:
                return await delete_pool(session, name=name)

    if not asyncio.run(remove()):
        raise refuse(f"there is no pool {name}; `dramatis pools list` shows those that there are")
    err.print(f"the pool {name} is no more", markup=False)
