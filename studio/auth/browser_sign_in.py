"""A browser is let in: it gets its cookie, and who hears of it may prepare what they will see first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request, Response

from storage.unit import Database
from studio.auth.cookies import set_cookie
from studio.auth.sessions import VALID_FOR, SignedIn, identify_session
from studio.http.errors import InternalError

Greeting = Callable[[str], Awaitable[None]]
"""Is told the id of the organisation that somebody enters. Raises nothing."""


async def no_sample_project(org_id: str) -> None:
    """There is nothing to prepare."""


async def sign_browser_in(request: Request, response: Response, database: Database, token: str) -> SignedIn:
    """Give the browser its cookie and greet whoever it is."""
    set_cookie(request, response, token, max_age_s=int(VALID_FOR.total_seconds()))
    signed_in = await identify_session(database, token)
    if signed_in is None:
        raise InternalError("a session ended before it began")
    greet: Greeting = request.app.state.greet
    await greet(signed_in.org_id)
    return signed_in
