"""Webhook endpoints over HTTP, as OpenAI's stock client manages them."""

from __future__ import annotations

from fastapi import APIRouter, Request

from storage.queries.webhook_endpoints import change_endpoint, list_endpoints
from studio.auth.caller import KeysCaller
from studio.auth.unit import ReadUnit, Unit
from studio.config import Settings
from studio.http.dependencies import DatabaseOf
from studio.http.errors import InvalidRequest, NotFound, problems
from studio.http.pagination import AskedPage, cut_page
from studio.webhooks.endpoints import (
    TooManyEndpoints,
    WebhookUrlRefused,
    check_types,
    check_url,
    disable_endpoint,
    enable_endpoint,
    make_endpoint,
    remove_endpoint,
    require_endpoint,
    rotate_secret,
)
from studio.webhooks.event_types import EVENT_TYPES
from studio.webhooks.replay import EndpointDisabled, replay_range, require_enabled
from studio.webhooks.sample import SampleUnanswered, send_sample
from studio.webhooks.schemas import (
    EndpointCreate,
    EndpointDeleted,
    EndpointList,
    EndpointTest,
    EndpointTestResult,
    EndpointUpdate,
    EndpointView,
    EndpointWithSecret,
    EventTypeList,
    Replayed,
    ReplayRange,
    SecretRotation,
)
from studio.webhooks.views import show_endpoint, show_endpoint_with_secret

router = APIRouter(tags=["webhooks"])
_PATH = "/v1/webhook_endpoints"


def _allows_loopback(request: Request) -> bool:
    settings: Settings = request.app.state.settings
    return settings.webhooks_to_loopback


@router.post(_PATH, status_code=201, responses=problems(WebhookUrlRefused, TooManyEndpoints))
async def create_webhook_endpoint(
    asked: EndpointCreate, request: Request, caller: KeysCaller, unit: Unit
) -> EndpointWithSecret:
    """Make an endpoint. It hears what happens from now on. The reply is the only place where its secret can be read."""
    check_types(asked.event_types)
    check_url(asked.url, loopback=_allows_loopback(request))
    row = await make_endpoint(unit, org_id=caller.org_id, name=asked.name, url=asked.url, event_types=asked.event_types)
    return show_endpoint_with_secret(row)


@router.get(_PATH, name="list_webhook_endpoints")
async def list_webhook_endpoints(caller: KeysCaller, unit: ReadUnit, asked: AskedPage) -> EndpointList:
    """The organisation's endpoints, newest first."""
    rows = await list_endpoints(unit, org_id=caller.org_id, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    ids: list[str | None] = [row.id for row in shown] or [None]
    return EndpointList(data=[show_endpoint(row) for row in shown], first_id=ids[0], last_id=ids[-1], has_more=more)


@router.get("/v1/webhook_event_types")
async def list_webhook_event_types(caller: KeysCaller) -> EventTypeList:
    """Every event that webhooks can hear of."""
    return EventTypeList(data=list(EVENT_TYPES))


@router.get(f"{_PATH}/{{endpoint_id}}", responses=problems(NotFound))
async def get_webhook_endpoint(endpoint_id: str, caller: KeysCaller, unit: ReadUnit) -> EndpointView:
    """One endpoint."""
    return show_endpoint(await require_endpoint(unit, org_id=caller.org_id, endpoint_id=endpoint_id))


@router.post(f"{_PATH}/{{endpoint_id}}", responses=problems(NotFound, WebhookUrlRefused))
async def update_webhook_endpoint(
    endpoint_id: str, asked: EndpointUpdate, request: Request, caller: KeysCaller, unit: Unit
) -> EndpointView:
    """Change an endpoint: its name, its URL, what it hears of, whether anything is sent."""
    of = {"org_id": caller.org_id, "endpoint_id": endpoint_id}
    row = await require_endpoint(unit, **of)
    check_types(asked.event_types or ())
    if asked.url is not None:
        check_url(asked.url, loopback=_allows_loopback(request))
    changes = asked.model_dump(exclude={"enabled"}, exclude_none=True)
    if changes:
        await change_endpoint(unit, **of, **changes)
    if asked.enabled is True and row.disabled_at is not None:
        await enable_endpoint(unit, row)
    if asked.enabled is False and row.disabled_at is None:
        await disable_endpoint(unit, row, reason="by_hand")
    return show_endpoint(await require_endpoint(unit, **of))


@router.delete(f"{_PATH}/{{endpoint_id}}", responses=problems(NotFound))
async def delete_webhook_endpoint(endpoint_id: str, caller: KeysCaller, unit: Unit) -> EndpointDeleted:
    """Delete an endpoint with its deliveries."""
    await remove_endpoint(unit, org_id=caller.org_id, endpoint_id=endpoint_id)
    return EndpointDeleted(id=endpoint_id)


@router.post(f"{_PATH}/{{endpoint_id}}/rotate_secret", responses=problems(NotFound))
async def rotate_webhook_secret(
    endpoint_id: str, caller: KeysCaller, unit: Unit, asked: SecretRotation | None = None
) -> EndpointWithSecret:
    """Another secret, shown in this reply alone. The one before stops to sign at once, or a day later."""
    keep_old = asked is not None and asked.keep_old_secret_active_for_24_hours
    row = await rotate_secret(unit, org_id=caller.org_id, endpoint_id=endpoint_id, keep_old=keep_old)
    return show_endpoint_with_secret(row)


@router.post(f"{_PATH}/{{endpoint_id}}/test", responses=problems(NotFound, EndpointDisabled, SampleUnanswered))
async def send_webhook_sample(
    endpoint_id: str, asked: EndpointTest, caller: KeysCaller, database: DatabaseOf
) -> EndpointTestResult:
    """Send a sample now, once, and tell what the endpoint answers."""
    if asked.event_type not in EVENT_TYPES:
        raise InvalidRequest(f"event_type: there is no {asked.event_type}", field="event_type")
    answered = await send_sample(database, org_id=caller.org_id, endpoint_id=endpoint_id, event_type=asked.event_type)
    return EndpointTestResult(
        webhook_endpoint_id=endpoint_id,
        event_type=asked.event_type,
        status_code=answered.status,
        delivery_id=answered.delivery_id,
    )


@router.post(f"{_PATH}/{{endpoint_id}}/replay", responses=problems(NotFound, EndpointDisabled))
async def replay_webhook_events(endpoint_id: str, asked: ReplayRange, caller: KeysCaller, unit: Unit) -> Replayed:
    """Send again what happened in a span of time, also what this endpoint was never told of."""
    endpoint = await require_endpoint(unit, org_id=caller.org_id, endpoint_id=endpoint_id)
    require_enabled(endpoint)
    replayed, more_since = await replay_range(
        unit, endpoint, since=asked.since, until=asked.until, only_failed=asked.only_failed
    )
    return Replayed(replayed=replayed, more_since=more_since)
