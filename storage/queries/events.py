"""The event stream of an organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.notifications import EVENTS, event_payload
from storage.tables import Event, Organisation


async def append_event(
    session: AsyncSession, *, org_id: str, type_: str, payload: dict[str, Any], take_id: str | None = None
) -> int:
    """Append and return the sequence. The unit holds the organisation, so no number is skipped or seen early. Once it
    is committed, listeners in every process hear of it."""
    given = {"of_organisation": org_id}
    if session.get_bind().dialect.name == "postgresql":
        given |= {"payload": event_payload(session, org_id)}
        sequence: int = (await session.execute(_NEXT_SEQUENCE_TOLD, given)).scalars().one()
    else:
        sequence = (await session.execute(_NEXT_SEQUENCE, given)).scalar_one()
    session.add(Event(org_id=org_id, sequence=sequence, take_id=take_id, type=type_, payload=payload))
    await session.flush()
    return sequence


_NEXT = (
    update(Organisation)
    .where(Organisation.id == bindparam("of_organisation"))
    .values(last_event=Organisation.last_event + 1)
    .execution_options(synchronize_session=False)
)
_NEXT_SEQUENCE = _NEXT.returning(Organisation.last_event)
_NEXT_SEQUENCE_TOLD = _NEXT.returning(Organisation.last_event, func.pg_notify(EVENTS, bindparam("payload")))


async def list_events(
    session: AsyncSession, *, org_id: str, after: int, limit: int, take_id: str | None = None
) -> list[Event]:
    """Events with a sequence above `after`, in order."""
    query = select(Event).where(Event.org_id == org_id, Event.sequence > after).order_by(Event.sequence).limit(limit)
    if take_id is not None:
        query = query.where(Event.take_id == take_id)
    return list(await session.scalars(query))


async def get_sequence_before(session: AsyncSession, *, org_id: str, moment: datetime) -> int:
    """The newest sequence that is older than `moment` (0: everything that has happened is younger)."""
    query = (
        select(Event.sequence)
        .where(Event.org_id == org_id, Event.created_at < moment)
        .order_by(Event.sequence.desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none() or 0


async def get_last_sequence(session: AsyncSession, *, org_id: str) -> int:
    """The newest sequence of the organisation (0: nothing has happened)."""
    query = select(Organisation.last_event).where(Organisation.id == org_id)
    return (await session.execute(query)).scalar_one()
