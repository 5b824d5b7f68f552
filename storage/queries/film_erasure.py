"""Erasing a film for good: marked, its renders ended, then every row of it gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after
from storage.tables import Attempt, Cut, Project, Scene, Shot, ShotTake, Take, TakeNote
from storage.tables.takes import TAKE_STATES, TERMINAL_STATES

# An engine lets go of a cancelled take within a step; an attempt that is older belongs to a process that is gone.
LET_GO_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True)
class FilmHoldings:
    """What a film holds, deleted scenes and shots among it."""

    scenes: int
    shots: int
    takes: list[Take]
    notes: int
    cuts: list[Cut]

    @property
    def asset_ids(self) -> set[str]:
        """Of everything that its takes and cuts left."""
        found = {cut.asset_id for cut in self.cuts} | {
            asset_id
            for take in self.takes
            for asset_id in (take.clip_asset_id, take.thumbnail_asset_id, take.sprite_asset_id, take.motion_asset_id)
        }
        return {asset_id for asset_id in found if asset_id is not None}


def _take_ids(org_id: str, project_id: str) -> Select[str]:
    return (
        select(ShotTake.take_id)
        .join(Shot, (Shot.org_id == ShotTake.org_id) & (Shot.id == ShotTake.shot_id))
        .where(ShotTake.org_id == org_id, Shot.project_id == project_id)
    )


async def list_film_holdings(session: AsyncSession, *, org_id: str, project_id: str) -> FilmHoldings:
    """Everything of the film."""
    count = {
        table: await session.scalar(select(func.count()).where(table.org_id == org_id, table.project_id == project_id))
        or 0
        for table in (Scene, Shot)
    }
    take_ids = _take_ids(org_id, project_id)
    takes = await session.scalars(select(Take).where(Take.org_id == org_id, Take.id.in_(take_ids)).order_by(Take.id))
    notes = await session.scalar(select(func.count()).where(TakeNote.org_id == org_id, TakeNote.take_id.in_(take_ids)))
    cuts = await session.scalars(select(Cut).where(Cut.org_id == org_id, Cut.project_id == project_id).order_by(Cut.id))
    return FilmHoldings(count[Scene], count[Shot], list(takes), notes or 0, list(cuts))


async def list_projects_to_erase(session: AsyncSession, *, org_id: str) -> list[str]:
    """Films that are marked and not erased yet."""
    query = select(Project.id).where(Project.org_id == org_id, Project.deleted.is_(True)).order_by(Project.id)
    return list(await session.scalars(query))


async def is_rendering(session: AsyncSession, *, org_id: str, project_id: str) -> bool:
    """Whether an engine may still write for one of the film's takes."""
    since = await instant_after(session, -LET_GO_WITHIN)
    unfinished = [state for state in TAKE_STATES if state not in TERMINAL_STATES]
    found = await session.scalar(
        select(Take.id)
        .outerjoin(Attempt, (Attempt.org_id == Take.org_id) & (Attempt.take_id == Take.id))
        .where(
            Take.org_id == org_id,
            Take.id.in_(_take_ids(org_id, project_id)),
            Take.state.in_(unfinished) | ((Attempt.state == "RENDERING") & (Take.finished_at > since)),
        )
        .limit(1)
    )
    return found is not None


async def delete_film_rows(session: AsyncSession, *, org_id: str, project_id: str) -> None:
    """The film, its takes, and everything that hangs on either."""
    unlocked = {"synchronize_session": False}
    await session.execute(
        update(Shot)
        .where(Shot.org_id == org_id, Shot.project_id == project_id)
        .values(circled_take_id=None)
        .execution_options(**unlocked)
    )
    await session.execute(
        delete(Take)
        .where(Take.org_id == org_id, Take.id.in_(_take_ids(org_id, project_id)))
        .execution_options(**unlocked)
    )
    await session.execute(
        delete(Project).where(Project.org_id == org_id, Project.id == project_id).execution_options(**unlocked)
    )
