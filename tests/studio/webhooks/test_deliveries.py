"""What happens is told to whoever asked for it: signed, in order, at least once, and again as long as it fails."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import openai
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from storage.queries.videos import insert_video
from storage.queries.webhook_endpoints import change_endpoint
from storage.unit import Database
from studio.http.ids import new_id
from studio.progress.events import TakeEvent, publish_event
from tests.studio.conftest import Tenant
from tests.studio.webhooks.conftest import deliveries, details, make_endpoint, told, until_settled, until_tries
from tests.studio.webhooks.receiver import Received, Receiver, Say

Publish = Callable[..., Awaitable[str]]


@pytest.fixture
def publish(database: Database, tenant: Tenant) -> Publish:
    """Something happens to a take; returns the take's id."""

    async def happen(event: TakeEvent = "take.succeeded", take_id: str | None = None, **payload: Any) -> str:  # noqa: ANN401
        take_id = take_id or new_id("take")
        async with database.write(org_id=tenant.org_id) as session:
            await publish_event(session, org_id=tenant.org_id, take_id=take_id, event=event, **payload)
        return take_id

    return happen


def verify(secret: str, received: Received) -> dict[str, Any]:
    told: dict[str, Any] = Webhook(secret).verify(received.body, received.headers)
    return told


async def test_an_event_is_signed_and_told_as_standard_webhooks_and_openai_have_it(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url)
    take_id = await publish("take.failed", code="oom", message="no memory")
    (received,) = await receiver.until(1)
    told = verify(endpoint["signing_secret"], received)
    assert told["type"] == "take.failed"
    assert told["object"] == "event"
    assert told["id"] == received.headers["webhook-id"]
    assert told["data"] == {"id": take_id, "code": "oom", "message": "no memory"}
    assert told["livemode"] is True
    assert datetime.fromisoformat(told["timestamp"]).timestamp() == pytest.approx(told["created_at"], abs=1)
    (delivery,) = await until_settled(tenant, 1)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 1)
    shown = await details(tenant, delivery["id"])
    assert shown["body"] == received.body
    assert [one["status"] for one in shown["tries"]] == [204]


async def test_the_stock_client_unwraps_what_we_send_and_refuses_what_others_do(
    tenant: Tenant, telling: None, receiver: Receiver, database: Database, publish: Publish
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url, "video.*")
    take_id = await tenant.queued_take(database, new_id("take"), await _character(tenant, database))
    async with database.write(org_id=tenant.org_id) as session:
        of = {"org_id": tenant.org_id, "video_id": "video_x", "take_id": take_id}
        await insert_video(session, **of, prompt="she nods", remixed_from_id=None)
    await publish("take.succeeded", take_id)
    (received,) = await receiver.until(1)
    client = openai.OpenAI(api_key="any", webhook_secret=endpoint["signing_secret"])
    event = client.webhooks.unwrap(received.body, received.headers)
    assert event.type == "video.completed"  # type: ignore[comparison-overlap]  # the client's union has no videos
    assert event.data.id == "video_x"
    forged = received.body.replace("video_x", "video_y")
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(forged, received.headers)
    assert [one["event_type"] for one in await deliveries(tenant)] == ["video.completed"]


async def _character(tenant: Tenant, database: Database) -> str:
    from storage.queries.characters import insert_character
    from storage.tables import Character

    character = Character(
        id=new_id("chr"), org_id=tenant.org_id, name="A", template=b"", template_pack="none", template_strength=1.0
    )
    async with database.write(org_id=tenant.org_id) as session:
        await insert_character(session, character, [])
    return character.id


