"""The event stream over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.events import get_last_sequence, get_sequence_before, list_events
from storage.queries.takes import get_take
from storage.queries.timestamps import instant_after
from storage.tables import Event
from storage.tables.takes import TERMINAL_STATES
from storage.unit import Database
from studio.auth.caller import TakesCaller, within_request_limit
from studio.http.dependencies import DatabaseOf
from studio.http.errors import NotFound, problems
from studio.http.sse import KEEP_ALIVE, LastEventId, format_event, stream_events
from studio.progress.place_watch import PlaceWatch

StillWelcome = Callable[[], Awaitable[bool]]
router = APIRouter(tags=["events"])

LOOK_EVERY_S = 0.4  # for what other processes committed, where they are not heard; what is heard is looked for at once
LOOK_SELDOM_S = 5.0  # where they are
GATHERED_S = 0.05  # what happens in a row is looked up together
ASK_AGAIN_EVERY_S = 0.5
KEEP_ALIVE_EVERY_S = 10.0
BATCH = 200
MOST_BACK_S = 120
NO_MARKS: Mapping[str, bool] = MappingProxyType({})


@router.get(
    "/v1/events",
    name="stream_events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events, each with its sequence as id: `take.queued`, `take.started`, "
            "`take.stage`, `take.step`, `take.preview`, `take.note`, `take.retrying`, `take.preempted` (it made room "
            "for another take, and goes on after `done` of `total` steps), and one last one: "
            "`take.succeeded`, `take.failed`, `take.cancelled`, `take.consent_blocked` or `take.quarantined`; and, of "
            "no take, `board.changed` with `project_id` and `revision`, and `cut.changed` with `cut_id`, `project_id`, "
            "`state` and `progress`, `character.enrolled`, `character.erased` and `consent.revoked` with "
            "`character_id`, `credits.granted`, `credits.low`, `credits.expired`, and `budget.threshold` with `cap_id` "
            "and `percent`. `queue.changed` tells that the queue's order was changed, or what holds it; `queue.moved`, "
            "every five seconds at most and with the id of the event before it, that others' takes have moved the "
            "`eta_s` of those that wait.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": "id: 7\nevent: take.step\n"
                    'data: {"stage":"decode","done":12,"total":120,"progress":0.36,"take_id":"take_01J9ZK3Q5T"}\n\n',
                }
            },
        },
        **problems(NotFound),
    },
)
async def get_events(
    request: Request,
    caller: TakesCaller,
    database: DatabaseOf,
    take: Annotated[str | None, Query(max_length=40, description="Only this take; the stream ends with it.")] = None,
    start: Annotated[
        Literal["first", "now"],
        Query(alias="from", description="Without Last-Event-ID: from the first event, or only what happens from now."),
    ] = "first",
    back: Annotated[
        int, Query(ge=0, le=MOST_BACK_S, description="With from=now: what happened in so many seconds before, too.")
    ] = 0,
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """What happens in the organisation, as it happens. Resume with `Last-Event-ID`; nothing is told twice or lost.

    A stream `from=now` begins with the event `hello`, whose id is where it begins: a connection that is lost before
    anything has happened resumes from there. A page that has fetched things before its stream began asks for as many
    seconds `back` as it is old, and so misses nothing that happened in between.
    """
    if take is not None:
        async with database.read(org_id=caller.org_id) as session:
            if await get_take(session, org_id=caller.org_id, take_id=take) is None:
                raise NotFound(f"there is no take {take}")

    async def is_welcome() -> bool:
        return await within_request_limit(request, database, caller)

    marks = {} if caller.livemode else {"livemode": False}
    if start == "now" and last_event_id is None:
        return stream_events(
            follow_from_now(
                database, org_id=caller.org_id, take_id=take, back_s=back, is_welcome=is_welcome, marks=marks
            )
        )
    after = last_event_id or 0
    return stream_events(
        follow_events(database, org_id=caller.org_id, take_id=take, after=after, is_welcome=is_welcome, marks=marks)
    )


async def always() -> bool:
    """For listeners of our own."""
    return True


async def follow_from_now(
    database: Database,
    *,
    org_id: str,
    take_id: str | None,
    back_s: int = 0,
    is_welcome: StillWelcome = always,
    marks: Mapping[str, bool] = NO_MARKS,
) -> AsyncIterator[str]:
    """`hello`, then what happened up to `back_s` seconds before it, and what happens after."""
    async with database.read(org_id=org_id) as session:
        start = await get_last_sequence(session, org_id=org_id)
        if back_s > 0:
            moment = await instant_after(session, -timedelta(seconds=back_s))
            start = await get_sequence_before(session, org_id=org_id, moment=moment)
    yield format_event(start, "hello", {})
    async for event in follow_events(
        database, org_id=org_id, take_id=take_id, after=start, is_welcome=is_welcome, marks=marks
    ):
        yield event


async def follow_events(
    database: Database,
    *,
    org_id: str,
    take_id: str | None,
    after: int,
    is_welcome: StillWelcome = always,
    marks: Mapping[str, bool] = NO_MARKS,
) -> AsyncIterator[str]:
    """Events above `after`, formatted, with `marks`, as they are committed; a take's last event ends its own stream,
    and so does a listener whose key or session was revoked.

    Each look is a short unit of its own: a stream that stays open for hours holds no transaction.
    """
    told_at = asked_at = time.monotonic()
    seen, look_at = -1, told_at
    places = PlaceWatch(org_id, take_id)
    while True:
        if time.monotonic() - asked_at > ASK_AGAIN_EVERY_S:
            asked_at = time.monotonic()
            if not await is_welcome():
                return
        if database.committed.count(org_id) != seen or time.monotonic() >= look_at:
            seen = database.committed.count(org_id)
            look_at = time.monotonic() + (LOOK_SELDOM_S if database.committed.hears_others else LOOK_EVERY_S)
            events, over, moved = await _look(database, org_id, take_id, after, places)
            for event in events:
                after = event.sequence
                told_at = time.monotonic()
                yield format_event(event.sequence, event.type, {**event.payload, "take_id": event.take_id, **marks})
            if moved:  # of no number: nothing is kept of it, and there is nothing to resume
                yield format_event(after, "queue.moved", {"take_id": take_id, **marks})
            if len(events) == BATCH:
                seen = -1
                continue
            if over:  # it ended before we looked, so everything was told
                return
        if time.monotonic() - told_at > KEEP_ALIVE_EVERY_S:
            told_at = time.monotonic()
            yield KEEP_ALIVE
        await asyncio.sleep(GATHERED_S)
        await database.committed.wait(org_id, since=seen, most_s=LOOK_EVERY_S)


async def _look(
    database: Database, org_id: str, take_id: str | None, after: int, places: PlaceWatch
) -> tuple[list[Event], bool, bool]:
    """The next events, at most BATCH; whether the take that the listener is after had ended before; whether others
    have moved what waits."""
    async with database.read(org_id=org_id) as session:
        over = take_id is not None and await _is_over(session, org_id, take_id)
        events = await list_events(session, org_id=org_id, after=after, limit=BATCH, take_id=take_id)
        return events, over, await places.has_moved(session)


async def _is_over(session: AsyncSession, org_id: str, take_id: str) -> bool:
    take = await get_take(session, org_id=org_id, take_id=take_id)
    return take is None or take.state in TERMINAL_STATES
