"""What the durable engine lost is made all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage.queries.durable import forget_workflow
from storage.unit import Database
from studio.http.ids import new_id
from studio.progress.events import publish_event
from studio.webhooks.outbox import adopt_orphaned_deliveries, dispatch_events, forget_old_deliveries
from studio.webhooks.replay import require_delivery
from tests.studio.conftest import Tenant
from tests.studio.webhooks.conftest import deliveries, make_endpoint, told, until_settled
from tests.studio.webhooks.receiver import Receiver


async def test_a_delivery_whose_workflow_was_lost_is_made_all_the_same(
    tenant: Tenant, database: Database, receiver: Receiver
) -> None:
    await make_endpoint(tenant, receiver.url)
    async with database.write(org_id=tenant.org_id) as session:
        await publish_event(session, org_id=tenant.org_id, take_id=new_id("take"), event="take.failed")
    async with database.write(org_id=tenant.org_id) as session:
        await dispatch_events(session, org_id=tenant.org_id)
    (delivery,) = await deliveries(tenant)
    async with database.write(org_id=tenant.org_id) as session:
        row = await require_delivery(session, org_id=tenant.org_id, delivery_id=delivery["id"])
        assert row.job_id is not None
        await forget_workflow(session, workflow_id=row.job_id)
        row.created_at = datetime.now(UTC) - timedelta(minutes=2)
    await adopt_orphaned_deliveries(database)
    async with told(database):
        await until_settled(tenant, 1)
    assert len(receiver.received) == 1
    await forget_old_deliveries(database)
    assert [one["state"] for one in await deliveries(tenant)] == ["delivered"]
