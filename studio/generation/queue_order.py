"""An organisation's own queue: looked at, reordered, paused and resumed."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.fair_queue import (
    find_neighbours,
    list_waiting_ranks,
    list_waiting_takes,
    set_paused,
    set_priority,
    set_ranks,
)
from storage.queries.shown_takes import show_listed
from storage.queries.standing import get_standing
from storage.tables import Take
from studio.generation.queue_schemas import QueueView
from studio.generation.take_views import summarise_takes
from studio.generation.takes import find_take
from studio.http.errors import InvalidRequest, StudioError
from studio.progress.events import publish_queue_event
from studio.queue.release import release_takes
from studio.queue.schedule import RANKS_A_SECOND, Priority, rank_between, rank_of

SHOWN = 100


class TakeNotWaiting(StudioError):
    """The take waits no longer: it renders, or has ended."""

    status = 409
    code = "take_not_waiting"


async def view_queue(session: AsyncSession, *, org_id: str) -> QueueView:
    """The organisation's waiting takes, the next one first."""
    choice = (await get_standing(session, org_id=org_id)).choice
    listed, waiting = await list_waiting_takes(session, org_id=org_id, limit=SHOWN)
    shown = await show_listed(session, org_id=org_id, listed=listed)
    takes = await summarise_takes(session, org_id=org_id, shown=shown)
    return QueueView(paused=choice.paused, waiting=waiting, data=takes)


async def pause_queue(session: AsyncSession, *, org_id: str, paused: bool) -> None:
    """Begin none of the takes that wait, or go on; those that render are left alone. Twice is fine."""
    if await set_paused(session, org_id=org_id, paused=paused):
        await release_takes(session, org_id=org_id)
        await publish_queue_event(session, org_id=org_id, paused=paused)


async def move_take_after(session: AsyncSession, *, org_id: str, take_id: str, after: str | None) -> Take:
    """Let a waiting take follow another one, or be the next of all. Raises NotFound, TakeNotWaiting, InvalidRequest."""
    take = await _find_waiting(session, org_id, take_id)
    if after == take_id:
        raise InvalidRequest("after: a take cannot follow itself", field="after")
    rank = await _rank_after(session, org_id, take_id, after)
    if rank is None:
        await _spread(session, org_id)
        rank = await _rank_after(session, org_id, take_id, after)
    if rank is not None:  # there is another one
        await set_ranks(session, org_id=org_id, ranks={take.id: rank})
    return await _told(session, org_id, take_id)


async def prioritise_take(session: AsyncSession, *, org_id: str, take_id: str, priority: Priority) -> Take:
    """Let a waiting take be as urgent as told, as if it had been submitted so. Raises NotFound, TakeNotWaiting."""
    take = await _find_waiting(session, org_id, take_id)
    rank = rank_of(take.created_at.timestamp(), priority)
    await set_priority(session, org_id=org_id, take_id=take_id, priority=priority, rank=rank)
    return await _told(session, org_id, take_id)


async def _find_waiting(session: AsyncSession, org_id: str, take_id: str) -> Take:
    take = await find_take(session, org_id=org_id, take_id=take_id)
    if take.state != "QUEUED":
        raise TakeNotWaiting(f"take {take_id} waits no longer: it is {take.state}", state=take.state)
    return take


async def _rank_after(session: AsyncSession, org_id: str, take_id: str, after: str | None) -> int | None:
    ahead = None if after is None else await _find_waiting(session, org_id, after)
    before, behind = await find_neighbours(session, org_id=org_id, after=ahead, without=take_id)
    return _rank_at(before, behind)


def _rank_at(before: int | None, behind: int | None) -> int | None:
    """Between the two, a second before the first or behind the last of all."""
    if behind is None:
        return None if before is None else before + RANKS_A_SECOND
    return behind - RANKS_A_SECOND if before is None else rank_between(before, behind)


async def _spread(session: AsyncSession, org_id: str) -> None:
    """Make room between all takes that wait: their order stays."""
    waiting = await list_waiting_ranks(session, org_id=org_id)
    ranks, least = {}, 0
    for take_id, rank in waiting:
        least = max(rank, least + RANKS_A_SECOND)
        ranks[take_id] = least
    await set_ranks(session, org_id=org_id, ranks=ranks)


async def _told(session: AsyncSession, org_id: str, take_id: str) -> Take:
    await release_takes(session, org_id=org_id)
    await publish_queue_event(session, org_id=org_id, take_id=take_id)
    return await find_take(session, org_id=org_id, take_id=take_id)
