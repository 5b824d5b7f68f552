"""The event stream of an organisation."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import String, Table, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.notifications import EVENTS, event_payload
from storage.tables import Event, Organisation


async def append_event(
    session: AsyncSession, *, org_id: str, type_: str, payload: dict[str, Any], take_id: str | None = None
) -> int:
    """Append and return the sequence. The unit holds the organisation, so no number is skipped or seen early. Once it
    is committed, listeners in every process hear of it."""
    told: dict[str, Any] = {"of": org_id, "of_take": take_id, "happened": type_, "with_payload": payload}
    if session.get_bind().dialect.name == "postgresql":
        told["payload"] = event_payload(session, org_id)
        return int((await session.execute(_APPEND, told)).scalars().one())
    told["number"] = sequence = int((await session.execute(_NEXT_SEQUENCE, {"of": org_id})).scalar_one())
    await session.execute(_INSERT, told)
    return sequence


_NEXT = (
    update(Organisation)
    .where(Organisation.id == bindparam("of"))
    .values(last_event=Organisation.last_event + 1)
    .execution_options(synchronize_session=False)
)
_NEXT_SEQUENCE = _NEXT.returning(Organisation.last_event)
_TOLD = {
    "org_id": bindparam("of"),
    "take_id": bindparam("of_take", type_=String),
    "type": bindparam("happened"),
    "payload": bindparam("with_payload", type_=Event.payload.type),
}
_TABLE = cast(Table, Event.__table__)
_INSERT = insert(_TABLE).values(_TOLD | {"sequence": bindparam("number")})
_NUMBERED = _NEXT_SEQUENCE.cte("numbered")
# One message on PostgreSQL; SQLite changes nothing within a SELECT.
_APPEND = (
    insert(_TABLE)
    .from_select([*_TOLD, "sequence"], select(*_TOLD.values(), _NUMBERED.c.last_event))
    .returning(Event.sequence, func.pg_notify(EVENTS, bindparam("payload")))
)


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
