"""Rows of endpoints and deliveries as replies show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from storage.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from studio.webhooks.schemas import AttemptView, DeliveryDetails, DeliveryView, EndpointView, EndpointWithSecret
from studio.webhooks.signing import hint_of


def show_endpoint(row: WebhookEndpoint) -> EndpointView:
    return EndpointView(**_endpoint(row))


def show_endpoint_with_secret(row: WebhookEndpoint) -> EndpointWithSecret:
    return EndpointWithSecret(**_endpoint(row), signing_secret=row.secret)


def _endpoint(row: WebhookEndpoint) -> dict[str, Any]:
    until = row.old_secret_until
    return {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "event_types": row.event_types,
        "signing_secret_hint": hint_of(row.secret),
        "old_secret_until": until if until is not None and until > datetime.now(UTC) else None,
        "status": "enabled" if row.disabled_at is None else "disabled",
        "disabled_reason": row.disabled_reason,
        "failing_since": row.failing_since,
        "created_at": int(row.created_at.timestamp()),
        "updated_at": int(row.updated_at.timestamp()),
    }


def show_delivery(row: WebhookDelivery) -> DeliveryView:
    return DeliveryView(**_delivery(row))


def show_delivery_details(row: WebhookDelivery, tries: list[WebhookAttempt]) -> DeliveryDetails:
    shown = [
        AttemptView(at=one.created_at, status=one.status, error=one.error, reply=one.reply, duration_ms=one.duration_ms)
        for one in tries
    ]
    return DeliveryDetails(**_delivery(row), body=row.body, tries=shown)


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "endpoint_id": row.endpoint_id,
        "event_id": row.message_id,
        "event_type": row.event_type,
        "sequence": row.sequence,
        "state": row.state,
        "attempts": row.attempts,
        "event_at": row.event_at,
        "next_attempt_at": row.next_attempt_at,
        "finished_at": row.finished_at,
    }
