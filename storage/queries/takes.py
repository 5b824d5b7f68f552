"""Takes and attempts. A state changes here alone: by the table of legal transitions, compare-and-set."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CompoundSelect, Table, bindparam, func, insert, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.metrics import count_ended_attempt, count_ended_take
from storage.tables import Attempt, Take, TakeCharacter, database_now
from storage.tables.characters import Likeness
from storage.tables.takes import LEGAL_TRANSITIONS, TERMINAL_STATES, AttemptState, TakeState

NODE_LOST = "node_lost"


async def insert_take(
    session: AsyncSession, take: Take, *, character_ids: Collection[str], heard_ids: Collection[str] = ()
) -> Take:
    """Store a new take, who is seen in it, and whose recorded voices are heard."""
    session.add(take)
    await session.flush()
    rows = [
        {
            "take_id": take.id,
            "character_id": each,
            "org_id": take.org_id,
            "seen": each in character_ids,
            "heard": each in heard_ids,
        }
        for each in sorted({*character_ids, *heard_ids})
    ]
    if rows:
        await session.execute(_INSERT_CHARACTERS, rows)
    return take


async def get_take(session: AsyncSession, *, org_id: str, take_id: str) -> Take | None:
    return await session.scalar(
        select(Take).where(Take.org_id == org_id, Take.id == take_id).execution_options(populate_existing=True)
    )


@dataclass(frozen=True)
class QueuedTake:
    """What a forecast needs of a take that waits or renders. stage: of a rendering one, where it has told one;
    rendered_s: since an engine took it up; finish: of its tag in its pool."""

    id: str
    rendering: bool
    stage: str | None
    model: str
    expected_ms: int
    progress: float
    rendered_s: float | None
    pool: str
    finish: float | None


async def list_queue(session: AsyncSession, *, org_id: str, limit: int) -> list[QueuedTake]:
    """The organisation's takes that render, and the first `limit` that wait, in their order."""
    rows = await session.execute(_QUEUE, {"org_id": org_id, "limit": limit})
    return [
        QueuedTake(
            take_id,
            state == "RENDERING",
            stage,
            model,
            expected_ms or 0,
            progress,
            (now - started_at).total_seconds() if started_at is not None else None,
            pool,
            finish,
        )
        for take_id, state, stage, model, expected_ms, progress, started_at, pool, finish, now in rows
    ]


async def find_place(session: AsyncSession, *, org_id: str, take_id: str) -> int | None:
    """Of a waiting take in its organisation's order: 1 is the next one."""
    return await session.scalar(_PLACE, {"org_id": org_id, "take_id": take_id})


async def list_paces(session: AsyncSession, *, org_id: str, model: str, limit: int) -> list[float]:
    """Of the newest finished takes of a model: how long each rendered, as a multiple of what its card expected."""
    rows = await session.execute(_PACES, {"org_id": org_id, "model": model, "limit": limit})
    return [render_ms / expected_ms for render_ms, expected_ms in rows if render_ms and expected_ms]


async def list_unfinished_takes(session: AsyncSession, *, org_id: str) -> list[Take]:
    """Takes that have not come to an end, oldest first."""
    query = select(Take).where(Take.org_id == org_id, Take.state.in_(_UNFINISHED)).order_by(Take.id)
    return list(await session.scalars(query))


async def list_unfinished_of_character(session: AsyncSession, *, org_id: str, character_id: str) -> list[str]:
    """Ids of the character's takes that wait or render, oldest first."""
    found = await session.scalars(
        select(Take.id)
        .join(TakeCharacter, (TakeCharacter.org_id == Take.org_id) & (TakeCharacter.take_id == Take.id))
        .where(Take.org_id == org_id, TakeCharacter.character_id == character_id, Take.state.in_(_UNFINISHED))
        .order_by(Take.id)
    )
    return list(found)


