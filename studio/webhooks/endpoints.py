"""Endpoints: made, changed, disabled, given other secrets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.webhook_endpoints import (
    change_endpoint,
    count_endpoints,
    delete_endpoint,
    get_endpoint,
    insert_endpoint,
    rotate_endpoint_secret,
)
from storage.tables import WebhookEndpoint, database_now
from studio.http.errors import InvalidRequest, NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.webhooks.destination import DestinationRefused, read_destination
from studio.webhooks.event_types import unknown_types
from studio.webhooks.signing import new_secret

MOST_ENDPOINTS = 20
OLD_SECRET_FOR = timedelta(hours=24)
DisabledReason = Literal["gone", "failing", "by_hand"]


class WebhookUrlRefused(StudioError):
    """Webhooks are not sent to this address."""

    status = 422
    code = "webhook_url_refused"


class TooManyEndpoints(StudioError):
    """This organisation has as many webhook endpoints as it may have."""

    status = 409
    code = "too_many_endpoints"


def check_url(url: str, *, loopback: bool) -> None:
    """Raises WebhookUrlRefused."""
    try:
        read_destination(url, loopback=loopback)
    except DestinationRefused as refused:
        raise WebhookUrlRefused(str(refused), field="url") from None


def check_types(event_types: Sequence[str]) -> None:
    """Raises InvalidRequest."""
    unknown = unknown_types(event_types)
    if unknown:
        words = f"event_types: there is no {', '.join(unknown)}; GET /v1/webhook_event_types lists what there is"
        raise InvalidRequest(words, field="event_types")


async def make_endpoint(
    session: AsyncSession, *, org_id: str, name: str, url: str, event_types: Sequence[str]
) -> WebhookEndpoint:
    """A new endpoint, whose secret is to be shown this once. Raises TooManyEndpoints."""
    if await count_endpoints(session, org_id=org_id) >= MOST_ENDPOINTS:
        words = f"{MOST_ENDPOINTS} at most: delete one that is not needed any more"
        raise TooManyEndpoints(words)
    endpoint = WebhookEndpoint(
        id=new_id("we"),
        org_id=org_id,
        name=name,
        url=url,
        event_types=list(dict.fromkeys(event_types)),
        secret=new_secret(),
    )
    await insert_endpoint(session, endpoint)
    await audit(session, "webhook.made", org_id=org_id, subject=endpoint.id, name=name, url=url)
    return endpoint


async def require_endpoint(session: AsyncSession, *, org_id: str, endpoint_id: str) -> WebhookEndpoint:
    """Raises NotFound."""
    endpoint = await get_endpoint(session, org_id=org_id, endpoint_id=endpoint_id)
    if endpoint is None:
        raise NotFound(f"there is no webhook endpoint {endpoint_id}")
    return endpoint


async def rotate_secret(session: AsyncSession, *, org_id: str, endpoint_id: str, keep_old: bool) -> WebhookEndpoint:
    """Another secret, to be shown this once. Raises NotFound."""
    endpoint = await require_endpoint(session, org_id=org_id, endpoint_id=endpoint_id)
    keep_for = OLD_SECRET_FOR if keep_old else None
    of = {"org_id": org_id, "endpoint_id": endpoint_id}
    await rotate_endpoint_secret(session, **of, secret=new_secret(), keep_for=keep_for)
    await audit(session, "webhook.secret_rotated", org_id=org_id, subject=endpoint_id, name=endpoint.name)
    return await require_endpoint(session, **of)


async def remove_endpoint(session: AsyncSession, *, org_id: str, endpoint_id: str) -> None:
    """Raises NotFound."""
    endpoint = await require_endpoint(session, org_id=org_id, endpoint_id=endpoint_id)
    await delete_endpoint(session, org_id=org_id, endpoint_id=endpoint_id)
    await audit(session, "webhook.deleted", org_id=org_id, subject=endpoint_id, name=endpoint.name)


async def disable_endpoint(session: AsyncSession, endpoint: WebhookEndpoint, *, reason: DisabledReason) -> None:
    """Nothing is sent there any more; what is still to be tried ends at its next turn."""
    of = {"org_id": endpoint.org_id, "endpoint_id": endpoint.id}
    await change_endpoint(session, **of, disabled_at=database_now(), disabled_reason=reason)
    await audit(
        session, "webhook.disabled", org_id=endpoint.org_id, subject=endpoint.id, name=endpoint.name, reason=reason
    )


async def enable_endpoint(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    """It hears what happens from now on; what it missed can be replayed."""
    of = {"org_id": endpoint.org_id, "endpoint_id": endpoint.id}
    await change_endpoint(session, **of, disabled_at=None, disabled_reason=None, failing_since=None)
    await audit(session, "webhook.enabled", org_id=endpoint.org_id, subject=endpoint.id, name=endpoint.name)


def secrets_of(endpoint: WebhookEndpoint, *, now: datetime) -> tuple[str, ...]:
    """Those that sign: the present one, and for a while the one before."""
    until = endpoint.old_secret_until
    if endpoint.old_secret is None or until is None or until <= now:
        return (endpoint.secret,)
    return (endpoint.secret, endpoint.old_secret)
