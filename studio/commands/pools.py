"""`dramatis pools`: nodes of an organisation's own; in the database itself."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Collection
from pathlib import Path

from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation
from storage.queries.pools import (
    count_nodes,
    delete_pool,
    find_owner,
    insert_pool,
    list_pools,
    move_waiting_takes,
    own_pool,
    set_usual_pool,
    unchoose_pools,
)
from storage.queries.standing import get_standing
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
    """Give a pool to an organisation, whose usual one it is from now on, and that of what waits; `shared`: take all
    pools of the organisation back."""
    asyncio.run(_assign(data, name, org_id))
    err.print(f"the takes of {org_id} go to the pool {name}", markup=False)


async def _assign(data: Path | None, name: str, org_id: str) -> None:
    async with local_database(data) as (database, _):
        async with database.read() as session:
            owner = await find_owner(session, pool=name)
            known = name in await list_pools(session)
        if name == SHARED:
            await _take_back(database, org_id)
            return
        if not known:
            raise refuse(f"there is no pool {name}; `dramatis pools create {name}` makes it")
        if owner not in (None, org_id):
            raise refuse(f"the pool {name} is {owner}'s: `dramatis pools assign shared {owner}` takes it back")
        async with _of_organisation(database, org_id) as session:
            usual = (await get_standing(session, org_id=org_id)).choice.pool
            await own_pool(session, pool=name, owner=org_id)
            await _move(session, org_id, name, before=[usual or SHARED])


async def _take_back(database: Database, org_id: str) -> None:
    async with _of_organisation(database, org_id) as session:
        pools = (await get_standing(session, org_id=org_id)).choice.pools
        for pool in pools:
            await own_pool(session, pool=pool, owner=None)
        await unchoose_pools(session, org_id=org_id, pools=pools)
        await _move(session, org_id, None, before=pools)


@contextlib.asynccontextmanager
async def _of_organisation(database: Database, org_id: str) -> AsyncIterator[AsyncSession]:
    async with database.write(org_id=org_id) as session:
        if await get_organisation(session, org_id=org_id) is None:
            raise refuse(f"there is no organisation {org_id}; `dramatis organisations list` shows those that there are")
        yield session


async def _move(session: AsyncSession, org_id: str, usual: str | None, before: Collection[str]) -> None:
    """Takes that wait in the pools `before` go to the usual one of now; what renders goes on where it is."""
    await set_usual_pool(session, org_id=org_id, pool=usual)
    await move_waiting_takes(session, org_id=org_id, pool=usual or SHARED, before=before)
    await release_takes(session, org_id=org_id)


async def _leave(database: Database, org_id: str, pool: str) -> None:
    async with _of_organisation(database, org_id) as session:
        usual = (await get_standing(session, org_id=org_id)).choice.pool
        await own_pool(session, pool=pool, owner=None)
        await unchoose_pools(session, org_id=org_id, pools=[pool])
        await _move(session, org_id, None if usual == pool else usual, before=[pool])


def remove_pool(data: Path | None, name: str) -> None:
    """Remove a pool; what waits for it goes to its owner's usual one. Its nodes have nothing to do any more."""
    if name == SHARED:
        raise refuse("the shared pool stays")

    async def remove() -> bool:
        async with local_database(data) as (database, _):
            async with database.read() as session:
                owner = await find_owner(session, pool=name)
            if owner is not None:
                await _leave(database, owner, name)
            async with database.write() as session:
                return await delete_pool(session, name=name)

    if not asyncio.run(remove()):
        raise refuse(f"there is no pool {name}; `dramatis pools list` shows those that there are")
    err.print(f"the pool {name} is no more", markup=False)
