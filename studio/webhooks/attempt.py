"""One try of a delivery, and what follows from its answer.

The request is made between two transactions. The second one writes down the try, and with it the delivery's end or its
next try; it does so only while the delivery still names the workflow that made this one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import read_clock
from storage.queries.webhook_deliveries import get_delivery, insert_attempt, settle_delivery
from storage.queries.webhook_endpoints import get_endpoint, mark_endpoint_failing
from storage.retry import retried
from storage.tables import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from storage.unit import Database
from studio.http.ids import new_id
from studio.observability.metrics import WEBHOOK_ATTEMPTS, WEBHOOK_LAG
from studio.webhooks.alarms import SILENT, Alarm, give_up
from studio.webhooks.endpoints import secrets_of
from studio.webhooks.sample import is_sample
from studio.webhooks.schedule import GONE, is_given_up, next_pause
from studio.webhooks.sender import Answer, Sender
from studio.webhooks.signing import signed_headers
from studio.webhooks.workflow import schedule_try

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 16  # to one endpoint, so that a slow one leaves room for the others
CROWDED_PAUSE = timedelta(seconds=1)


@dataclass(frozen=True)
class _Try:
    delivery: WebhookDelivery
    endpoint: WebhookEndpoint
    secrets: tuple[str, ...]


class Deliverer:
    """Makes tries; one to a process."""

    def __init__(self, database: Database, sender: Sender, alarm: Alarm = SILENT) -> None:
        self._database, self._sender, self._alarm = database, sender, alarm
        self._under_way: Counter[str] = Counter()

    async def try_delivery(self, org_id: str, delivery_id: str, job_id: str) -> None:
        """Send it once, unless it is not for this job any more; then say what came of it."""
        asked = await self._read(org_id, delivery_id, job_id)
        if asked is None:
            return
        endpoint_id = asked.endpoint.id
        if asked.endpoint.disabled_at is not None:
            await self._settle(org_id, delivery_id, job_id, None)
        elif self._under_way[endpoint_id] >= MOST_AT_ONCE:
            await self._put_off(org_id, delivery_id, job_id)
        else:
            self._under_way[endpoint_id] += 1
            try:
                answer = await self._send(asked)
            finally:
                self._under_way[endpoint_id] -= 1
            await self._settle(org_id, delivery_id, job_id, answer)

    @retried
    async def _read(self, org_id: str, delivery_id: str, job_id: str) -> _Try | None:
        async with self._database.read(org_id=org_id) as session:
            delivery = await _of_job(session, org_id, delivery_id, job_id)
            if delivery is None:
                return None
            endpoint = await get_endpoint(session, org_id=org_id, endpoint_id=delivery.endpoint_id)
            if endpoint is None:
                return None
            return _Try(delivery, endpoint, secrets_of(endpoint, now=await read_clock(session)))

    async def _send(self, asked: _Try) -> Answer:
        delivery, now = asked.delivery, datetime.now(UTC)
        if delivery.attempts == 0 and delivery.created_at - delivery.event_at < timedelta(minutes=1):  # no replay
            WEBHOOK_LAG.observe(max(0.0, (now - delivery.event_at).total_seconds()))
        headers = signed_headers(delivery.body, message_id=delivery.message_id, at=now, secrets_=asked.secrets)
        answer = await self._sender.send(asked.endpoint.url, delivery.body, headers)
        WEBHOOK_ATTEMPTS.labels(f"{answer.status // 100}xx" if answer.status else "none").inc()
        return answer

    @retried
    async def _put_off(self, org_id: str, delivery_id: str, job_id: str) -> None:
        async with self._database.write(org_id=org_id) as session:
            delivery = await _of_job(session, org_id, delivery_id, job_id)
            if delivery is not None:
                of, attempts = {"org_id": org_id, "delivery_id": delivery_id}, delivery.attempts
                await schedule_try(session, **of, attempts=attempts, pause=CROWDED_PAUSE)

    @retried
    async def _settle(self, org_id: str, delivery_id: str, job_id: str, answer: Answer | None) -> None:
        """answer: None where the endpoint is disabled, and nothing was sent."""
        async with self._database.write(org_id=org_id) as session:
            delivery = await _of_job(session, org_id, delivery_id, job_id)
            if delivery is None:
                return
            if answer is None:
                answer = Answer(None, "not sent: the endpoint is disabled", None, None, 0)
                await _write_down(session, delivery, answer)
                await _end(session, delivery, "failed", delivery.attempts)
                return
            await _write_down(session, delivery, answer)
            attempts = delivery.attempts + 1
            if answer.is_success:
                await mark_endpoint_failing(session, org_id=org_id, endpoint_id=delivery.endpoint_id, fails=False)
                await _end(session, delivery, "delivered", attempts)
            else:
                await _fail(session, delivery, answer, attempts, self._alarm)


async def _of_job(session: AsyncSession, org_id: str, delivery_id: str, job_id: str) -> WebhookDelivery | None:
    delivery = await get_delivery(session, org_id=org_id, delivery_id=delivery_id)
    return delivery if delivery is not None and delivery.job_id == job_id else None


async def _write_down(session: AsyncSession, delivery: WebhookDelivery, answer: Answer) -> None:
    attempt = WebhookAttempt(
        id=new_id("wha"),
        org_id=delivery.org_id,
        delivery_id=delivery.id,
        status=answer.status,
        error=answer.error,
        reply=answer.reply,
        duration_ms=answer.duration_ms,
    )
    await insert_attempt(session, attempt)


async def _end(session: AsyncSession, delivery: WebhookDelivery, state: str, attempts: int) -> None:
    await settle_delivery(session, org_id=delivery.org_id, delivery_id=delivery.id, state=state, attempts=attempts)


async def _fail(session: AsyncSession, delivery: WebhookDelivery, answer: Answer, attempts: int, alarm: Alarm) -> None:
    """Try again later, or end it; and give up an endpoint that is gone or has failed for days."""
    of = {"org_id": delivery.org_id, "endpoint_id": delivery.endpoint_id}
    await mark_endpoint_failing(session, **of, fails=True)
    endpoint = await get_endpoint(session, **of)
    assert endpoint is not None  # noqa: S101 (the delivery would have gone with it)
    if endpoint.disabled_at is None:
        if answer.status == GONE:
            await give_up(session, endpoint, reason="gone", alarm=alarm)
        elif is_given_up(endpoint.failing_since, now=await read_clock(session)):
            await give_up(session, endpoint, reason="failing", alarm=alarm)
        endpoint = await get_endpoint(session, **of)
    over = endpoint is None or endpoint.disabled_at is not None or is_sample(delivery.message_id)
    pause = None if over else next_pause(attempts, status=answer.status, retry_after_s=answer.retry_after_s)
    if pause is None:
        await _end(session, delivery, "failed", attempts)
    else:
        ours = {"org_id": delivery.org_id, "delivery_id": delivery.id}
        await schedule_try(session, **ours, attempts=attempts, pause=pause)
