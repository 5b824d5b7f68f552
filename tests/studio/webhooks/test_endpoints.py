"""Endpoints as OpenAI's stock client manages them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2
import openai
import pytest
from fastapi import FastAPI

from tests.studio.conftest import Tenant, add_person, sign_in_as
from tests.studio.webhooks.conftest import make_endpoint
from tests.studio.webhooks.receiver import Receiver, Say

URL = "https://hooks.example.com/dramatis"


@pytest.fixture
async def client(app: FastAPI, tenant: Tenant) -> AsyncIterator[openai.AsyncOpenAI]:
    key = str(tenant.http.headers["authorization"]).partition(" ")[2]
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app))
    async with openai.AsyncOpenAI(base_url="http://studio/v1", api_key=key, http_client=http) as opened:
        yield opened


async def test_the_stock_client_makes_reads_changes_and_deletes_endpoints(client: openai.AsyncOpenAI) -> None:
    made = await client.webhooks.create(name="app", url=URL, event_types=["video.completed", "video.failed"])
    assert made.signing_secret.startswith("whsec_")
    assert made.object == "webhook_endpoint"
    read = await client.webhooks.retrieve(made.id)
    assert (read.name, read.url, read.event_types) == ("app", URL, ["video.completed", "video.failed"])
    assert read.signing_secret_hint is not None
    assert made.signing_secret.endswith(read.signing_secret_hint[-4:])
    changed = await client.webhooks.update(made.id, name="other", event_types=cast(Any, ["take.*"]))
    assert (changed.name, changed.event_types, changed.url) == ("other", ["take.*"], URL)
    assert [one.id async for one in await client.webhooks.list()] == [made.id]
    assert "video.completed" in (await client.webhooks.event_types.list()).data
    assert (await client.webhooks.delete(made.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.webhooks.retrieve(made.id)


async def test_the_stock_client_walks_all_pages(client: openai.AsyncOpenAI) -> None:
    made = [(await client.webhooks.create(name=str(n), url=URL, event_types=["video.failed"])).id for n in range(5)]
    assert [one.id async for one in await client.webhooks.list(limit=2)] == made[::-1]


async def test_a_secret_is_told_once(client: openai.AsyncOpenAI, tenant: Tenant) -> None:
    made = await client.webhooks.create(name="app", url=URL, event_types=["video.completed"])
    rotated = await client.webhooks.rotate_secret(made.id, keep_old_secret_active_for_24_hours=True)
    assert rotated.signing_secret != made.signing_secret
    for path in ("/v1/webhook_endpoints", f"/v1/webhook_endpoints/{made.id}", "/v1/audit-log"):
        told = (await tenant.http.get(path)).text
        assert made.signing_secret not in told
        assert rotated.signing_secret not in told


async def test_the_stock_client_tests_an_endpoint(
    client: openai.AsyncOpenAI, telling: None, receiver: Receiver
) -> None:
    made = await client.webhooks.create(name="app", url=receiver.url, event_types=["video.completed"])
    receiver.answers = [Say(201), Say(500), Say(500)]
    result = await client.webhooks.test(made.id, event_type="video.completed")
    assert (result.status_code, result.success, result.webhook_endpoint_id) == (201, True, made.id)
    assert receiver.received[0].event["data"] == {"id": "video_sample", "sample": True}
    failed = await client.webhooks.test(made.id, event_type="video.failed")
    assert failed.status_code == 500
    await client.webhooks.update(made.id, url="http://127.0.0.1:1/")
    with pytest.raises(openai.APIStatusError) as refused:
        await client.webhooks.test(made.id, event_type="video.failed")
    assert refused.value.status_code == 502
    assert len(receiver.received) == 2  # a sample is sent once


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://hooks.example.com/"},
        {"url": "https://10.0.0.1/"},
        {"url": "https://[::ffff:169.254.169.254]/latest/meta-data"},
        {"url": "nonsense"},
        {"event_types": ["video.nonsense"]},
        {"event_types": []},
        {"name": ""},
        {"secret": "whsec_mine"},
    ],
)
async def test_what_is_refused_is_refused_when_it_is_made_and_when_it_is_changed(
    tenant: Tenant, changes: dict[str, Any]
) -> None:
    body = {"name": "app", "url": URL, "event_types": ["*"]}
    made = await make_endpoint(tenant, URL)
    for path, sent in (("", body | changes), (f"/{made['id']}", changes)):
        reply = await tenant.http.post(f"/v1/webhook_endpoints{path}", json=sent)
        assert reply.status_code == 422, reply.text
    assert (await tenant.http.get(f"/v1/webhook_endpoints/{made['id']}")).json()["url"] == URL


async def test_twenty_endpoints_are_enough(tenant: Tenant) -> None:
    for _ in range(20):
        await make_endpoint(tenant, URL)
    refused = await tenant.http.post("/v1/webhook_endpoints", json={"name": "a", "url": URL, "event_types": ["*"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_endpoints")


async def test_admins_look_after_endpoints_and_editors_do_not(app: FastAPI, tenant: Tenant) -> None:
    made = await make_endpoint(tenant, URL)
    editor = await sign_in_as(app, await add_person(app.state.database, tenant.org_id, "editor"))
    admin = await sign_in_as(app, await add_person(app.state.database, tenant.org_id, "admin"))
    assert (await editor.get(f"/v1/webhook_endpoints/{made['id']}")).status_code == 403
    assert (await admin.get(f"/v1/webhook_endpoints/{made['id']}")).status_code == 200
