"""The one-time link that signs in the browser of whoever started the studio."""

from __future__ import annotations

from datetime import timedelta

from storage.queries.people import find_owner, get_person, insert_membership
from storage.queries.sessions import find_sign_in_link, insert_sign_in_link, use_sign_in_link
from storage.tenant_scope import enter_tenant
from storage.unit import Database
from studio.auth.people import make_person
from studio.auth.sessions import Visit, begin_session
from studio.auth.tokens import hash_token, new_token
from studio.http.errors import StudioError

VALID_FOR = timedelta(minutes=30)
OWNER_NAME = "Owner of this machine"


class LinkUsed(StudioError):
    """This sign-in link was used before, or has expired."""

    status = 410
    code = "link_used"


async def make_sign_in_link(database: Database, *, org_id: str) -> str:
    """A token for `/welcome?token=…`, for the organisation's owner; an owner is made where there is none yet."""
    token = new_token()
    async with database.write(org_id=org_id) as session:
        owner_id = await find_owner(session, org_id=org_id)
        if owner_id is None:
            owner_id = (await make_person(session, email=None, name=OWNER_NAME)).id
            await insert_membership(session, org_id=org_id, person_id=owner_id, role="owner")
        await insert_sign_in_link(
            session, org_id=org_id, person_id=owner_id, token_sha256=hash_token(token), valid_for=VALID_FOR
        )
    return token


async def welcome(database: Database, *, token: str, visit: Visit) -> str:
    """A session's token for the link's, once. Raises LinkUsed."""
    async with database.write() as session:
        link = await find_sign_in_link(session, token_sha256=hash_token(token))
        if link is not None:
            await enter_tenant(session, link.org_id)
            person = await get_person(session, person_id=link.person_id)
            if person is not None and await use_sign_in_link(
                session, org_id=link.org_id, token_sha256=link.token_sha256
            ):
                return await begin_session(session, person=person, way="link", visit=visit, org_id=link.org_id)
    raise LinkUsed("`dramatis sign-in-link` prints a fresh one")
