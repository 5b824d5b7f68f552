"""Who is let in: a signed-in person with the operator's flag. To everybody else the routes are not there.

This is the one place from which accounts of all organisations are reached: `look_at_all` and `in_log` name the person
to the database, whose policies ask whether they are an operator (PostgreSQL); before that the flag was read with the
session, anew for every request.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tenant_scope import operator_scope
from storage.unit import Database
from studio.auth.actor import Actor, act_as, address_of
from studio.auth.caller import SESSION_COOKIE
from studio.auth.cookies import read_cookie, refuse_other_sites
from studio.auth.sessions import identify_session, name_of
from studio.http.dependencies import get_database

# As customers' audit logs name them; who it was stands in the operators' own log.
OPERATOR = Actor(None, "the operator")


@dataclass(frozen=True)
class Operator:
    """Who acts, for the operators' log."""

    person_id: str
    name: str
    address: str | None


class OperatorRoute(APIRoute):
    """A route that answers as a path that is not there, before anything of the request is read, unless an operator
    asks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            request.state.operator = await _admit(request)
            return await handle(request)

        return guarded


async def _admit(request: Request) -> Operator:
    """Raises HTTPException (404), CrossSite."""
    token = read_cookie(request)
    if token is None or "authorization" in request.headers:
        raise HTTPException(404)
    signed_in = await identify_session(await get_database(request), token)
    if signed_in is None or not signed_in.person.is_operator:
        raise HTTPException(404)
    refuse_other_sites(request, strict=True)
    act_as(OPERATOR)
    return Operator(signed_in.person.id, name_of(signed_in.person), address_of(request))


async def get_operator(request: Request, _: Annotated[str | None, Depends(SESSION_COOKIE)]) -> Operator:
    """Whom the route let in. What it depends on is for the document."""
    operator: Operator = request.state.operator
    return operator


OperatorOf = Annotated[Operator, Depends(get_operator)]


@asynccontextmanager
async def look_at_all(database: Database, operator: Operator) -> AsyncIterator[AsyncSession]:
    """A unit that reads the accounts of every organisation."""
    async with database.read() as session, operator_scope(session, operator.person_id):
        yield session


@asynccontextmanager
async def in_log(session: AsyncSession, operator: Operator) -> AsyncIterator[None]:
    """In a unit that is a tenant's or nobody's: the operators' log can be read and written."""
    async with operator_scope(session, operator.person_id):
        yield


async def open_accounts(request: Request, operator: OperatorOf) -> AsyncIterator[AsyncSession]:
    """`look_at_all` for routes."""
    async with look_at_all(await get_database(request), operator) as session:
        yield session


AllAccounts = Annotated[AsyncSession, Depends(open_accounts, scope="function")]
