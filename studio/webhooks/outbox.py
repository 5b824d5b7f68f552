"""Events become deliveries: the organisation's event stream is the outbox.

Deliveries are made in the order of the stream, in units that hold the organisation, together with the mark of how far
that went. So each event becomes one delivery to each endpoint that hears of it, whatever dies meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation, is_live_organisation
from storage.queries.durable import forget_ended, is_live
from storage.queries.events import get_sequence_before
from storage.queries.tenants import each_tenant
from storage.queries.timestamps import instant_after
from storage.queries.videos import find_video_ids
from storage.queries.webhook_deliveries import (
    delete_old_deliveries,
    find_delivery,
    insert_delivery,
    list_events_of_types,
    list_overdue,
)
from storage.queries.webhook_endpoints import begin_cursor, get_cursor, list_enabled_endpoints, move_cursor
from storage.retry import retried
from storage.tables import Event, WebhookDelivery, WebhookEndpoint
from storage.unit import Database
from studio.http.ids import new_id
from studio.queue.durable import DELIVER_WEBHOOK
from studio.webhooks.alarms import ALARMING, SILENT, Alarm, tell_of
from studio.webhooks.event_types import PUBLISHED, hears
from studio.webhooks.messages import Message, messages_of
from studio.webhooks.workflow import enqueue_try, schedule_try

log = structlog.get_logger(__name__)

FOLLOWED = PUBLISHED | ALARMING
KEPT_FOR = timedelta(days=30)
ALARMS_BACK = timedelta(hours=1)
OVERDUE = timedelta(minutes=1)
TRIES_KEPT_FOR = timedelta(days=1)  # in the durable engine's own tables
BATCH = 100
LOOK_AT_ALL_S = 30.0  # at every organisation, where what others commit is heard
LOOK_UNHEARD_S = 1.0  # where it is not


async def follow_events(database: Database, alarm: Alarm = SILENT) -> None:
    """Never ends: makes deliveries as events are committed. One process does it at a time; two would do no harm."""
    looks = _Looks(database, alarm)
    follower = database.committed.follow()
    changed: Iterable[str] | None = None
    while True:
        try:
            await looks.look(changed)
        except (SQLAlchemyError, OSError):
            log.exception("webhooks_not_dispatched")
            await asyncio.sleep(LOOK_UNHEARD_S)
            changed = None
            continue
        heard = database.is_sqlite or database.committed.hears_others
        changed = await follower.take(most_s=LOOK_AT_ALL_S if heard else LOOK_UNHEARD_S)


class _Looks:
    """Remembers up to where an organisation's stream holds nothing for webhooks, so that it is not read again."""

    def __init__(self, database: Database, alarm: Alarm) -> None:
        self._database, self._alarm = database, alarm
        self._seen: dict[str, int] = {}

    async def look(self, tenants: Iterable[str] | None) -> None:
        """At these; None: at all."""
        for org_id in tenants if tenants is not None else await self._all_with_news():
            while await self._look_at(org_id):
                pass

    async def _all_with_news(self) -> list[str]:
        async with self._database.read() as session:
            return [org_id async for org_id in each_tenant(session) if await self._has_news(session, org_id)]

    async def _has_news(self, session: AsyncSession, org_id: str) -> bool:
        cursor = await get_cursor(session, org_id=org_id)
        if cursor is None:
            return self._alarm.post is not None
        return max(cursor[0], self._seen.get(org_id, 0)) < cursor[1]

    @retried
    async def _begin(self, org_id: str) -> bool:
        """Where mail is sent, organisations without endpoints are followed, too: from what is an hour old. False: it
        is not there any more."""
        async with self._database.write(org_id=org_id) as session:
            if await get_organisation(session, org_id=org_id) is None:
                return False
            moment = await instant_after(session, -ALARMS_BACK)
            sequence = await get_sequence_before(session, org_id=org_id, moment=moment)
            await begin_cursor(session, org_id=org_id, sequence=sequence)
            return True

    @retried
    async def _look_at(self, org_id: str) -> bool:
        """Whether there may be more."""
        async with self._database.read(org_id=org_id) as session:
            cursor = await get_cursor(session, org_id=org_id)
            after = max(cursor[0], self._seen.get(org_id, 0)) if cursor is not None else 0
            if cursor is not None and after >= cursor[1]:
                return False
            news = await list_events_of_types(session, org_id=org_id, types=FOLLOWED, after=after, limit=1)
        if cursor is None:
            return self._alarm.post is not None and await self._begin(org_id)
        if not news:
            self._seen[org_id] = cursor[1]
            return False
        async with self._database.write(org_id=org_id) as session:
            return await dispatch_events(session, org_id=org_id, alarm=self._alarm)


