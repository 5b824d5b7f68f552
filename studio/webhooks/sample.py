"""A sample event for an endpoint: sent as every other one, by whoever sends them, and waited for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import is_live_organisation
from storage.queries.events import get_last_sequence
from storage.queries.timestamps import read_clock
from storage.queries.webhook_deliveries import list_attempts
from storage.tables import Event, WebhookAttempt
from storage.unit import Database
from studio.http.errors import StudioError
from studio.http.ids import new_id
from studio.webhooks.endpoints import require_endpoint
from studio.webhooks.messages import Message, make_message
from studio.webhooks.outbox import make_delivery
from studio.webhooks.replay import require_enabled

ANSWERED_WITHIN_S = 30.0
LOOK_EVERY_S = 0.25
PREFIX = "evt_test_"


class SampleUnanswered(StudioError):
    """The webhook endpoint did not answer the sample."""

    status: ClassVar[int] = 502
    code = "webhook_sample_unanswered"


@dataclass(frozen=True)
class Answered:
    """What the endpoint answered."""

    delivery_id: str
    status: int


def is_sample(message_id: str) -> bool:
    """Whether it is tried once, and never again."""
    return message_id.startswith(PREFIX)


async def send_sample(database: Database, *, org_id: str, endpoint_id: str, event_type: str) -> Answered:
    """Raises NotFound, EndpointDisabled, SampleUnanswered."""
    async with database.write(org_id=org_id) as session:
        endpoint = await require_endpoint(session, org_id=org_id, endpoint_id=endpoint_id)
        require_enabled(endpoint)
        delivery = await make_delivery(session, endpoint, await _make_sample(session, org_id, event_type))
    tried = await _first_try(database, org_id, delivery.id)
    if tried is None:
        words = f"it waits to be sent: see delivery {delivery.id} in a moment"
        raise SampleUnanswered(words, delivery_id=delivery.id)
    if tried.status is None:
        raise SampleUnanswered(tried.error or "", delivery_id=delivery.id)
    return Answered(delivery.id, tried.status)


async def _make_sample(session: AsyncSession, org_id: str, event_type: str) -> Message:
    """It has the number of the last event that happened, for nothing happened now."""
    sequence, now = await get_last_sequence(session, org_id=org_id), await read_clock(session)
    event = Event(org_id=org_id, sequence=sequence, type=event_type, payload={}, created_at=now)
    about = {"id": f"{event_type.partition('.')[0]}_sample", "sample": True}
    livemode = await is_live_organisation(session, org_id=org_id)
    return make_message(event, event_type, about, livemode=livemode, message_id=f"{PREFIX}{new_id('')[1:]}")


async def _first_try(database: Database, org_id: str, delivery_id: str) -> WebhookAttempt | None:
    until = time.monotonic() + ANSWERED_WITHIN_S
    while time.monotonic() < until:
        seen = database.committed.count(org_id)
        async with database.read(org_id=org_id) as session:
            tries = await list_attempts(session, org_id=org_id, delivery_ids=[delivery_id])
        if tries[delivery_id]:
            return tries[delivery_id][0]
        await database.committed.wait(org_id, since=seen, most_s=LOOK_EVERY_S)
    return None
