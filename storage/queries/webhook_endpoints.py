"""Webhook endpoints of an organisation, and how far its events were made into deliveries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.events import get_last_sequence
from storage.queries.timestamps import read_clock
from storage.tables import Organisation, WebhookCursor, WebhookEndpoint, database_now


async def insert_endpoint(session: AsyncSession, endpoint: WebhookEndpoint) -> None:
    """Keep it; it hears what happens from now on."""
    session.add(endpoint)
    await session.flush()
    await begin_cursor(
        session, org_id=endpoint.org_id, sequence=await get_last_sequence(session, org_id=endpoint.org_id)
    )


async def begin_cursor(session: AsyncSession, *, org_id: str, sequence: int) -> None:
    """Follow the organisation's events from here on, unless they are followed already. The unit holds it."""
    if await session.get(WebhookCursor, org_id) is None:
        session.add(WebhookCursor(org_id=org_id, sequence=sequence))
        await session.flush()


async def get_endpoint(session: AsyncSession, *, org_id: str, endpoint_id: str) -> WebhookEndpoint | None:
    query = select(WebhookEndpoint).where(WebhookEndpoint.org_id == org_id, WebhookEndpoint.id == endpoint_id)
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def list_endpoints(session: AsyncSession, *, org_id: str, after: str | None, limit: int) -> list[WebhookEndpoint]:
    """Newest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.org_id == org_id)
    if after is not None:
        query = query.where(WebhookEndpoint.id < after)
    return list(await session.scalars(query.order_by(WebhookEndpoint.id.desc()).limit(limit)))


async def count_endpoints(session: AsyncSession, *, org_id: str) -> int:
    query = select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.org_id == org_id)
    return int(await session.scalar(query) or 0)


async def list_enabled_endpoints(session: AsyncSession, *, org_id: str) -> list[WebhookEndpoint]:
    query = select(WebhookEndpoint).where(WebhookEndpoint.org_id == org_id, WebhookEndpoint.disabled_at.is_(None))
    return list(await session.scalars(query.order_by(WebhookEndpoint.id)))


async def change_endpoint(session: AsyncSession, *, org_id: str, endpoint_id: str, **values: Any) -> None:  # noqa: ANN401 (columns)
    """Set columns, and when that was."""
    await session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.org_id == org_id, WebhookEndpoint.id == endpoint_id)
        .values(**values, updated_at=database_now())
        .execution_options(synchronize_session=False)
    )


async def rotate_endpoint_secret(
    session: AsyncSession, *, org_id: str, endpoint_id: str, secret: str, keep_for: timedelta | None
) -> None:
    """Sign with another secret from now on; with the present one, too, for `keep_for`."""
    old = {"old_secret": None, "old_secret_until": None}
    if keep_for is not None:
        until = await read_clock(session) + keep_for
        old = {"old_secret": WebhookEndpoint.secret, "old_secret_until": until}  # type: ignore[dict-item]
    await change_endpoint(session, org_id=org_id, endpoint_id=endpoint_id, secret=secret, **old)


async def mark_endpoint_failing(session: AsyncSession, *, org_id: str, endpoint_id: str, fails: bool) -> None:
    """It fails since now, unless it did before; or it does no more."""
    query = update(WebhookEndpoint).where(WebhookEndpoint.org_id == org_id, WebhookEndpoint.id == endpoint_id)
    changes = WebhookEndpoint.failing_since.is_(None) if fails else WebhookEndpoint.failing_since.is_not(None)
    values = {"failing_since": database_now() if fails else None}
    await session.execute(query.where(changes).values(values).execution_options(synchronize_session=False))


async def delete_endpoint(session: AsyncSession, *, org_id: str, endpoint_id: str) -> None:
    """Delete it and its deliveries."""
    await session.execute(
        delete(WebhookEndpoint)
        .where(WebhookEndpoint.org_id == org_id, WebhookEndpoint.id == endpoint_id)
        .execution_options(synchronize_session=False)
    )


async def get_cursor(session: AsyncSession, *, org_id: str) -> tuple[int, int] | None:
    """Up to which event deliveries were made, and which is the organisation's last; None: they are not followed."""
    query = (
        select(WebhookCursor.sequence, Organisation.last_event)
        .join(Organisation, Organisation.id == WebhookCursor.org_id)
        .where(WebhookCursor.org_id == org_id)
    )
    found = (await session.execute(query)).first()
    return None if found is None else (found[0], found[1])


async def move_cursor(session: AsyncSession, *, org_id: str, sequence: int) -> None:
    await session.execute(
        update(WebhookCursor)
        .where(WebhookCursor.org_id == org_id)
        .values(sequence=sequence)
        .execution_options(synchronize_session=False)
    )