async def dispatch_events(session: AsyncSession, *, org_id: str, alarm: Alarm = SILENT) -> bool:
    """Make deliveries of the next events; whether there may be more. The unit holds the organisation."""
    cursor = await get_cursor(session, org_id=org_id)
    if cursor is None:
        return False
    events = await list_events_of_types(session, org_id=org_id, types=FOLLOWED, after=cursor[0], limit=BATCH)
    endpoints = await list_enabled_endpoints(session, org_id=org_id)
    published = [event for event in events if event.type in PUBLISHED]
    for message in await messages_for(session, published, org_id=org_id):
        for endpoint in endpoints:
            if hears(endpoint.event_types, message.type) and message.at >= endpoint.created_at:
                await make_delivery(session, endpoint, message)
    for event in events:
        if event.type in ALARMING:
            await tell_of(session, event, alarm=alarm)
    if events:
        await move_cursor(session, org_id=org_id, sequence=events[-1].sequence)
    return len(events) == BATCH


async def messages_for(session: AsyncSession, events: Sequence[Event], *, org_id: str) -> list[Message]:
    """What these events are told as, in order."""
    take_ids = {event.take_id for event in events if event.take_id is not None}
    videos = await find_video_ids(session, org_id=org_id, take_ids=take_ids)
    livemode = await is_live_organisation(session, org_id=org_id)
    return [
        message
        for event in events
        for message in messages_of(event, video_id=videos.get(event.take_id or ""), livemode=livemode)
    ]


async def make_delivery(session: AsyncSession, endpoint: WebhookEndpoint, message: Message) -> WebhookDelivery:
    """A delivery with its first try; the one that is there already, if there is one."""
    of = {"org_id": endpoint.org_id, "endpoint_id": endpoint.id}
    before = await find_delivery(session, **of, message_id=message.id)
    if before is not None:
        return before
    job_id = new_id("job")
    delivery = WebhookDelivery(
        id=new_id("whd"),
        **of,
        message_id=message.id,
        event_type=message.type,
        sequence=message.sequence,
        event_at=message.at,
        body=message.body,
        job_id=job_id,
    )
    await insert_delivery(session, delivery)
    await enqueue_try(session, org_id=endpoint.org_id, delivery_id=delivery.id, job_id=job_id)
    return delivery


async def adopt_orphaned_deliveries(database: Database) -> None:
    """Give a workflow to every delivery whose next try is overdue and has none that will run: its own one broke."""
    overdue: list[WebhookDelivery] = []
    async with database.read() as session:
        async for org_id in each_tenant(session):
            overdue += await list_overdue(session, org_id=org_id, by=OVERDUE)
    for one in overdue:
        async with database.write(org_id=one.org_id) as session:
            if one.job_id is not None and not await is_live(session, workflow_id=one.job_id):
                log.warning("delivery_adopted", delivery=one.id)
                await schedule_try(session, org_id=one.org_id, delivery_id=one.id, attempts=one.attempts)


async def forget_old_deliveries(database: Database) -> None:
    """Forget deliveries that came to their end a month ago."""
    async with database.write() as session:
        async for org_id in each_tenant(session):
            await delete_old_deliveries(session, org_id=org_id, older_than=KEPT_FOR)
    async with database.write() as session:
        await forget_ended(session, workflow=DELIVER_WEBHOOK, older_than=TRIES_KEPT_FOR)
