"""Deliveries of events to webhook endpoints, and their tries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after
from storage.tables import Event, WebhookAttempt, WebhookDelivery, database_now


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries are wanted; None: any."""

    endpoint_id: str | None = None
    state: str | None = None
    event_type: str | None = None


async def list_events_of_types(
    session: AsyncSession, *, org_id: str, types: Collection[str], after: int, limit: int
) -> list[Event]:
    """Events with a sequence above `after`, in order."""
    query = select(Event).where(Event.org_id == org_id, Event.sequence > after, Event.type.in_(types))
    return list(await session.scalars(query.order_by(Event.sequence).limit(limit)))


async def list_events_between(
    session: AsyncSession, *, org_id: str, types: Collection[str], since: datetime, until: datetime, limit: int
) -> list[Event]:
    """Events of these types that happened in [since, until), in order."""
    query = select(Event).where(Event.org_id == org_id, Event.type.in_(types))
    query = query.where(Event.created_at >= since, Event.created_at < until)
    return list(await session.scalars(query.order_by(Event.sequence).limit(limit)))


async def insert_delivery(session: AsyncSession, delivery: WebhookDelivery) -> None:
    session.add(delivery)
    await session.flush()


async def get_delivery(session: AsyncSession, *, org_id: str, delivery_id: str) -> WebhookDelivery | None:
    query = select(WebhookDelivery).where(WebhookDelivery.org_id == org_id, WebhookDelivery.id == delivery_id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def find_delivery(
    session: AsyncSession, *, org_id: str, endpoint_id: str, message_id: str
) -> WebhookDelivery | None:
    query = select(WebhookDelivery).where(
        WebhookDelivery.org_id == org_id,
        WebhookDelivery.endpoint_id == endpoint_id,
        WebhookDelivery.message_id == message_id,
    )
    return (await session.scalars(query)).one_or_none()


async def list_deliveries(
    session: AsyncSession, *, org_id: str, wanted: DeliveryFilter, after: str | None, limit: int
) -> list[WebhookDelivery]:
    """Newest first."""
    query = select(WebhookDelivery).where(WebhookDelivery.org_id == org_id)
    if wanted.endpoint_id is not None:
        query = query.where(WebhookDelivery.endpoint_id == wanted.endpoint_id)
    if wanted.state is not None:
        query = query.where(WebhookDelivery.state == wanted.state)
    if wanted.event_type is not None:
        query = query.where(WebhookDelivery.event_type == wanted.event_type)
    if after is not None:
        query = query.where(WebhookDelivery.id < after)
    return list(await session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(limit)))


async def list_attempts(
    session: AsyncSession, *, org_id: str, delivery_ids: Collection[str]
) -> dict[str, list[WebhookAttempt]]:
    """The tries of each delivery, in order."""
    found: dict[str, list[WebhookAttempt]] = {each: [] for each in delivery_ids}
    query = select(WebhookAttempt).where(WebhookAttempt.org_id == org_id, WebhookAttempt.delivery_id.in_(delivery_ids))
    for attempt in await session.scalars(query.order_by(WebhookAttempt.id)):
        found[attempt.delivery_id].append(attempt)
    return found


async def insert_attempt(session: AsyncSession, attempt: WebhookAttempt) -> None:
    session.add(attempt)
    await session.flush()


async def settle_delivery(session: AsyncSession, *, org_id: str, delivery_id: str, state: str, attempts: int) -> None:
    """It has come to its end."""
    await session.execute(
        _one(org_id, delivery_id).values(
            state=state, attempts=attempts, job_id=None, next_attempt_at=None, finished_at=database_now()
        )
    )


async def schedule_delivery(
    session: AsyncSession, *, org_id: str, delivery_id: str, job_id: str, attempts: int, pause: timedelta
) -> None:
    """This workflow makes the next try, no sooner than after `pause`; `attempts` were made."""
    at = await instant_after(session, pause)
    await session.execute(
        _one(org_id, delivery_id).values(
            state="pending", attempts=attempts, job_id=job_id, next_attempt_at=at, finished_at=None
        )
    )


async def list_overdue(session: AsyncSession, *, org_id: str, by: timedelta) -> list[WebhookDelivery]:
    """Those whose next try should have been made so long ago."""
    before = await instant_after(session, -by)
    due = func.coalesce(WebhookDelivery.next_attempt_at, WebhookDelivery.created_at)
    query = select(WebhookDelivery).where(WebhookDelivery.org_id == org_id, WebhookDelivery.state == "pending")
    return list(await session.scalars(query.where(due < before).order_by(WebhookDelivery.id)))


async def delete_old_deliveries(session: AsyncSession, *, org_id: str, older_than: timedelta) -> None:
    """Forget deliveries that came to their end so long ago."""
    before = await instant_after(session, -older_than)
    await session.execute(
        delete(WebhookDelivery)
        .where(WebhookDelivery.org_id == org_id, WebhookDelivery.finished_at < before)
        .execution_options(synchronize_session=False)
    )


def _one(org_id: str, delivery_id: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 (a statement that grows)
    query = update(WebhookDelivery).where(WebhookDelivery.org_id == org_id, WebhookDelivery.id == delivery_id)
    return query.execution_options(synchronize_session=False)
