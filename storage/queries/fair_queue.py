"""What the fair queue keeps: takes' tags, organisations' accounts, pools' times, and its rows among the durable
workflows, which have the takes' ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, func, insert, literal, select, text, true, tuple_, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.durable import durable_table
from storage.queries.listed_takes import WITHOUT_THE_REST, ListedTake, verdicts_of
from storage.queries.standing import forget_standing
from storage.tables import Organisation, Pool, PoolAccount, Take
from storage.tenant_scope import set_figures_scope


@dataclass(frozen=True)
class Account:
    """Where an organisation's account in a pool stands, and the pool itself; virtual seconds. rendering: how many of
    the organisation's takes render there."""

    finish: float
    virtual: float
    base: float
    rendering: int = 0


@dataclass(frozen=True)
class QueuedHead:
    """A take as the fair queue sees it. seconds: expected; start and finish: of its tag, where it has one."""

    id: str
    model: str
    pool: str
    state: str
    rank: int
    seconds: float
    start: float | None
    finish: float | None
    head: bool
    preempted: int
    has_asked: bool
    used_s: float


async def set_paused(session: AsyncSession, *, org_id: str, paused: bool) -> bool:
    """Whether that changed anything."""
    forget_standing(session, org_id=org_id)
    changed = await session.execute(
        update(Organisation)
        .where(Organisation.id == org_id, Organisation.queue_paused != paused)
        .values(queue_paused=paused)
        .returning(Organisation.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def get_account(session: AsyncSession, *, org_id: str, pool: str) -> Account:
    row = (await session.execute(_ACCOUNT, {"org_id": org_id, "pool": pool})).one_or_none()
    if row is None:
        return Account(0.0, 0.0, 0.0)
    return Account(row.finish or 0.0, row.virtual, row.base, row.rendering)


async def set_account(session: AsyncSession, *, org_id: str, pool: str, finish: float) -> None:
    changed = await session.execute(
        update(PoolAccount)
        .where(PoolAccount.org_id == org_id, PoolAccount.pool == pool)
        .values(finish=finish)
        .returning(PoolAccount.pool)
        .execution_options(synchronize_session=False)
    )
    if changed.first() is None:
        await session.execute(insert(PoolAccount).values(org_id=org_id, pool=pool, finish=finish))


async def list_tagged(session: AsyncSession, *, org_id: str) -> list[QueuedHead]:
    """The organisation's takes that have a tag: those that wait and were heads, those that render, and those that
    ended since their accounts were settled."""
    return [_head(row) for row in await session.execute(_TAGGED.order_by(*_IN_ORDER), {"org_id": org_id})]


async def list_tagged_and_untagged(
    session: AsyncSession, *, org_id: str, pool: str, limit: int
) -> tuple[list[QueuedHead], list[QueuedHead]]:
    """`list_tagged` and `list_untagged` in one statement."""
    rows = await session.execute(_TAGGED_AND_UNTAGGED, {"org_id": org_id, "pool": pool, "limit": limit})
    takes = sorted(map(_head, rows), key=lambda take: (take.rank, take.id))
    return [take for take in takes if take.finish is not None], [take for take in takes if take.finish is None]


async def list_untagged(
    session: AsyncSession, *, org_id: str, pool: str, limit: int, models: Collection[str] | None = None
) -> list[QueuedHead]:
    """The first takes that wait in a pool and have no tag yet; of these models alone, where some are given."""
    words = _UNTAGGED if models is None else _UNTAGGED.where(Take.model.in_(sorted(models)))
    rows = await session.execute(words, {"org_id": org_id, "pool": pool, "limit": limit})
    return [_head(row) for row in rows]


async def set_tags(
    session: AsyncSession, *, org_id: str, tags: Mapping[str, tuple[float, float]], heads: Collection[str] = ()
) -> None:
    """Of takes that wait. heads: those of them that become heads as well."""
    for take_id, (start, finish) in tags.items():
        tag = {"of": org_id, "take": take_id, "start": start, "finish": finish}
        await session.execute(_SET_TAG_OF_HEAD if take_id in heads else _SET_TAG, tag)


async def clear_tags(session: AsyncSession, *, org_id: str, take_ids: Sequence[str]) -> None:
    """Of takes whose accounts are settled."""
    await session.execute(
        update(Take)
        .where(Take.org_id == org_id, Take.id.in_(take_ids))
        .values(tag_start=None, tag_finish=None, head=False)
        .execution_options(synchronize_session=False)
    )


async def set_heads(session: AsyncSession, *, org_id: str, take_ids: Sequence[str], head: bool) -> None:
    if take_ids:
        await session.execute(
            update(Take)
            .where(Take.org_id == org_id, Take.id.in_(take_ids), Take.state == "QUEUED")
            .values(head=head)
            .execution_options(synchronize_session=False)
        )


async def list_organisations_that_wait(session: AsyncSession) -> list[str]:
    """Those that have a take in a queue. For sweeps."""
    await set_figures_scope(session)
    return list(await session.scalars(select(Take.org_id).where(Take.state == "QUEUED").distinct()))


async def withdraw_workflow(session: AsyncSession, *, workflow_id: str) -> bool:
    """Take it out of its queue; False where a node has taken it up."""
    words = f"DELETE FROM {_status(session)} WHERE workflow_uuid = :id AND status = 'ENQUEUED' RETURNING workflow_uuid"  # noqa: S608
    return (await session.execute(text(words), {"id": workflow_id})).first() is not None


async def move_workflow(session: AsyncSession, *, workflow_id: str, priority: int) -> None:
    """To another place in its queue, while it waits there."""
    words = (
        f"UPDATE {_status(session)} SET priority = :priority "  # noqa: S608
        "WHERE workflow_uuid = :id AND status = 'ENQUEUED' AND priority <> :priority"
    )
    await session.execute(text(words), {"id": workflow_id, "priority": priority})


async def list_waiting_takes(session: AsyncSession, *, org_id: str, limit: int) -> tuple[list[ListedTake], int]:
    """The first of the organisation's takes that wait, in their order, and how many there are."""
    waits = (Take.org_id == org_id, Take.state == "QUEUED")
    rows = await session.execute(
        select(Take, verdicts_of(Take.identity))
        .options(*WITHOUT_THE_REST)
        .where(*waits)
        .order_by(*_IN_ORDER)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    listed = [ListedTake(take, verdicts) for take, verdicts in rows]
    if len(listed) < limit:
        return listed, len(listed)
    return listed, int((await session.execute(select(func.count()).where(*waits))).scalar_one())


async def list_waiting_ranks(session: AsyncSession, *, org_id: str) -> list[tuple[str, int]]:
    """All of them, in their order."""
    rows = await session.execute(
        select(Take.id, Take.rank).where(Take.org_id == org_id, Take.state == "QUEUED").order_by(*_IN_ORDER)
    )
    return [(take_id, rank) for take_id, rank in rows]


async def find_neighbours(
    session: AsyncSession, *, org_id: str, after: Take | None, without: str
) -> tuple[int | None, int | None]:
    """The ranks between which a take is right after `after`, or first of all where that is None."""
    others = select(Take.rank).where(Take.org_id == org_id, Take.state == "QUEUED", Take.id != without)
    if after is not None:
        others = others.where(tuple_(Take.rank, Take.id) > (after.rank, after.id))
    behind = await session.scalar(others.order_by(*_IN_ORDER).limit(1))
    return (None if after is None else after.rank), behind


async def set_ranks(session: AsyncSession, *, org_id: str, ranks: Mapping[str, int]) -> None:
    for take_id, rank in ranks.items():
        await session.execute(
            update(Take)
            .where(Take.org_id == org_id, Take.id == take_id)
            .values(rank=rank)
            .execution_options(synchronize_session=False)
        )


async def set_priority(session: AsyncSession, *, org_id: str, take_id: str, priority: str, rank: int) -> None:
    await session.execute(
        update(Take)
        .where(Take.org_id == org_id, Take.id == take_id)
        .values(priority=priority, rank=rank)
        .execution_options(synchronize_session=False)
    )


async def list_lost_heads(session: AsyncSession, *, org_id: str) -> list[str]:
    """Takes that are heads, as they say, and have no workflow that waits or runs."""
    words = text(
        f"SELECT t.id FROM takes t WHERE t.org_id = :org_id AND t.head AND t.state = 'QUEUED' AND NOT EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {_status(session)} s WHERE s.workflow_uuid = t.id "
        "AND s.status IN ('ENQUEUED', 'DELAYED', 'PENDING'))"
    )
    return list(await session.scalars(words, {"org_id": org_id}))


async def advance_pool(session: AsyncSession, *, pool: str, start: float) -> Account | None:
    """A take whose tag starts there is begun: the pool's time never goes back. None: nothing changed."""
    row = (
        await session.execute(
            update(Pool)
            .where(Pool.name == pool, Pool.virtual < start)
            .values(virtual=start)
            .returning(Pool.virtual, Pool.base)
            .execution_options(synchronize_session=False)
        )
    ).one_or_none()
    return Account(0.0, row.virtual, row.base) if row is not None else None


async def rebase_pool(session: AsyncSession, *, pool: str, base: float, ticks: int) -> None:
    """Let a pool count from `base`, which is so many ticks later than before, and with it what waits in its queues."""
    await session.execute(
        update(Pool).where(Pool.name == pool).values(base=base).execution_options(synchronize_session=False)
    )
    words = (
        f"UPDATE {_status(session)} SET priority = CASE WHEN priority > :ticks THEN priority - :ticks ELSE 1 END "  # noqa: S608
        "WHERE status = 'ENQUEUED' AND queue_name LIKE :queues"
    )
    await session.execute(text(words), {"ticks": ticks, "queues": f"takes/%/{pool}"})


def _status(session: AsyncSession) -> str:
    return durable_table(session, "workflow_status")


def _used_s(render_ms: int | None, started_at: datetime | None, finished_at: datetime | None) -> float:
    """Of a device: what a clip took, or how long it was tried."""
    if render_ms is not None:
        return render_ms / 1000
    return (finished_at - started_at).total_seconds() if started_at and finished_at else 0.0


def _head(row: Any) -> QueuedHead:  # noqa: ANN401 (a row of `_COLUMNS`)
    return QueuedHead(
        row.id,
        row.model,
        row.pool,
        row.state,
        row.rank,
        max(row.expected_ms or 0, 1) / 1000,
        row.tag_start,
        row.tag_finish,
        row.head,
        row.preempted,
        row.has_asked,
        _used_s(row.render_ms, row.started_at, row.finished_at),
    )


_RENDERING = select(func.count()).where(
    Take.org_id == bindparam("org_id"), Take.state == literal("RENDERING"), Take.pool == bindparam("pool")
)
_ACCOUNT = (
    select(PoolAccount.finish, Pool.virtual, Pool.base, _RENDERING.scalar_subquery().label("rendering"))
    .select_from(Pool)
    .outerjoin(PoolAccount, (PoolAccount.pool == Pool.name) & (PoolAccount.org_id == bindparam("org_id")))
    .where(Pool.name == bindparam("pool"))
)
_COLUMNS = (
    Take.id,
    Take.model,
    Take.pool,
    Take.state,
    Take.rank,
    Take.expected_ms,
    Take.tag_start,
    Take.tag_finish,
    Take.head,
    Take.preempted,
    Take.has_asked,
    Take.render_ms,
    Take.started_at,
    Take.finished_at,
)
_IN_ORDER = (Take.rank, Take.id)
_TAGGED = select(*_COLUMNS).where(Take.org_id == bindparam("org_id"), Take.tag_finish.is_not(None))
_UNTAGGED = (
    select(*_COLUMNS)
    .where(
        Take.org_id == bindparam("org_id"),
        Take.state == literal("QUEUED"),
        Take.tag_finish.is_(None),
        Take.pool == bindparam("pool"),
    )
    .order_by(*_IN_ORDER)
    .limit(bindparam("limit"))
)
_TAGGED_AND_UNTAGGED: CompoundSelect[Any] = union_all(_TAGGED, select(_UNTAGGED.subquery()))
_SET_TAG = (
    update(Take)
    .where(Take.org_id == bindparam("of"), Take.id == bindparam("take"))
    .values(tag_start=bindparam("start"), tag_finish=bindparam("finish"))
    .execution_options(synchronize_session=False)
)
_SET_TAG_OF_HEAD = _SET_TAG.values(head=true())
