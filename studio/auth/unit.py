"""What routes work with: one unit a request, of the caller's organisation.

`Unit` commits before the reply is sent (scope="function"), so a 201 is never a promise that a failed commit breaks.
A route that needs the network between two transactions takes `DatabaseOf` instead and opens short units itself, each
with the tenant's id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from studio.auth.caller import admit
from studio.http.dependencies import get_database


async def open_unit(request: Request) -> AsyncIterator[AsyncSession]:
    """A write unit: committed when the route returns, rolled back when it raises."""
    caller, database = await admit(request), await get_database(request)
    async with database.write(org_id=caller.org_id) as session:
        yield session


async def open_read_unit(request: Request) -> AsyncIterator[AsyncSession]:
    """A unit that only reads."""
    caller, database = await admit(request), await get_database(request)
    async with database.read(org_id=caller.org_id) as session:
        yield session


Unit = Annotated[AsyncSession, Depends(open_unit, scope="function")]
ReadUnit = Annotated[AsyncSession, Depends(open_read_unit, scope="function")]
