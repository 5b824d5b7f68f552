"""Signing up, in and out: what is kept of a password and a session, what is refused, and how often one may try."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Literal

import argon2
import httpx
import pytest
from fastapi import FastAPI
from pydantic import HttpUrl
from sqlalchemy import select, update

from storage.queries.people import insert_membership
from storage.queries.sessions import list_sessions
from storage.queries.timestamps import instant_after
from storage.tables import Person, Session, SignInLink
from storage.tenant_scope import set_person_scope
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.app import create_app
from studio.auth import passwords
from studio.auth.sign_in_limits import MOST_BY_ACCOUNT, MOST_BY_ADDRESS, sweep_sessions
from studio.auth.sign_in_link import make_sign_in_link
from studio.config import Settings
from tests.studio.conftest import Tenant, open_browser, open_client, sign_in_as

PASSWORD = "a long sentence"
ADA = {"email": "Ada@Example.com", "password": PASSWORD, "name": "Ada", "organisation": "Ada's studio"}
KEY = {"email": "ada@example.com", "password": PASSWORD}


async def sign_up(app: FastAPI, **more: object) -> httpx.AsyncClient:
    browser = open_browser(app)
    reply = await browser.post("/v1/people", json=ADA | more)
    assert reply.status_code == 201, reply.text
    return browser


async def test_who_signs_up_owns_a_new_organisation_and_is_signed_in(app: FastAPI, database: Database) -> None:
    browser = await sign_up(app)
    me = (await browser.get("/v1/me")).json()
    assert me["person"]["email"] == "ada@example.com"
    assert (me["organisation"]["name"], me["role"]) == ("Ada's studio", "owner")
    assert "members" in me["scopes"]
    assert (await browser.post("/v1/api-keys", json={"name": "app"})).status_code == 201
    async with database.read() as session:
        person = (await session.scalars(select(Person))).one()
        await set_person_scope(session, person.id)
        row = (await session.scalars(select(Session))).one()
    assert person.password_hash is not None
    assert person.password_hash.startswith("$argon2id$")
    assert browser.cookies["dramatis_80"] not in (row.token_sha256, row.id)
    again = await open_browser(app).post("/v1/people", json=ADA)
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


async def test_half_a_character_in_a_password_is_refused(app: FastAPI) -> None:
    browser = await sign_up(app)
    for path, body in (("/v1/sessions", KEY), ("/v1/people", ADA)):
        sent = json.dumps(body | {"password": "\ud800 a long sentence"})
        refused = await browser.post(path, content=sent, headers={"Content-Type": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request"), refused.text


async def test_a_token_is_fresh_with_every_sign_in_and_the_old_one_is_dead(app: FastAPI) -> None:
    browser = await sign_up(app)
    first = browser.cookies["dramatis_80"]
    assert (await browser.post("/v1/sessions", json=KEY)).status_code == 201
    second = browser.cookies["dramatis_80"]
    assert second != first
    thief = open_browser(app)
    thief.cookies.set("dramatis_80", first)
    assert (await thief.get("/v1/me")).status_code == 401
    assert (await browser.delete("/v1/sessions/current")).status_code == 204
    thief.cookies.set("dramatis_80", second)
    assert (await thief.get("/v1/me")).status_code == 401


async def test_sessions_are_listed_and_another_one_is_ended_at_once(app: FastAPI) -> None:
    desk = await sign_up(app)
    phone = open_browser(app)
    phone.headers["User-Agent"] = "a phone"
    assert (await phone.post("/v1/sessions", json=KEY)).status_code == 201
    listed = (await desk.get("/v1/sessions")).json()["data"]
    assert sorted(one["current"] for one in listed) == [False, True]
    lost = next(one for one in listed if one["browser"] == "a phone")
    assert (lost["way"], lost["address"]) == ("password", "127.0.0.1")
    assert (await desk.delete(f"/v1/sessions/{lost['id']}")).status_code == 204
    assert (await phone.get("/v1/me")).status_code == 401
    assert (await desk.delete(f"/v1/sessions/{lost['id']}")).status_code == 404
    stranger = await sign_up(app, email="mallory@example.com")
    own = (await desk.get("/v1/sessions")).json()["data"][0]["id"]
    assert (await stranger.delete(f"/v1/sessions/{own}")).status_code == 404
    assert (await desk.get("/v1/me")).status_code == 200


async def test_a_session_expires_and_is_swept(app: FastAPI, database: Database) -> None:
    browser = await sign_up(app)
    async with database.read() as session:
        (person,) = await session.scalars(select(Person))
    async with database.write() as session:
        await set_person_scope(session, person.id)
        past = await instant_after(session, -timedelta(seconds=1))
        await session.execute(update(Session).where(Session.person_id == person.id).values(expires_at=past))
    assert (await browser.get("/v1/me")).status_code == 401
    await sweep_sessions(database)
    async with database.read() as session:
        await set_person_scope(session, person.id)
        assert (await session.scalars(select(Session))).all() == []
        assert await list_sessions(session, person_id=person.id) == []


async def test_a_changed_password_signs_every_other_browser_out(app: FastAPI) -> None:
    desk = await sign_up(app)
    phone = open_browser(app)
    assert (await phone.post("/v1/sessions", json=KEY)).status_code == 201
    wrong = await desk.put("/v1/me/password", json={"current": "a long lie", "fresh": "another sentence"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")
    assert (await desk.put("/v1/me/password", json={"current": PASSWORD, "fresh": "short"})).status_code == 422
    changed = await desk.put("/v1/me/password", json={"current": PASSWORD, "fresh": "another sentence"})
    assert changed.status_code == 204, changed.text
    assert (await desk.get("/v1/me")).status_code == 200
    assert (await phone.get("/v1/me")).status_code == 401
    assert (await phone.post("/v1/sessions", json=KEY)).status_code == 401
    assert (await phone.post("/v1/sessions", json=KEY | {"password": "another sentence"})).status_code == 201


async def test_a_wrong_password_and_an_unknown_address_look_and_cost_the_same(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[argon2.Parameters] = []  # of each hash that was compared

    class Watched(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            worked.append(argon2.extract_parameters(str(hash)))
            return super().verify(hash, password)

    await sign_up(app)
    monkeypatch.setattr(passwords, "_HASHER", Watched())
    browser = open_browser(app)
    replies = []
    for email in ("ada@example.com", "nobody@example.com"):
        replies.append(await browser.post("/v1/sessions", json={"email": email, "password": "wrong and wrong"}))
    assert [reply.status_code for reply in replies] == [401, 401]
    known, unknown = (reply.json() | {"request_id": None} for reply in replies)
    assert known == unknown
    assert len(worked) == 2, "an unknown address costs a hash as well"
    assert worked[0] == worked[1], "and one of the same parameters"


async def test_tries_are_counted_before_anything_is_hashed_and_over_processes(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_up(app)
    hashed = 0

    def count(password: str, kept: str | None) -> bool:
        nonlocal hashed
        hashed += 1
        return False

    monkeypatch.setattr(passwords, "_check", count)
    second = create_app(app.state.settings)  # another process on the same database
    second.state.database = app.state.database
    browsers = [open_browser(app), open_browser(second)]
    wrong = {"email": "ada@example.com", "password": "wrong and wrong"}
    replies = [await browsers[number % 2].post("/v1/sessions", json=wrong) for number in range(MOST_BY_ACCOUNT + 3)]
    assert [reply.status_code for reply in replies] == [401] * MOST_BY_ACCOUNT + [429] * 3
    assert int(replies[-1].headers["retry-after"]) > 0
    assert hashed == MOST_BY_ACCOUNT
    others = [
        await browsers[0].post("/v1/sessions", json={"email": f"{number}@example.com", "password": "wrong and wrong"})
        for number in range(MOST_BY_ADDRESS)
    ]
    assert others[0].status_code == 401
    assert others[-1].status_code == 429, "one address, whatever account"


async def test_forty_tries_at_once_are_all_counted(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_check", lambda *_: False)
    browser = open_browser(app)
    wrong = {"email": "ada@example.com", "password": "wrong and wrong"}
    replies = await asyncio.gather(*(browser.post("/v1/sessions", json=wrong) for _ in range(40)))
    assert sum(reply.status_code == 401 for reply in replies) == MOST_BY_ACCOUNT


async def test_a_right_password_clears_the_accounts_count(app: FastAPI) -> None:
    browser = await sign_up(app)
    for _ in range(MOST_BY_ACCOUNT - 2):
        await browser.post("/v1/sessions", json=KEY | {"password": "wrong and wrong"})
    assert (await browser.post("/v1/sessions", json=KEY)).status_code == 201
    assert (await browser.post("/v1/sessions", json=KEY | {"password": "wrong and wrong"})).status_code == 401
    assert (await browser.post("/v1/sessions", json=KEY)).status_code == 201


async def test_bad_sign_ups_are_refused_in_words(app: FastAPI) -> None:
    browser = open_browser(app)
    for wrong in (
        {"password": "short"},
        {"email": "nobody"},
        {"name": " "},
        {"organisation": None},
        {"invitation": "x"},
        {"admin": True},
    ):
        reply = await browser.post("/v1/people", json=ADA | wrong)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request"), wrong
        assert "a long sentence" not in reply.text
    gone = await browser.post("/v1/people", json=ADA | {"organisation": None, "invitation": "never was"})
    assert (gone.status_code, gone.json()["code"]) == (410, "invitation_gone")
    assert (await browser.post("/v1/people", json=ADA)).status_code == 201, "a refused sign-up leaves nobody behind"


async def test_sign_up_can_be_closed(app: FastAPI, database: Database) -> None:
    closed = create_app(Settings(data_dir=app.state.settings.data_dir, sign_up=False))
    closed.state.database = database
    browser = open_browser(closed)
    options = (await browser.get("/v1/sign-in-options")).json()
    assert options == {"password": True, "sign_up": False, "oidc": None, "safe": True, "mail": False}
    refused = await browser.post("/v1/people", json=ADA)
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_up_closed")


async def test_what_changes_something_must_come_from_our_own_pages(app: FastAPI) -> None:
    browser = await sign_up(app)
    del browser.headers["Origin"]
    body = {"name": "Mine"}
    for headers in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://studio:81"},
    ):
        refused = await browser.post("/v1/projects", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "cross_site"), headers
    for headers in ({"Origin": "http://studio"}, {"Sec-Fetch-Site": "same-origin"}):
        assert (await browser.post("/v1/projects", json=body, headers=headers)).status_code == 201
    assert (await browser.get("/v1/projects", headers={"Origin": "https://evil.example"})).status_code == 200
    for path, asked in (("/v1/sessions", KEY), ("/v1/people", ADA)):
        elsewhere = await browser.post(path, json=asked, headers={"Origin": "https://evil.example"})
        assert elsewhere.json()["code"] == "cross_site", "nor signs it anybody in"


async def test_a_key_needs_no_page_and_goes_before_a_cookie(app: FastAPI, tenant: Tenant) -> None:
    browser = await sign_up(app)
    del browser.headers["Origin"]
    key = {"Authorization": tenant.http.headers["Authorization"]}
    assert (await browser.get("/v1/me", headers=key)).json()["organisation"]["id"] == tenant.org_id
    assert (await browser.post("/v1/projects", json={"name": "A"}, headers=key)).status_code == 201
    wrong = await browser.get("/v1/me", headers={"Authorization": "Bearer drm_nonsense"})
    assert wrong.status_code == 401, "a wrong key is not made good by a cookie"


async def test_cookies_are_host_bound_and_secure_behind_https(app: FastAPI, database: Database) -> None:
    public = create_app(Settings(data_dir=app.state.settings.data_dir, public_url=HttpUrl("https://films.example")))
    public.state.database = database
    transport = httpx.ASGITransport(public, client=("203.0.113.9", 4000))
    headers = {"Origin": "https://films.example"}
    async with httpx.AsyncClient(transport=transport, base_url="https://films.example", headers=headers) as browser:
        reply = await browser.post("/v1/people", json=ADA)
        assert reply.status_code == 201, reply.text
        morsel = SimpleCookie(reply.headers["set-cookie"])["__Host-dramatis"]
        assert morsel["secure"]
        assert morsel["httponly"]
        assert (morsel["path"], morsel["domain"], morsel["samesite"]) == ("/", "", "lax")
        assert (await browser.get("/v1/me")).status_code == 200


async def test_without_https_a_session_is_for_this_machine_alone(app: FastAPI) -> None:
    here = await sign_up(app)
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://studio") as elsewhere:
        elsewhere.headers["Origin"] = "http://studio"
        for reply in (
            await elsewhere.post("/v1/people", json=ADA | {"email": "b@example.com"}),
            await elsewhere.post("/v1/sessions", json=KEY),
            await elsewhere.get("/welcome", params={"token": "x"}),
        ):
            assert (reply.status_code, reply.json()["code"]) == (403, "insecure_sign_in")
        assert (await elsewhere.get("/v1/sign-in-options")).json()["safe"] is False
        elsewhere.cookies.set("dramatis_80", here.cookies["dramatis_80"])
        assert (await elsewhere.get("/v1/me")).status_code == 401


async def test_the_welcome_link_signs_in_once(app: FastAPI, tenant: Tenant, database: Database) -> None:
    token = await make_sign_in_link(database, org_id=tenant.org_id)
    browser = open_browser(app)
    reply = await browser.get("/welcome", params={"token": token})
    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    me = (await browser.get("/v1/me")).json()
    assert (me["organisation"]["id"], me["role"], me["person"]["email"]) == (tenant.org_id, "owner", None)
    assert (await browser.get("/welcome", params={"token": token})).status_code == 303, "clicked twice"
    thief = await open_browser(app).get("/welcome", params={"token": token})
    assert (thief.status_code, thief.json()["code"]) == (410, "link_used")
    second = await make_sign_in_link(database, org_id=tenant.org_id)
    other = open_browser(app)
    await other.get("/welcome", params={"token": second})
    assert (await other.get("/v1/me")).json()["person"] == me["person"], "one owner, however many links"


async def test_a_welcome_link_does_not_live_long_and_of_many_clicks_one_wins(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    token = await make_sign_in_link(database, org_id=tenant.org_id)
    clicks = await asyncio.gather(*(open_browser(app).get("/welcome", params={"token": token}) for _ in range(8)))
    assert sorted(reply.status_code for reply in clicks) == [303] + [410] * 7
    late = await make_sign_in_link(database, org_id=tenant.org_id)
    async with database.write(org_id=tenant.org_id) as session:
        past = await instant_after(session, -timedelta(seconds=1))
        await session.execute(update(SignInLink).values(expires_at=past))
    assert (await open_browser(app).get("/welcome", params={"token": late})).status_code == 410


async def test_an_api_key_is_nobody_and_has_no_sessions(app: FastAPI, database: Database, tenant: Tenant) -> None:
    me = (await tenant.http.get("/v1/me")).json()
    assert (me["person"], me["role"], me["organisation"]["id"]) == (None, "admin", tenant.org_id)
    async with database.write(org_id=tenant.org_id) as session:
        narrow = await issue_api_key(session, org_id=tenant.org_id, name="narrow", scopes=("takes",))
    async with open_client(app, narrow.secret) as http:
        assert (await http.get("/v1/me")).json()["role"] == "editor"
        assert (await http.get("/v1/sessions")).status_code == 401
        for path in ("/v1/members", f"/v1/members/{me['organisation']['id']}"):
            assert (await http.get(path)).json()["code"] == "scope_missing", "addresses are not for every key"


async def test_a_person_of_two_organisations_looks_at_one_of_them(
    app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    token = await make_sign_in_link(database, org_id=tenant.org_id)
    browser = open_browser(app)
    await browser.get("/welcome", params={"token": token})
    refused = await browser.put("/v1/me/organisation", json={"organisation_id": other_tenant.org_id})
    assert refused.status_code == 404
    person_id = (await browser.get("/v1/me")).json()["person"]["id"]
    async with database.write(org_id=other_tenant.org_id) as session:
        await insert_membership(session, org_id=other_tenant.org_id, person_id=person_id, role="viewer")
    chosen = await browser.put("/v1/me/organisation", json={"organisation_id": other_tenant.org_id})
    assert (chosen.status_code, chosen.json()["role"]) == (200, "viewer")
    assert len(chosen.json()["organisations"]) == 2
    assert (await browser.get("/v1/me")).json()["organisation"]["id"] == other_tenant.org_id
    assert (await browser.post("/v1/projects", json={"name": "A"})).json()["code"] == "role_insufficient"
    back = await browser.put("/v1/me/organisation", json={"organisation_id": tenant.org_id})
    assert back.json()["role"] == "owner", "a viewer may always look elsewhere"
    assert (await (await sign_in_as(app, person_id)).get("/v1/me")).status_code == 200
