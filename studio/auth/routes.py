"""Signing up, in and out over HTTP; who one is; the sessions that one has."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation
from storage.queries.people import get_person, list_memberships_of
from storage.queries.sessions import choose_organisation, list_sessions
from storage.tables import Person
from storage.unit import Database
from studio.auth.actor import address_of
from studio.auth.browser_sign_in import sign_browser_in
from studio.auth.caller import Caller, CallerOf, SignedInOf, find_signed_in, visit_of
from studio.auth.cookies import (
    CrossSite,
    InsecureSignIn,
    delete_cookie,
    may_sign_in,
    refuse_other_sites,
    require_secure_transport,
)
from studio.auth.password_reset import MailIsOff, PasswordResetGone, ask_for_reset, reset_password
from studio.auth.people import EmailTaken, SignInRefused, SignUpClosed, change_password, sign_in, sign_up
from studio.auth.post import PostOf
from studio.auth.schemas import (
    Me,
    OrganisationChosen,
    OwnOrganisation,
    PasswordChange,
    PasswordChosen,
    PasswordResetAsked,
    PersonView,
    SessionList,
    SessionView,
    SignIn,
    SignInOptions,
    SignUp,
)
from studio.auth.sessions import (
    NoOrganisation,
    SignedIn,
    end_session,
)
from studio.auth.sign_in_limits import TooManyTries
from studio.auth.sign_in_link import LinkUsed, welcome
from studio.config import Settings
from studio.http.dependencies import DatabaseOf
from studio.http.errors import NotFound, Unauthenticated, problems
from studio.http.openapi import followed
from studio.http.origin import own_origin
from studio.organisations.invitations import InvitationForAnother, InvitationGone
from studio.organisations.roles import Role, scopes_of_role
from studio.organisations.schemas import OrganisationView

router = APIRouter(tags=["people"])
_OWN = problems(Unauthenticated, CrossSite)


async def guard_sign_in(request: Request) -> None:
    """Raises InsecureSignIn where a session could be overheard, CrossSite for another site's page."""
    require_secure_transport(request)
    refuse_other_sites(request, strict=False)


async def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsOf = Annotated[Settings, Depends(settings_of)]
GuardedSignIn = Depends(guard_sign_in)


@router.get("/v1/sign-in-options")
async def get_sign_in_options(request: Request, settings: SettingsOf, post: PostOf) -> SignInOptions:
    """How one may sign in here."""
    oidc = settings.oidc_name if settings.oidc_issuer is not None else None
    return SignInOptions(
        password=True, sign_up=settings.sign_up, oidc=oidc, safe=may_sign_in(request), mail=post is not None
    )


@router.post(
    "/v1/people",
    status_code=201,
    dependencies=[GuardedSignIn],
    responses=problems(
        SignUpClosed, CrossSite, InsecureSignIn, EmailTaken, InvitationGone, InvitationForAnother, TooManyTries,
    ),
)  # fmt: skip
async def create_person(
    asked: SignUp, request: Request, response: Response, database: DatabaseOf, settings: SettingsOf
) -> Me:
    """Sign up, and be signed in: with a new organisation, or by an invitation into the one that invites."""
    if not settings.sign_up and asked.invitation is None:
        raise SignUpClosed("ask a member for an invitation")
    token = await sign_up(
        database,
        email=asked.email,
        password=asked.password.get_secret_value(),
        name=asked.name,
        organisation=asked.organisation,
        invitation=asked.invitation,
        visit=visit_of(request),
    )
    return await _let_in(request, response, database, token)


@router.post(
    "/v1/sessions",
    status_code=201,
    dependencies=[GuardedSignIn],
    responses=problems(SignInRefused, NoOrganisation, CrossSite, InsecureSignIn, TooManyTries),
)
async def create_session(asked: SignIn, request: Request, response: Response, database: DatabaseOf) -> Me:
    """Sign in with a password. The session that this browser had ends; the new one has a token of its own."""
    token = await sign_in(
        database, email=asked.email, password=asked.password.get_secret_value(), visit=visit_of(request)
    )
    return await _let_in(request, response, database, token)


@router.get("/v1/sessions", name="list_sessions", responses=_OWN)
async def get_sessions(signed_in: SignedInOf, database: DatabaseOf) -> SessionList:
    """Where one is signed in."""
    async with database.read() as session:
        rows = await list_sessions(session, person_id=signed_in.person.id)
    return SessionList(
        data=[
            SessionView(
                id=row.id,
                current=row.id == signed_in.row.id,
                way=row.way,
                address=row.address,
                browser=row.browser,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                expires_at=row.expires_at,
            )
            for row in rows
        ]
    )


@router.delete("/v1/sessions/current", status_code=204, responses=_OWN)
async def delete_current_session(
    signed_in: SignedInOf, request: Request, response: Response, database: DatabaseOf
) -> None:
    """Sign out."""
    async with database.write(org_id=signed_in.org_id) as session:
        await end_session(session, signed_in, signed_in.row.id)
    delete_cookie(request, response)


@router.delete("/v1/sessions/{session_id}", status_code=204, responses=_OWN | problems(NotFound))
async def delete_session(session_id: str, signed_in: SignedInOf, database: DatabaseOf) -> None:
    """Sign another browser out: its next request is refused."""
    async with database.write(org_id=signed_in.org_id) as session:
        if not await end_session(session, signed_in, session_id):
            raise NotFound(f"you have no session {session_id}")


