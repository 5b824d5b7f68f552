"""The log of deliveries over HTTP: what was sent, what was answered; once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from storage.queries.webhook_deliveries import DeliveryFilter, list_attempts, list_deliveries, list_events_of_types
from studio.auth.caller import KeysCaller, TakesCaller
from studio.auth.unit import ReadUnit, Unit
from studio.http.errors import NotFound, problems
from studio.http.pagination import MOST_A_PAGE, AskedPage, Page, cut_page
from studio.webhooks.endpoints import require_endpoint
from studio.webhooks.event_types import PUBLISHED
from studio.webhooks.outbox import messages_for
from studio.webhooks.replay import EndpointDisabled, replay_delivery, require_delivery, require_enabled
from studio.webhooks.schemas import DeliveryDetails, DeliveryState, DeliveryView, MessageList, MessageView
from studio.webhooks.views import show_delivery, show_delivery_details

router = APIRouter(tags=["webhooks"])
_PATH = "/v1/webhook_deliveries"


@router.get(_PATH, name="list_webhook_deliveries")
async def list_webhook_deliveries(
    caller: KeysCaller,
    unit: ReadUnit,
    asked: AskedPage,
    endpoint: Annotated[str | None, Query(max_length=40, description="Of this endpoint alone.")] = None,
    state: Annotated[DeliveryState | None, Query(description="Those that failed, for instance.")] = None,
    event_type: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[DeliveryView]:
    """What was sent or is to be, newest first; kept for 30 days."""
    wanted = DeliveryFilter(endpoint, state, event_type)
    rows = await list_deliveries(unit, org_id=caller.org_id, wanted=wanted, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    return Page(data=[show_delivery(row) for row in shown], has_more=more, last_id=shown[-1].id if shown else None)


@router.get(f"{_PATH}/{{delivery_id}}", responses=problems(NotFound))
async def get_webhook_delivery(delivery_id: str, caller: KeysCaller, unit: ReadUnit) -> DeliveryDetails:
    """One delivery with its body and every try."""
    tries = await list_attempts(unit, org_id=caller.org_id, delivery_ids=[delivery_id])  # first: what is told of
    row = await require_delivery(unit, org_id=caller.org_id, delivery_id=delivery_id)  # them is then not older
    return show_delivery_details(row, tries[row.id])


@router.post(f"{_PATH}/{{delivery_id}}/replay", responses=problems(NotFound, EndpointDisabled))
async def replay_webhook_delivery(delivery_id: str, caller: KeysCaller, unit: Unit) -> DeliveryView:
    """Send it again, under the same `webhook-id`."""
    row = await require_delivery(unit, org_id=caller.org_id, delivery_id=delivery_id)
    require_enabled(await require_endpoint(unit, org_id=caller.org_id, endpoint_id=row.endpoint_id))
    await replay_delivery(unit, row)
    return show_delivery(await require_delivery(unit, org_id=caller.org_id, delivery_id=delivery_id))


@router.get("/v1/webhook_messages")
async def list_webhook_messages(
    caller: TakesCaller,
    unit: ReadUnit,
    after: Annotated[int, Query(ge=0, le=2**53 - 1, description="A `sequence`; what happened later is told.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_A_PAGE)] = MOST_A_PAGE,
) -> MessageList:
    """What receivers are told, for whoever cannot be reached from the internet: `dramatis listen` asks for it."""
    events = await list_events_of_types(unit, org_id=caller.org_id, types=PUBLISHED, after=after, limit=limit)
    told = await messages_for(unit, events, org_id=caller.org_id)
    shown = [MessageView(id=one.id, type=one.type, sequence=one.sequence, body=one.body) for one in told]
    last = events[-1].sequence if events else after
    return MessageList(data=shown, last_sequence=last, has_more=len(events) == limit)
