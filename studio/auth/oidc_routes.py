"""Signing in at the identity provider over HTTP: there and back."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse

from studio.auth.browser_sign_in import sign_browser_in
from studio.auth.caller import visit_of
from studio.auth.cookies import (
    InsecureSignIn,
    delete_cookie,
    read_cookie,
    require_secure_transport,
    set_cookie,
)
from studio.auth.oidc import ANSWER_WITHIN, OidcProvider, OidcRefused, OidcUnavailable, finish_oidc
from studio.auth.people import EmailTaken, SignUpClosed
from studio.auth.routes import SettingsOf
from studio.auth.sessions import NoOrganisation
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, StudioError, problems
from studio.http.openapi import followed
from studio.http.origin import own_origin
from studio.organisations.invitations import InvitationForAnother, InvitationGone, MemberAlready

router = APIRouter(prefix="/oidc", tags=["people"])
STATE = "_oidc"


async def provider_of(request: Request) -> OidcProvider:
    """Raises NotFound where none is configured."""
    provider: OidcProvider | None = request.app.state.oidc
    if provider is None:
        raise NotFound("no identity provider is configured here")
    return provider


# A path of our own, never another site's: browsers read `//host` and `/\\host` as a host, and drop tabs and line ends.
OwnPath = Annotated[
    str,
    Query(
        alias="next",
        max_length=1000,
        pattern=r"^/([^/\\\x00-\x20][^\\\x00-\x1f]*)?$",
        description="Where in the studio to go once signed in.",
    ),
]
ProviderOf = Annotated[OidcProvider, Depends(provider_of)]


@router.get(
    "/start",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[Depends(require_secure_transport)],
    responses=followed("the provider's page", "text/html") | problems(NotFound, InsecureSignIn, OidcUnavailable),
)
async def start_oidc_sign_in(
    request: Request,
    database: DatabaseOf,
    provider: ProviderOf,
    invitation: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    next_path: OwnPath = "/",
) -> RedirectResponse:
    """Send the browser to the identity provider."""
    url, state = await provider.start(database, redirect_uri=_back(request), invitation=invitation, next_path=next_path)
    there = RedirectResponse(url, 303)
    set_cookie(request, there, state, max_age_s=int(ANSWER_WITHIN.total_seconds()), purpose=STATE)
    return there


@router.get(
    "/callback",
    status_code=303,
    response_class=RedirectResponse,
    responses=followed("the studio's page", "text/html") | problems(
        NotFound, OidcRefused, OidcUnavailable, EmailTaken, SignUpClosed, NoOrganisation, InvitationGone,
        InvitationForAnother, MemberAlready, InvalidRequest,
    ),
)  # fmt: skip
async def finish_oidc_sign_in(
    request: Request,
    database: DatabaseOf,
    provider: ProviderOf,
    settings: SettingsOf,
    state: Annotated[str, Query(min_length=1, max_length=200)],
    code: Annotated[str | None, Query(max_length=4000)] = None,
) -> RedirectResponse:
    """Where the identity provider sends the browser back to: signs it in, and goes to the studio.

    Where that is refused, a browser that shows pages goes to the one for signing in, which says why in words.
    """
    try:
        _require_own(request, state)
        if code is None:
            raise OidcRefused("the identity provider let nobody in: sign in again")
        arrival = await finish_oidc(
            database,
            provider,
            state=state,
            code=code,
            redirect_uri=_back(request),
            visit=visit_of(request),
            sign_up=settings.sign_up,
        )
    except StudioError as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return RedirectResponse(f"/sign-in?refused={error.code}", 303)
    there = RedirectResponse(arrival.next_path, 303)
    await sign_browser_in(request, there, database, arrival.token)
    delete_cookie(request, there, STATE)
    return there


def _require_own(request: Request, state: str) -> None:
    kept = read_cookie(request, STATE)
    if kept is None or not secrets.compare_digest(kept.encode(), state.encode()):
        raise OidcRefused("this browser did not begin that sign-in: begin it again")


def _back(request: Request) -> str:
    return f"{own_origin(request)}/oidc/callback"