@router.get("/v1/me")
async def get_me(caller: CallerOf, database: DatabaseOf) -> Me:
    """Who calls, in which organisation and with which role."""
    async with database.read(org_id=caller.org_id) as session:
        return await _show_caller(session, caller)


@router.put("/v1/me/organisation", responses=_OWN | problems(NotFound))
async def switch_organisation(asked: OrganisationChosen, signed_in: SignedInOf, database: DatabaseOf) -> Me:
    """Look at another of one's organisations, in this browser."""
    role = next((one.role for one, _ in signed_in.memberships if one.org_id == asked.organisation_id), None)
    if role is None:
        raise NotFound(f"you are a member of no organisation {asked.organisation_id}")
    async with database.write(org_id=asked.organisation_id) as session:
        await choose_organisation(
            session, person_id=signed_in.person.id, session_id=signed_in.row.id, org_id=asked.organisation_id
        )
    return show_me(signed_in, asked.organisation_id, cast(Role, role))


@router.put(
    "/v1/me/password",
    name="change_password",
    status_code=204,
    responses=problems(Unauthenticated, SignInRefused, CrossSite, TooManyTries),
)
async def put_password(asked: PasswordChange, signed_in: SignedInOf, request: Request, database: DatabaseOf) -> None:
    """Change one's password; every other browser is signed out."""
    await change_password(
        database,
        signed_in,
        current=asked.current.get_secret_value(),
        fresh=asked.fresh.get_secret_value(),
        address=address_of(request),
    )


@router.post(
    "/v1/password-resets",
    status_code=202,
    dependencies=[GuardedSignIn],
    responses=problems(MailIsOff, CrossSite, InsecureSignIn, TooManyTries),
)
async def create_password_reset(
    asked: PasswordResetAsked, request: Request, database: DatabaseOf, post: PostOf
) -> None:
    """Mail a one-time link for a new password. The reply is the same whether anybody has this address or not."""
    await ask_for_reset(
        database,
        post,
        origin=own_origin(request),
        email=asked.email,
        language=asked.language,
        address=address_of(request),
    )


@router.post(
    "/v1/password-resets/use",
    status_code=204,
    dependencies=[GuardedSignIn],
    responses=problems(PasswordResetGone, CrossSite, InsecureSignIn, TooManyTries),
)
async def choose_password(asked: PasswordChosen, request: Request, database: DatabaseOf) -> None:
    """Set the password of whoever the link was mailed to, once; every session of theirs ends."""
    await reset_password(
        database, token=asked.token, password=asked.password.get_secret_value(), address=address_of(request)
    )


@router.get(
    "/welcome",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=[Depends(require_secure_transport)],
    responses=followed("the studio's page", "text/html") | problems(LinkUsed, InsecureSignIn),
)
async def open_welcome_link(
    request: Request,
    database: DatabaseOf,
    signed_in: Annotated[SignedIn | None, Depends(find_signed_in)],
    token: Annotated[str, Query(min_length=1, max_length=200)],
) -> RedirectResponse:
    """Sign this browser in by the one-time link that `dramatis run` printed, and go to the studio."""
    home = RedirectResponse("/", 303)
    try:
        made = await welcome(database, token=token, visit=visit_of(request))
    except LinkUsed:
        if signed_in is None:
            raise
        return home  # the link was clicked twice: they are in
    await sign_browser_in(request, home, database, made)
    return home


def show_me(signed_in: SignedIn, org_id: str, role: Role) -> Me:
    """A signed-in person, looking at `org_id`."""
    person = signed_in.person
    organisations = [
        OwnOrganisation(**OrganisationView.of(each).model_dump(), role=cast(Role, membership.role))
        for membership, each in signed_in.memberships
    ]
    chosen = next(each for each in organisations if each.id == org_id)
    return Me(
        person=_show_person(person),
        organisation=OrganisationView(**chosen.model_dump(exclude={"role"})),
        role=role,
        organisations=organisations,
        scopes=_sorted(scopes_of_role(role)),
    )


async def _let_in(request: Request, response: Response, database: Database, token: str) -> Me:
    """Let the browser in, and say who it is now."""
    signed_in = await sign_browser_in(request, response, database, token)
    return show_me(signed_in, signed_in.org_id, signed_in.role)


async def _show_caller(session: AsyncSession, caller: Caller) -> Me:
    organisation = await get_organisation(session, org_id=caller.org_id)
    if organisation is None:
        raise Unauthenticated("the organisation is gone")
    own = OrganisationView.of(organisation)
    organisations = [OwnOrganisation(**own.model_dump(), role=caller.role)]
    person = None
    if caller.person_id is not None:
        found = await get_person(session, person_id=caller.person_id)
        if found is not None:
            person = _show_person(found)
        memberships = await list_memberships_of(session, person_id=caller.person_id)
        organisations = [
            OwnOrganisation(**OrganisationView.of(each).model_dump(), role=cast(Role, one.role))
            for one, each in memberships
        ]
    return Me(
        person=person,
        organisation=own,
        role=caller.role,
        organisations=organisations,
        scopes=_sorted(caller.scopes),
    )


def _show_person(person: Person) -> PersonView:
    return PersonView(
        id=person.id,
        name=person.name,
        email=person.email,
        has_password=person.password_hash is not None,
        is_operator=person.is_operator,
    )


def _sorted(scopes: Collection[str]) -> list[str]:
    return sorted(scopes)
