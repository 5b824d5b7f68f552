"""Cuts. A state changes here alone: by the table of legal transitions, compare-and-set."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Cut, Project, ShotTake, Take, database_now
from storage.tables.cuts import LEGAL_CUT_TRANSITIONS, UNFINISHED_CUT_STATES, CutState


async def insert_cut(session: AsyncSession, cut: Cut) -> Cut:
    session.add(cut)
    await session.flush()
    return cut


async def get_cut(session: AsyncSession, *, org_id: str, cut_id: str) -> Cut | None:
    """The cut, unless its film is being erased."""
    return await session.scalar(_visible(org_id).where(Cut.id == cut_id).execution_options(populate_existing=True))


async def list_cuts(
    session: AsyncSession,
    *,
    org_id: str,
    after: str | None,
    limit: int,
    state: CutState | None = None,
    project_id: str | None = None,
) -> list[Cut]:
    """Newest first."""
    query = _visible(org_id).order_by(Cut.id.desc()).limit(limit)
    if after is not None:
        query = query.where(Cut.id < after)
    if state is not None:
        query = query.where(Cut.state == state)
    if project_id is not None:
        query = query.where(Cut.project_id == project_id)
    return list(await session.scalars(query))


async def list_unfinished_cuts(session: AsyncSession, *, org_id: str) -> list[Cut]:
    """Cuts that have not come to an end, oldest first."""
    query = select(Cut).where(Cut.org_id == org_id, Cut.state.in_(UNFINISHED_CUT_STATES)).order_by(Cut.id)
    return list(await session.scalars(query))


async def list_takes_by_number(
    session: AsyncSession, *, org_id: str, take_ids: Collection[str]
) -> dict[str, tuple[int, Take]]:
    """Takes of shots by id, each with its number in its shot."""
    rows = await session.execute(
        select(ShotTake.number, Take)
        .join(Take, (Take.org_id == ShotTake.org_id) & (Take.id == ShotTake.take_id))
        .where(ShotTake.org_id == org_id, ShotTake.take_id.in_(take_ids))
    )
    return {take.id: (number, take) for number, take in rows}


async def move_cut(
    session: AsyncSession,
    *,
    org_id: str,
    cut_id: str,
    to: CutState,
    attempt: int | None = None,
    values: dict[str, Any] | None = None,
) -> Cut | None:
    """Compare-and-set to `to` from any state that may become it; with `attempt`, only while that one is current.

    `values`: further columns of the cut, by name.

    None when the cut is elsewhere by now: somebody else decided, and this caller's work is void.
    """
    before = [state for state, after in LEGAL_CUT_TRANSITIONS.items() if to in after]
    statement = update(Cut).where(Cut.org_id == org_id, Cut.id == cut_id, Cut.state.in_(before))
    if attempt is not None:
        statement = statement.where(Cut.attempt == attempt)
    if to not in UNFINISHED_CUT_STATES:
        statement = statement.values(finished_at=database_now())
    return await session.scalar(
        statement.values(state=to, **(values or {}))
        .returning(Cut)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


async def begin_cut_attempt(session: AsyncSession, *, org_id: str, cut_id: str) -> Cut | None:
    """Start the next attempt; the one before it is void. None when the cut has ended."""
    return await session.scalar(
        update(Cut)
        .where(Cut.org_id == org_id, Cut.id == cut_id, Cut.state.in_(UNFINISHED_CUT_STATES))
        .values(state="RENDERING", attempt=Cut.attempt + 1, progress=0.0, started_at=database_now())
        .returning(Cut)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


async def record_cut_progress(
    session: AsyncSession, *, org_id: str, cut_id: str, attempt: int, progress: float
) -> Cut | None:
    """None when the attempt is not the cut's any more (cancelled, erased, or tried anew)."""
    return await session.scalar(
        update(Cut)
        .where(Cut.org_id == org_id, Cut.id == cut_id, Cut.state == "RENDERING", Cut.attempt == attempt)
        .values(progress=progress)
        .returning(Cut)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


def _visible(org_id: str) -> Select[Cut]:
    return (
        select(Cut)
        .join(Project, (Project.org_id == Cut.org_id) & (Project.id == Cut.project_id))
        .where(Cut.org_id == org_id, Project.deleted.is_(False))
    )
