"""The stores that the application was started with, as routes find them.

Dependencies are coroutines, here and everywhere: FastAPI sends a plain function to a thread, at every request.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from storage.objects import Objects
from storage.unit import Database
from studio.http.origin import own_origin


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_objects(request: Request) -> Objects:
    """The bucket, with links for whoever asks: an embedded one is reached where the studio is."""
    objects: Objects = request.app.state.objects
    return objects if request.app.state.store_proxy is None else objects.passed_through(own_origin(request))


DatabaseOf = Annotated[Database, Depends(get_database)]
ObjectsOf = Annotated[Objects, Depends(get_objects)]