async def move_take(
    session: AsyncSession,
    *,
    org_id: str,
    take_id: str,
    to: TakeState,
    attempt: int | None = None,
    **values: Any,  # noqa: ANN401 (columns of Take, set in the same update)
) -> Take | None:
    """Compare-and-set to `to` from any state that may become it; with `attempt`, only while that one is current.

    None when the take is elsewhere by now: somebody else decided, and this caller's work is void.
    """
    before = [state for state, after in LEGAL_TRANSITIONS.items() if to in after]
    statement = update(Take).where(Take.org_id == org_id, Take.id == take_id, Take.state.in_(before))
    if attempt is not None:
        statement = statement.where(Take.attempt == attempt)
    if to in TERMINAL_STATES:
        values["finished_at"] = database_now()
    moved = await session.scalar(
        statement.values(state=to, **values)
        .returning(Take)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if moved is not None and to in TERMINAL_STATES:
        count_ended_take(session, model=moved.model, state=to, code=moved.failure_code)
    return moved


async def begin_attempt(session: AsyncSession, *, org_id: str, take_id: str, key_prefix: str) -> Attempt | None:
    """Start the next attempt: the take renders, attempts before it are abandoned. None when the take has ended.

    `key_prefix` is where this attempt alone writes objects.
    """
    take = await move_take(session, org_id=org_id, take_id=take_id, to="RENDERING", head=False, **_AFRESH)
    if take is None:
        return None
    take.attempt += 1
    await session.execute(
        update(Attempt)
        .where(Attempt.org_id == org_id, Attempt.take_id == take_id, Attempt.state == "RENDERING")
        .values(state="ABANDONED", ended_at=database_now())
        .execution_options(synchronize_session=False)
    )
    attempt = Attempt(take_id=take_id, number=take.attempt, org_id=org_id, key_prefix=key_prefix)
    session.add(attempt)
    await session.flush()
    return attempt


async def end_attempt(
    session: AsyncSession,
    *,
    org_id: str,
    take_id: str,
    number: int,
    state: AttemptState,
    failure_code: str | None = None,
) -> bool:
    """Close a running attempt; False when it was closed or abandoned before."""
    ended = await session.execute(
        update(Attempt)
        .where(
            Attempt.org_id == org_id,
            Attempt.take_id == take_id,
            Attempt.number == number,
            Attempt.state == "RENDERING",
        )
        .values(state=state, failure_code=failure_code, ended_at=database_now())
        .returning(Attempt.number)
        .execution_options(synchronize_session=False)
    )
    if ended.first() is None:
        return False
    count_ended_attempt(session, state=state, code=failure_code)
    return True


async def fence_attempt(session: AsyncSession, *, org_id: str, take_id: str) -> int | None:
    """End the attempt that runs, if one does, for its machine is lost; returns its number."""
    number = await session.scalar(
        update(Attempt)
        .where(Attempt.org_id == org_id, Attempt.take_id == take_id, Attempt.state == "RENDERING")
        .values(state="ABANDONED", failure_code=NODE_LOST, ended_at=database_now())
        .returning(Attempt.number)
        .execution_options(synchronize_session=False)
    )
    if number is not None:
        count_ended_attempt(session, state="ABANDONED", code=NODE_LOST)
    return number


async def list_attempts(session: AsyncSession, *, org_id: str, take_id: str) -> list[Attempt]:
    return list(
        await session.scalars(
            select(Attempt).where(Attempt.org_id == org_id, Attempt.take_id == take_id).order_by(Attempt.number)
        )
    )


async def mark_started(session: AsyncSession, *, org_id: str, take_id: str, attempt: int) -> bool:
    """An engine has taken up the current attempt; False when the take no longer renders it. The first time counts."""
    kept = await session.execute(
        update(Take)
        .where(Take.org_id == org_id, Take.id == take_id, Take.state == "RENDERING", Take.attempt == attempt)
        .values(started_at=func.coalesce(Take.started_at, database_now()))
        .returning(Take.id)
        .execution_options(synchronize_session=False)
    )
    return kept.first() is not None


async def redraw_take(session: AsyncSession, *, org_id: str, take_id: str, seed: int) -> None:
    """Let the take's next attempt begin from another seed."""
    take = await get_take(session, org_id=org_id, take_id=take_id)
    if take is not None:
        take.seed, take.request = seed, take.request | {"seed": seed}
        await session.flush()


async def record_progress(
    session: AsyncSession, *, org_id: str, take_id: str, attempt: int, progress: float, stage: str
) -> bool:
    """Progress of the current attempt; False when the take no longer renders it (cancelled, or tried anew)."""
    kept = await session.execute(
        update(Take)
        .where(Take.org_id == org_id, Take.id == take_id, Take.state == "RENDERING", Take.attempt == attempt)
        .values(progress=progress, stage=stage)
        .returning(Take.id)
        .execution_options(synchronize_session=False)
    )
    return kept.first() is not None


async def block_takes_of_character(
    session: AsyncSession, *, org_id: str, character_id: str, likeness: Likeness = "face"
) -> list[Take]:
    """Queued and running takes that show this character, or carry its recorded voice, become CONSENT_BLOCKED.

    Returns them. Running ones are stopped by their workflow, which finds the take moved at its next step.
    """
    used = TakeCharacter.seen if likeness == "face" else TakeCharacter.heard
    shown = select(TakeCharacter.take_id).where(
        TakeCharacter.org_id == org_id, TakeCharacter.character_id == character_id, used
    )
    before = [state for state, after in LEGAL_TRANSITIONS.items() if "CONSENT_BLOCKED" in after]
    blocked = await session.scalars(
        update(Take)
        .where(Take.org_id == org_id, Take.id.in_(shown), Take.state.in_(before))
        .values(state="CONSENT_BLOCKED", finished_at=database_now())
        .returning(Take)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    takes = sorted(blocked, key=lambda take: take.id)
    for take in takes:
        count_ended_take(session, model=take.model, state=take.state, code=None)
    return takes


_UNFINISHED = [state for state in LEGAL_TRANSITIONS if state not in TERMINAL_STATES]
_AFRESH: dict[str, Any] = {
    "progress": 0.0,
    "stage": None,
}

# What every submit asks is made once.
_INSERT_CHARACTERS = insert(cast(Table, TakeCharacter.__table__))  # plain rows: nobody looks at them as objects here
_UNDER_WAY = select(
    Take.id,
    Take.state,
    Take.stage,
    Take.model,
    Take.expected_ms,
    Take.progress,
    Take.started_at,
    Take.pool,
    Take.tag_finish,
    database_now(),
).where(Take.org_id == bindparam("org_id"))
_FIRST_WAITING = _UNDER_WAY.where(Take.state == "QUEUED").order_by(Take.rank, Take.id).limit(bindparam("limit"))
_QUEUE: CompoundSelect[Any] = union_all(_UNDER_WAY.where(Take.state == "RENDERING"), select(_FIRST_WAITING.subquery()))
_OTHER = aliased(Take)
_OTHERS_WAITING = select(func.count()).where(_OTHER.org_id == Take.org_id, _OTHER.state == "QUEUED")
_PLACE = select(  # two counts, since an index answers the first of them alone
    _OTHERS_WAITING.where(_OTHER.rank < Take.rank).scalar_subquery()
    + _OTHERS_WAITING.where(_OTHER.rank == Take.rank, _OTHER.id <= Take.id).scalar_subquery()
).where(Take.org_id == bindparam("org_id"), Take.id == bindparam("take_id"), Take.state == "QUEUED")
_PACES = (
    select(Take.render_ms, Take.expected_ms)
    .where(
        Take.org_id == bindparam("org_id"),
        Take.model == bindparam("model"),
        Take.state == "SUCCEEDED",
        Take.render_ms.is_not(None),
        Take.expected_ms > 0,
    )
    .order_by(Take.id.desc())
    .limit(bindparam("limit"))
)
