"""A sweeper that tells receivers, as a process of its own: whatever kills it, each event is told, under one id."""

from __future__ import annotations

import threading
from pathlib import Path

from storage.seaweed import SeaweedServer
from storage.unit import Database
from studio.api_keys.keys import issue_api_key
from studio.http.ids import new_id
from studio.organisations.creation import create_organisation
from studio.progress.events import publish_event
from studio.webhooks.endpoints import make_endpoint
from tests.fleet.processes import Fleet
from tests.postgres import PostgresCluster
from tests.studio.webhooks.receiver import Receiver, Say, open_receiver


async def _organisation(database: Database, receiver: Receiver) -> str:
    async with database.write() as session:
        organisation = await create_organisation(session, name="A")
        await issue_api_key(session, org_id=organisation.id, name="tests")
    async with database.write(org_id=organisation.id) as session:
        of = {"org_id": organisation.id, "name": "app", "url": receiver.url}
        await make_endpoint(session, **of, event_types=["take.*"])
    return organisation.id


async def _publish(database: Database, org_id: str) -> str:
    take_id = new_id("take")
    async with database.write(org_id=org_id) as session:
        await publish_event(session, org_id=org_id, take_id=take_id, event="take.succeeded")
    return take_id


async def test_a_sweeper_that_is_killed_amid_a_delivery_leaves_it_to_the_next_one(
    postgres: PostgresCluster, migrated_postgres: str, seaweed: SeaweedServer, tmp_path: Path
) -> None:
    url = postgres.create("webhook_sweepers", migrated_postgres)
    database = Database(url)
    fleet = Fleet(tmp_path, url, seaweed.address, DRAMATIS_WEBHOOKS_TO_LOOPBACK="true")
    held = threading.Event()

    def hold() -> Say:
        held.wait(120)
        return Say()

    try:
        with open_receiver() as receiver:
            org_id = await _organisation(database, receiver)
            receiver.answers = [hold]
            first = fleet.add("first", "sweeper")
            first.start()
            take_ids = [await _publish(database, org_id)]
            await receiver.until(1, within_s=200)
            first.kill()
            held.set()
            take_ids.append(await _publish(database, org_id))  # while nobody tells anybody
            second = fleet.add("second", "sweeper")
            second.start()
            received = await receiver.until(3, within_s=200)
            assert {one.event["data"]["id"] for one in received} == set(take_ids)
            ids = [one.headers["webhook-id"] for one in received if one.event["data"]["id"] == take_ids[0]]
            assert len(ids) == 2
            assert len(set(ids)) == 1
    finally:
        held.set()
        fleet.close()
        await database.close()
        postgres.drop("webhook_sweepers")