async def test_events_come_with_the_number_in_which_they_happened(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    await make_endpoint(tenant, receiver.url, "take.*")
    take_ids = [await publish() for _ in range(12)]
    received = sorted((one.event for one in await receiver.until(12)), key=lambda event: event["sequence"])
    assert [event["data"]["id"] for event in received] == take_ids
    assert len({event["id"] for event in received}) == 12


async def test_only_what_was_asked_for_is_told_and_steps_never_are(
    tenant: Tenant, other_tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    await make_endpoint(tenant, receiver.url, "take.failed", "credits.*")
    await make_endpoint(other_tenant, receiver.url, "*")
    await publish("take.step", done=1)
    await publish("take.succeeded")
    await publish("take.failed")
    (received,) = await receiver.until(1)
    assert received.event["type"] == "take.failed"
    await until_settled(tenant, 1)
    assert len(receiver.received) == 1
    assert await deliveries(other_tenant) == []


async def test_a_failure_is_tried_again_with_the_same_id_and_a_new_time(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url)
    receiver.answers = [Say(500, {}, b"<h1>sorry</h1>")]
    await publish()
    first, second = await receiver.until(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 5
    assert verify(endpoint["signing_secret"], second) == first.event
    (delivery,) = await until_settled(tenant, 1)
    shown = await details(tenant, delivery["id"])
    assert [(one["status"], one["reply"]) for one in shown["tries"]] == [(500, "<h1>sorry</h1>"), (204, "")]


async def test_nothing_but_2xx_is_a_success(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    await make_endpoint(tenant, receiver.url)
    statuses = [301, 302, 307, 400, 404, 500]
    receiver.answers = [Say(status, {"Location": receiver.url, "Retry-After": "900"}) for status in statuses]
    for _ in statuses:
        await publish()
    await receiver.until(len(statuses))
    for delivery in await deliveries(tenant):
        shown = await until_tries(tenant, delivery["id"], 1)
        assert (shown["state"], shown["attempts"]) == ("pending", 1)
        assert shown["next_attempt_at"] is not None
    assert len(receiver.received) == len(statuses)
    assert (await tenant.http.get("/v1/webhook_endpoints")).json()["data"][0]["failing_since"] is not None


async def test_retry_after_puts_the_next_try_off(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    await make_endpoint(tenant, receiver.url)
    receiver.answers = [Say(429, {"Retry-After": "7200"})]
    await publish()
    await receiver.until(1)
    shown = await until_tries(tenant, (await deliveries(tenant))[0]["id"], 1)
    later = datetime.fromisoformat(shown["next_attempt_at"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=55) < later < timedelta(hours=2, minutes=1)


async def test_whoever_is_gone_is_told_nothing_more_at_once(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url)
    receiver.answers = [Say(410)]
    await publish()
    (delivery,) = await until_settled(tenant, 1)
    assert delivery["state"] == "failed"
    shown = (await tenant.http.get(f"/v1/webhook_endpoints/{endpoint['id']}")).json()
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "gone")
    replay = await tenant.http.post(f"/v1/webhook_deliveries/{delivery['id']}/replay")
    assert (replay.status_code, replay.json()["code"]) == (409, "webhook_endpoint_disabled")
    missed = await publish()
    enabled = await tenant.http.post(f"/v1/webhook_endpoints/{endpoint['id']}", json={"enabled": True})
    assert enabled.json()["status"] == "enabled"
    span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    replayed = await tenant.http.post(f"/v1/webhook_endpoints/{endpoint['id']}/replay", json=span)
    assert replayed.json() == {"replayed": 2, "more_since": None}
    received = await receiver.until(3)
    assert {one.event["data"]["id"] for one in received[1:]} == {received[0].event["data"]["id"], missed}


async def test_an_endpoint_that_fails_for_five_days_is_disabled(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish, database: Database
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url)
    async with database.write(org_id=tenant.org_id) as session:
        since = datetime.now(UTC) - timedelta(days=5, minutes=1)
        await change_endpoint(session, org_id=tenant.org_id, endpoint_id=endpoint["id"], failing_since=since)
    receiver.answers = [Say(500)]
    await publish()
    (delivery,) = await until_settled(tenant, 1)
    assert delivery["state"] == "failed"
    shown = (await tenant.http.get(f"/v1/webhook_endpoints/{endpoint['id']}")).json()
    assert shown["disabled_reason"] == "failing"
    log = (await tenant.http.get("/v1/audit-log")).json()["data"]
    assert log[0]["action"] == "webhook.disabled"


async def test_while_a_secret_is_replaced_both_sign(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url)
    path = f"/v1/webhook_endpoints/{endpoint['id']}/rotate_secret"
    second = (await tenant.http.post(path, json={"keep_old_secret_active_for_24_hours": True})).json()
    await publish()
    (received,) = await receiver.until(1)
    assert verify(endpoint["signing_secret"], received) == verify(second["signing_secret"], received)
    third = (await tenant.http.post(path, json={})).json()
    await publish()
    received = (await receiver.until(2))[1]
    verify(third["signing_secret"], received)
    for old in (endpoint, second):
        with pytest.raises(WebhookVerificationError):
            verify(old["signing_secret"], received)


async def test_one_delivery_is_replayed_under_its_id(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    await make_endpoint(tenant, receiver.url)
    await publish()
    (delivery,) = await until_settled(tenant, 1)
    again = await tenant.http.post(f"/v1/webhook_deliveries/{delivery['id']}/replay")
    assert again.json()["state"] == "pending"
    first, second = await receiver.until(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert len((await until_tries(tenant, delivery["id"], 2))["tries"]) == 2


async def test_a_span_is_replayed_or_what_failed_of_it(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url)
    await publish()
    await until_settled(tenant, 1)
    path = f"/v1/webhook_endpoints/{endpoint['id']}/replay"
    span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    assert (await tenant.http.post(path, json=span | {"only_failed": True})).json()["replayed"] == 0
    assert (await tenant.http.post(path, json=span)).json()["replayed"] == 1
    past = {"since": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"}
    assert (await tenant.http.post(path, json=past)).json()["replayed"] == 0
    assert (await tenant.http.post(path, json={"since": span["until"], "until": span["since"]})).status_code == 422
    await receiver.until(2)


async def test_what_was_committed_while_nobody_told_anybody_is_told_later(
    tenant: Tenant, database: Database, receiver: Receiver, publish: Publish
) -> None:
    await make_endpoint(tenant, receiver.url)
    take_ids = [await publish() for _ in range(3)]
    async with told(database, "first"):
        await receiver.until(3)
        await until_settled(tenant, 3)
    take_ids += [await publish() for _ in range(2)]
    async with told(database, "second"):
        await receiver.until(5)
    assert sorted(one.event["data"]["id"] for one in receiver.received) == sorted(take_ids)


async def test_a_payload_stays_below_twenty_kilobytes(
    tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    await make_endpoint(tenant, receiver.url)
    take_id = await publish("take.failed", message="\N{SNOWMAN}" * 30_000, report=[1] * 9_000)
    (received,) = await receiver.until(1)
    assert len(received.body.encode()) < 20_000
    assert received.event["data"].keys() == {"id", "message", "shortened"}
    assert received.event["data"]["id"] == take_id


async def test_another_organisation_sees_and_replays_nothing(
    tenant: Tenant, other_tenant: Tenant, telling: None, receiver: Receiver, publish: Publish
) -> None:
    endpoint = await make_endpoint(tenant, receiver.url)
    await publish()
    (delivery,) = await until_settled(tenant, 1)
    assert await deliveries(other_tenant) == []
    assert (await other_tenant.http.get(f"/v1/webhook_deliveries/{delivery['id']}")).status_code == 404
    assert (await other_tenant.http.post(f"/v1/webhook_deliveries/{delivery['id']}/replay")).status_code == 404
    assert (await other_tenant.http.delete(f"/v1/webhook_endpoints/{endpoint['id']}")).status_code == 404
    assert endpoint["signing_secret"] not in json.dumps(await details(tenant, delivery["id"]))
