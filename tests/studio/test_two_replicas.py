"""Two processes of one studio, whichever of them a request reaches: what one knows, the other does.

Each has its own connections and its own memory; what they share is PostgreSQL and the object store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest
from fastapi import FastAPI
from pydantic import HttpUrl
from sqlalchemy import select

from storage.tables import Take
from storage.unit import Database
from studio.app import create_app
from studio.auth.sign_in_link import make_sign_in_link
from studio.progress.events import publish_event
from studio.progress.routes import follow_events
from studio.storyboard.sample_project import SampleProjects
from tests.studio.auth.identity_provider import running_provider
from tests.studio.auth.test_oidc import come_back, go_there, join_to
from tests.studio.conftest import Tenant, announcement, example_photo, open_browser, open_client
from tests.studio.storyboard.films import told

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ADA = {"email": "ada@example.com", "password": "a long sentence", "name": "Ada", "organisation": "Ada"}


@pytest.fixture
async def other(app: FastAPI, database: Database) -> AsyncIterator[FastAPI]:
    """The second replica."""
    database_of_its_own = Database(database.url)
    yield beside(app, create_app(app.state.settings), database_of_its_own)
    await database_of_its_own.close()


def beside(app: FastAPI, replica: FastAPI, database: Database) -> FastAPI:
    """What the first was given, with connections of its own."""
    own = set(replica.state._state)
    replica.state._state.update({name: given for name, given in app.state._state.items() if name not in own})
    replica.state.database = database
    return replica


def tenant_at(app: FastAPI, tenant: Tenant) -> Tenant:
    return Tenant(tenant.org_id, open_client(app, tenant.http.headers["authorization"].partition(" ")[2]))


async def test_a_newcomer_who_is_greeted_by_both_finds_one_film(app: FastAPI, other: FastAPI) -> None:
    for replica in (app, other):
        state = replica.state
        state.greet = SampleProjects(state.database, state.objects, state.identity).greet
    browser = open_browser(app)
    app.state.greet, greet = no_greeting, app.state.greet
    assert (await browser.post("/v1/people", json=ADA)).status_code == 201
    org_id = (await browser.get("/v1/organisation")).json()["id"]
    await asyncio.gather(*(each(org_id) for each in (greet, other.state.greet) * 3))
    async with asyncio.timeout(60):
        while len(films := told(await browser.get("/v1/projects"))["data"]) == 0:
            await asyncio.sleep(0.1)
    assert [film["name"] for film in films] == ["First contact"]
    assert len(told(await browser.get("/v1/characters"))["data"]) == 1


async def no_greeting(_: str) -> None:
    """As of a replica that was stopped."""


async def test_a_session_of_one_is_known_to_the_other_and_over_at_once(app: FastAPI, other: FastAPI) -> None:
    browser, there = open_browser(app), open_browser(other)
    assert (await browser.post("/v1/people", json=ADA)).status_code == 201
    there.cookies = browser.cookies
    assert (await there.get("/v1/me")).json()["person"]["email"] == ADA["email"]
    assert (await browser.delete("/v1/sessions/current")).status_code == 204
    assert (await there.get("/v1/me")).status_code == 401


async def test_a_sign_in_link_is_good_for_one_of_two_who_use_it_at_once(
    app: FastAPI, other: FastAPI, tenant: Tenant
) -> None:
    token = await make_sign_in_link(app.state.database, org_id=tenant.org_id)
    asked = (open_browser(replica).get("/welcome", params={"token": token}) for replica in (app, other) * 3)
    statuses = sorted(reply.status_code for reply in await asyncio.gather(*asked))
    assert statuses == [303, 410, 410, 410, 410, 410]


async def test_a_sign_in_at_the_provider_begins_at_one_and_ends_at_the_other(app: FastAPI, other: FastAPI) -> None:
    with running_provider() as provider:
        provider.reset()
        one, two = (join_to(app, replica.state.database, HttpUrl(provider.issuer)) for replica in (app, other))
        browser, there = open_browser(one), open_browser(two)
        answer = await go_there(browser)
        there.cookies = browser.cookies
        assert (await come_back(there, answer)).status_code == 303
        assert (await there.get("/v1/me")).json()["person"]["email"] == "ada@example.com"


async def test_what_is_sent_to_both_is_done_once(app: FastAPI, other: FastAPI, tenant: Tenant) -> None:
    key = {"Idempotency-Key": "the same"}
    clients = [tenant.http, tenant_at(other, tenant).http]

    async def insist(http: httpx.AsyncClient) -> httpx.Response:
        while (reply := await http.post("/v1/projects/example", headers=key)).status_code == 409:
            await asyncio.sleep(0.2)
        return reply

    replies = await asyncio.gather(*(insist(http) for http in clients * 5))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.content for reply in replies}) == 1
    assert len(told(await tenant.http.get("/v1/projects"))["data"]) == 1


async def test_two_hundred_submits_with_one_key_make_one_take(app: FastAPI, other: FastAPI, tenant: Tenant) -> None:
    character_id = told(await tenant.enrol(await tenant.photo(example_photo())), 201)["id"]
    body = {"prompt": "She nods", "characters": [{"character_id": character_id}], "size": "256x256", "seconds": 0.5}
    clients = [tenant.http, tenant_at(other, tenant).http]

    async def insist(http: httpx.AsyncClient) -> httpx.Response:
        headers = {"Idempotency-Key": "once"}
        while (reply := await http.post("/v1/takes", json=body, headers=headers)).status_code == 409:
            await asyncio.sleep(0.2)
        return reply

    replies = await asyncio.gather(*(insist(http) for http in clients * 100))
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.content for reply in replies}) == 1
    async with app.state.database.read(org_id=tenant.org_id) as session:
        takes = list(await session.scalars(select(Take.id).where(Take.org_id == tenant.org_id)))
    assert takes == [replies[0].json()["id"]]


async def test_an_upload_begins_at_one_and_ends_at_the_other_and_a_name_is_claimed_once(
    app: FastAPI, other: FastAPI, tenant: Tenant
) -> None:
    there = tenant_at(other, tenant)
    body = example_photo()
    form = told(await tenant.http.post("/v1/uploads", json=announcement(body)), 201)
    async with httpx.AsyncClient() as plain:
        sent = await plain.post(form["url"], data=form["fields"], files={"file": ("file", body, "image/png")})
        sent.raise_for_status()
    assert (await there.http.post(f"/v1/uploads/{form['id']}/complete")).status_code == 200
    asked = (each.enrol(form["id"], allow_duplicate_name=False) for each in (tenant, there))
    assert sorted(reply.status_code for reply in await asyncio.gather(*asked)) == [201, 409]


async def test_a_stream_that_breaks_off_goes_on_at_the_other(app: FastAPI, other: FastAPI, tenant: Tenant) -> None:
    for replica in (app, other):
        async with replica.state.database.write(org_id=tenant.org_id) as session:
            await publish_event(session, org_id=tenant.org_id, take_id="take_1", event="take.queued")
    heard = []
    for replica, after in ((app, 0), (other, 1)):
        stream = follow_events(replica.state.database, org_id=tenant.org_id, take_id=None, after=after)
        async with aclosing(stream):
            heard.append((await anext(stream)).splitlines()[0])
    assert heard == ["id: 1", "id: 2"]


async def test_takes_wait_in_the_order_in_which_they_came_whatever_a_replica_s_clock_says(
    app: FastAPI, other: FastAPI, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    character_id = told(await tenant.enrol(await tenant.photo(example_photo())), 201)["id"]
    body = {"prompt": "She nods", "characters": [{"character_id": character_id}], "size": "256x256", "seconds": 0.5}
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: 4e9)  # a replica of the next century
        first = told(await tenant.http.post("/v1/takes", json=body), 201)["id"]
    second = told(await tenant_at(other, tenant).http.post("/v1/takes", json=body), 201)["id"]
    async with app.state.database.read(org_id=tenant.org_id) as session:
        waiting = await session.execute(select(Take.id).where(Take.org_id == tenant.org_id).order_by(Take.rank))
        assert list(waiting.scalars()) == [first, second]


async def test_both_write_one_audit_log(app: FastAPI, other: FastAPI, tenant: Tenant) -> None:
    clients = [tenant.http, tenant_at(other, tenant).http]
    made = await asyncio.gather(
        *(http.post("/v1/api-keys", json={"name": f"{number}"}) for number, http in enumerate(clients * 5))
    )
    assert {reply.status_code for reply in made} == {201}
    checked = told(await clients[1].get("/v1/audit-log/check"))
    assert checked["intact"] is True, checked
