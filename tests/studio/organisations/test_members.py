"""Members: invited by a one-time link, given roles, taken out; an owner always stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
from fastapi import FastAPI
from sqlalchemy import select, update

from storage.queries.timestamps import instant_after
from storage.tables import Invitation
from storage.unit import Database
from tests.studio.conftest import Tenant, add_person, open_browser, sign_in_as

GRACE = {"email": "grace@example.com", "role": "editor"}


async def invite(browser: httpx.AsyncClient, **more: str) -> str:
    """The token of a new invitation's link."""
    made = await browser.post("/v1/invitations", json=GRACE | more)
    assert made.status_code == 201, made.text
    parts = urlsplit(made.json()["url"])
    assert parts.path == "/join"
    return parse_qs(parts.query)["token"][0]


async def join(app: FastAPI, token: str, email: str = "grace@example.com") -> httpx.Response:
    body = {"email": email, "password": "a long sentence", "name": "Grace", "invitation": token}
    browser = open_browser(app)
    reply = await browser.post("/v1/people", json=body)
    reply.extensions["browser"] = browser
    return reply


async def test_who_is_invited_signs_up_into_the_organisation_once(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    owner = await sign_in_as(app, await add_person(database, tenant.org_id, "owner"))
    token = await invite(owner)
    async with database.read(org_id=tenant.org_id) as session:
        row = (await session.scalars(select(Invitation))).one()
    assert token not in (row.token_sha256, row.id)
    offer = (await open_browser(app).post("/v1/invitations/inspect", json={"token": token})).json()
    assert (offer["email"], offer["organisation"], offer["role"]) == ("grace@example.com", "A", "editor")
    wrong = await join(app, token, "mallory@example.com")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "invitation_for_another")
    joined = await join(app, token)
    assert joined.status_code == 201, joined.text
    assert (joined.json()["organisation"]["id"], joined.json()["role"]) == (tenant.org_id, "editor")
    again = await open_browser(app).post("/v1/invitations/inspect", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (410, "invitation_gone")
    assert (await owner.get("/v1/invitations")).json()["data"] == []
    members = (await owner.get("/v1/members")).json()["data"]
    assert [(one["email"], one["role"]) for one in members] == [(None, "owner"), ("grace@example.com", "editor")]
    assert (await owner.get(f"/v1/members/{members[1]['id']}")).json() == members[1]


async def test_a_person_accepts_by_signing_in(app: FastAPI, tenant: Tenant, database: Database) -> None:
    token = await invite(tenant.http, email="Ada@example.com")
    browser = open_browser(app)
    body = {"email": "ada@example.com", "password": "a long sentence", "name": "Ada", "organisation": "Own"}
    await browser.post("/v1/people", json=body)
    accepted = await browser.post("/v1/invitations/accept", json={"token": token})
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["organisation"]["id"] == tenant.org_id
    assert [one["name"] for one in accepted.json()["organisations"]] == ["Own", "A"]
    second = await invite(tenant.http, email="ada@example.com")
    twice = await browser.post("/v1/invitations/accept", json={"token": second})
    assert (twice.status_code, twice.json()["code"]) == (409, "member_already")
    stranger = await sign_in_as(app, await add_person(database, tenant.org_id, "viewer", "v@example.com"))
    theirs = await stranger.post("/v1/invitations/accept", json={"token": second})
    assert theirs.json()["code"] == "invitation_for_another"


async def test_invitations_expire_and_are_revoked(app: FastAPI, tenant: Tenant, database: Database) -> None:
    late, revoked = await invite(tenant.http), await invite(tenant.http)
    listed = (await tenant.http.get("/v1/invitations")).json()["data"]
    assert (await tenant.http.delete(f"/v1/invitations/{listed[0]['id']}")).status_code == 204
    assert (await tenant.http.delete(f"/v1/invitations/{listed[0]['id']}")).status_code == 404
    async with database.write(org_id=tenant.org_id) as session:
        past = await instant_after(session, -timedelta(seconds=1))
        await session.execute(update(Invitation).where(Invitation.id == listed[1]["id"]).values(expires_at=past))
    for token in (late, revoked):
        assert (await join(app, token)).status_code == 410


async def test_of_many_who_use_an_invitation_at_once_one_joins(app: FastAPI, tenant: Tenant) -> None:
    token = await invite(tenant.http)
    replies = await asyncio.gather(*(join(app, token) for _ in range(6)))
    assert sorted({reply.status_code for reply in replies}) in ([201, 409], [201, 410], [201, 409, 410])
    assert sum(reply.status_code == 201 for reply in replies) == 1
    assert len((await tenant.http.get("/v1/members")).json()["data"]) == 1


async def test_nobody_rises_above_themselves(app: FastAPI, tenant: Tenant, database: Database) -> None:
    owner_id = await add_person(database, tenant.org_id, "owner")
    admin_id = await add_person(database, tenant.org_id, "admin")
    admin = await sign_in_as(app, admin_id)
    for reply in (
        await admin.patch(f"/v1/members/{admin_id}", json={"role": "owner"}),
        await admin.patch(f"/v1/members/{owner_id}", json={"role": "viewer"}),
        await admin.delete(f"/v1/members/{owner_id}"),
        await admin.post("/v1/invitations", json=GRACE | {"role": "owner"}),
        await tenant.http.patch(f"/v1/members/{admin_id}", json={"role": "owner"}),
    ):
        assert (reply.status_code, reply.json()["code"]) == (403, "role_insufficient")
    owner = await sign_in_as(app, owner_id)
    assert (await owner.patch(f"/v1/members/{admin_id}", json={"role": "owner"})).json()["role"] == "owner"
    assert (await admin.get("/v1/me")).json()["role"] == "owner", "at once"


async def test_the_last_owner_stays(app: FastAPI, tenant: Tenant, database: Database) -> None:
    owner_id = await add_person(database, tenant.org_id, "owner")
    owner = await sign_in_as(app, owner_id)
    for reply in (
        await owner.patch(f"/v1/members/{owner_id}", json={"role": "admin"}),
        await owner.delete(f"/v1/members/{owner_id}"),
    ):
        assert (reply.status_code, reply.json()["code"]) == (409, "last_owner")
    second_id = await add_person(database, tenant.org_id, "owner")
    second = await sign_in_as(app, second_id)
    both = await asyncio.gather(owner.delete(f"/v1/members/{second_id}"), second.delete(f"/v1/members/{owner_id}"))
    assert sum(reply.status_code == 204 for reply in both) == 1, "two owners who remove each other leave one"
    roles = [one["role"] for one in (await tenant.http.get("/v1/members")).json()["data"]]
    assert roles == ["owner"]


async def test_who_is_taken_out_is_out_with_the_next_request(app: FastAPI, tenant: Tenant, database: Database) -> None:
    person_id = await add_person(database, tenant.org_id, "editor")
    browser = await sign_in_as(app, person_id)
    assert (await browser.get("/v1/projects")).status_code == 200
    assert (await tenant.http.delete(f"/v1/members/{person_id}")).status_code == 204
    assert (await browser.get("/v1/projects")).status_code == 401


async def test_the_organisation_is_renamed(app: FastAPI, tenant: Tenant, database: Database) -> None:
    admin = await sign_in_as(app, await add_person(database, tenant.org_id, "admin"))
    assert (await admin.patch("/v1/organisation", json={"name": "Ada & Grace"})).json()["name"] == "Ada & Grace"
    assert (await tenant.http.get("/v1/organisation")).json()["name"] == "Ada & Grace"
