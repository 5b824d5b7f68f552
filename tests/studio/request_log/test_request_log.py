"""The request log through the API: what a key asked for is found again, without secrets, by its organisation alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from storage.queries.request_log import insert_logged_requests
from storage.unit import Database
from studio.http.ids import first_id_at
from studio.request_log import writing
from studio.request_log.writing import RequestLogWriter, sweep_request_log
from tests.studio.conftest import Tenant, add_person, open_client, sign_in_as


async def write_log(app: FastAPI) -> None:
    """What would be done within a second."""
    log: RequestLogWriter = app.state.request_log
    await log.write(app.state.database)


async def logged(app: FastAPI, tenant: Tenant, **search: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (query)
    await write_log(app)
    reply = await tenant.http.get("/v1/requests", params={"limit": 100, **search})
    assert reply.status_code == 200, reply.text
    return list(reply.json()["data"])


async def test_a_request_is_found_by_the_id_of_its_reply_with_both_bodies(app: FastAPI, tenant: Tenant) -> None:
    sent = await tenant.http.post("/v1/projects", json={"name": "The Lighthouse"}, params={"token": "abcdefgh"})
    await write_log(app)
    request_id = sent.headers["x-request-id"]
    told = (await tenant.http.get(f"/v1/requests/{request_id}")).json()
    assert (told["method"], told["path"], told["route"]) == ("POST", "/v1/projects", "/v1/projects")
    assert (told["status"], told["code"], told["query"]) == (201, None, "token=[taken out]")
    assert "The Lighthouse" in told["request"]["text"]
    assert sent.json()["id"] in told["response"]["text"]
    assert told["ms"] > 0


async def test_an_error_says_by_which_id_to_ask_and_where_to_read_more(app: FastAPI, tenant: Tenant) -> None:
    for path, body_of in (("/v1/takes/no", lambda told: told), ("/v1/videos/no", lambda told: told["error"])):
        reply = await tenant.http.get(path)
        told = body_of(reply.json())
        assert told["request_id"] == reply.headers["x-request-id"]
        assert told["docs_url"] == "http://studio/docs/errors#not_found"
        (found,) = await logged(app, tenant, text=told["request_id"])
        assert (found["status"], found["code"]) == (404, "not_found")


async def test_the_log_is_searched_and_paged(app: FastAPI, tenant: Tenant) -> None:
    for number in range(3):
        await tenant.http.post("/v1/projects", json={"name": f"Film {number}"})
    await tenant.http.get("/v1/takes/no")
    await tenant.http.post("/v1/takes", json={"nonsense": 1})
    assert [each["path"] for each in await logged(app, tenant, code="not_found")] == ["/v1/takes/no"]
    assert {each["status"] for each in await logged(app, tenant, status="4xx")} == {404, 422}
    assert [each["status"] for each in await logged(app, tenant, status="422")] == [422]
    assert [each["path"] for each in await logged(app, tenant, text="film 1")] == ["/v1/projects"]
    assert [each["path"] for each in await logged(app, tenant, route="/v1/takes/{take_id}")] == ["/v1/takes/no"]
    assert len(await logged(app, tenant, method="POST", path="project")) == 3
    assert await logged(app, tenant, key_id="key_of_nobody") == []
    assert await logged(app, tenant, until="2026-01-01T00:00:00Z") == []
    ids = [each["id"] for each in await logged(app, tenant, path="/v1/pro")]
    page = (await tenant.http.get("/v1/requests", params={"path": "/v1/pro", "limit": 2})).json()
    rest = await tenant.http.get("/v1/requests", params={"path": "/v1/pro", "limit": 2, "after": page["last_id"]})
    assert [each["id"] for each in [*page["data"], *rest.json()["data"]]] == ids == sorted(ids, reverse=True)
    backwards = {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert (await tenant.http.get("/v1/requests", params=backwards)).json()["code"] == "invalid_request"


async def test_reads_that_succeed_keep_no_bodies_and_pages_of_a_browser_nothing(
    app: FastAPI, tenant: Tenant, database: Database
) -> None:
    read = await tenant.http.get("/v1/projects")
    browser = await sign_in_as(app, await add_person(database, tenant.org_id, "admin"))
    await browser.post("/v1/projects", json={"name": "Mine"})
    await write_log(app)
    found = (await browser.get("/v1/requests")).json()["data"]
    assert [(each["method"], each["path"]) for each in found] == [("GET", "/v1/projects")]
    told = (await browser.get(f"/v1/requests/{read.headers['x-request-id']}")).json()
    assert (told["request"], told["response"]) == (None, None)


async def test_new_keys_and_links_to_upload_are_not_in_the_log(app: FastAPI, tenant: Tenant) -> None:
    made = (await tenant.http.post("/v1/api-keys", json={"name": "content app"})).json()
    announced = {"kind": "photo", "content_type": "image/png", "size_bytes": 3, "sha256": "0" * 64}
    form = (await tenant.http.post("/v1/uploads", json=announced)).json()
    assert form["fields"]
    texts = []
    for each in await logged(app, tenant):
        told = (await tenant.http.get(f"/v1/requests/{each['id']}")).json()
        texts.append(str(told))
    assert made["id"] in "".join(texts)
    for secret in (made["key"], form["fields"]["policy"], form["fields"]["x-amz-signature"]):
        assert secret not in "".join(texts)


async def test_another_organisation_finds_nothing(app: FastAPI, tenant: Tenant, other_tenant: Tenant) -> None:
    sent = await tenant.http.post("/v1/projects", json={"name": "Mine"})
    await write_log(app)
    assert (await other_tenant.http.get(f"/v1/requests/{sent.headers['x-request-id']}")).status_code == 404
    assert sent.headers["x-request-id"] not in (await other_tenant.http.get("/v1/requests")).text


async def test_nobody_knows_of_requests_without_a_key(app: FastAPI, tenant: Tenant) -> None:
    async with open_client(app, "drm_nonsense") as stranger:
        await stranger.get("/v1/projects")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://studio") as nobody:
        await nobody.get("/v1/projects")
    assert await logged(app, tenant) == []


async def test_requests_wait_while_the_database_is_away_and_the_oldest_go_where_they_are_too_many(
    app: FastAPI, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    log: RequestLogWriter = app.state.request_log
    await tenant.http.post("/v1/projects", json={"name": "Kept"})
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    await log.write(away)
    await away.close()
    assert [each["path"] for each in await logged(app, tenant)] == ["/v1/projects"]
    monkeypatch.setattr(writing, "MOST_WAITING_BYTES", 12_000)
    sent = [(await tenant.http.get("/v1/takes/no", params={"after": n})).headers["x-request-id"] for n in range(30)]
    found = [each["id"] for each in await logged(app, tenant, path="/v1/takes/no")]
    assert 0 < len(found) < 30
    # Ids of one millisecond sort by chance: what is kept is the newest, in whatever order these share it.
    assert set(found) == set(sent[-len(found) :])


async def test_what_many_processes_heard_is_one_log(app: FastAPI, tenant: Tenant) -> None:
    replies = await asyncio.gather(*(tenant.http.get(f"/v1/takes/no_{number}") for number in range(20)))
    log: RequestLogWriter = app.state.request_log
    other = RequestLogWriter()
    other._waiting.extend(log._waiting.pop() for _ in range(10))
    await asyncio.gather(log.write(app.state.database), other.write(app.state.database))
    found = await logged(app, tenant, route="/v1/takes/{take_id}")
    assert {each["id"] for each in found} == {reply.headers["x-request-id"] for reply in replies}


async def test_a_month_is_kept_and_no_more_than_the_newest_of_too_many(
    app: FastAPI, tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tenant.http.get("/v1/takes/no")
    await write_log(app)
    (row,) = (await tenant.http.get("/v1/requests")).json()["data"]
    for days in (29, 31):
        async with database.write() as session:
            at = datetime.now(UTC) - timedelta(days=days)
            old = {name: row[name] for name in ("key_id", "method", "path", "query", "route", "status", "code", "ms")}
            old |= {"id": first_id_at("req", at), "at": at, "request_cut": False, "response_cut": False}
            await insert_logged_requests(session, org_id=tenant.org_id, rows=[old])
    await sweep_request_log(database)
    ages = [datetime.now(UTC) - datetime.fromisoformat(each["at"]) for each in await logged(app, tenant, path="/no")]
    assert [age.days for age in ages] == [0, 29]
    monkeypatch.setattr(writing, "MOST_KEPT", 1)
    await sweep_request_log(database)
    assert len(await logged(app, tenant, path="/v1/takes/no")) <= 1
