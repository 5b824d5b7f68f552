"""What was sent is sent once more, under the same id: one delivery, or what happened in a span of time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.webhook_deliveries import find_delivery, get_delivery, list_events_between
from storage.tables import WebhookDelivery, WebhookEndpoint
from studio.http.errors import NotFound, StudioError
from studio.webhooks.event_types import PUBLISHED, hears
from studio.webhooks.outbox import make_delivery, messages_for
from studio.webhooks.workflow import schedule_try

MOST_A_REPLAY = 500


class EndpointDisabled(StudioError):
    """This webhook endpoint is disabled: enable it first."""

    status = 409
    code = "webhook_endpoint_disabled"


def require_enabled(endpoint: WebhookEndpoint) -> None:
    """Raises EndpointDisabled."""
    if endpoint.disabled_at is not None:
        words = f"nothing is sent to {endpoint.name}: {endpoint.disabled_reason}"
        raise EndpointDisabled(words)


async def require_delivery(session: AsyncSession, *, org_id: str, delivery_id: str) -> WebhookDelivery:
    """Raises NotFound."""
    delivery = await get_delivery(session, org_id=org_id, delivery_id=delivery_id)
    if delivery is None:
        raise NotFound(f"there is no webhook delivery {delivery_id}")
    return delivery


async def replay_delivery(session: AsyncSession, delivery: WebhookDelivery) -> None:
    """Try it from the beginning of the schedule, at once; a try that was to come is dropped."""
    await schedule_try(session, org_id=delivery.org_id, delivery_id=delivery.id, attempts=0)


async def replay_range(
    session: AsyncSession, endpoint: WebhookEndpoint, *, since: datetime, until: datetime, only_failed: bool
) -> tuple[int, datetime | None]:
    """Replay what happened in [since, until), also what the endpoint never was told of; returns how much that was,
    and from when on there is more, where there is."""
    span = {"since": since, "until": until}
    events = await list_events_between(session, org_id=endpoint.org_id, types=PUBLISHED, **span, limit=MOST_A_REPLAY)
    replayed = 0
    for message in await messages_for(session, events, org_id=endpoint.org_id):
        if not hears(endpoint.event_types, message.type):
            continue
        of = {"org_id": endpoint.org_id, "endpoint_id": endpoint.id}
        before = await find_delivery(session, **of, message_id=message.id)
        if before is None:
            await make_delivery(session, endpoint, message)
        elif only_failed and before.state != "failed":
            continue
        else:
            await replay_delivery(session, before)
        replayed += 1
    return replayed, events[-1].created_at if len(events) == MOST_A_REPLAY else None
