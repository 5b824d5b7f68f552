"""What routes work with: one unit a request, and the stores that the application was started with.

`Unit` commits before the reply is sent (scope="function"), so a 201 is never a promise that a failed commit breaks.
A route that needs the network between two transactions takes `DatabaseOf` instead and opens short units itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import Objects
from storage.unit import Database


def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def get_objects(request: Request) -> Objects:
    objects: Objects = request.app.state.objects
    return objects


DatabaseOf = Annotated[Database, Depends(get_database)]
ObjectsOf = Annotated[Objects, Depends(get_objects)]


async def open_unit(database: DatabaseOf) -> AsyncIterator[AsyncSession]:
    """A write unit: committed when the route returns, rolled back when it raises."""
    async with database.write() as session:
        yield session


async def open_read_unit(database: DatabaseOf) -> AsyncIterator[AsyncSession]:
    """A unit that only reads."""
    async with database.read() as session:
        yield session


Unit = Annotated[AsyncSession, Depends(open_unit, scope="function")]
ReadUnit = Annotated[AsyncSession, Depends(open_read_unit, scope="function")]
