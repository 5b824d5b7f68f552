"""Projects, scenes, shots and the log of edits. What is deleted can be brought back by an undo, and is seen no more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.timestamps import instant_after, read_clock
from storage.tables import BoardEdit, Project, Scene, Shot, ShotTake, Take

EDITS_KEPT = 500


@dataclass(frozen=True)
class ProjectFigures:
    """How much of what a project holds, and the take to show for it."""

    scenes: int
    shots: int
    takes: int
    circled: int
    poster_take_id: str | None


async def insert_project(session: AsyncSession, *, org_id: str, project_id: str, name: str, aspect: str) -> Project:
    project = Project(id=project_id, org_id=org_id, name=name, aspect=aspect, revision=0, deleted=False)
    session.add(project)
    await session.flush()
    return project


async def get_project(session: AsyncSession, *, org_id: str, project_id: str) -> Project | None:
    query = select(Project).where(Project.org_id == org_id, Project.id == project_id, Project.deleted.is_(False))
    return await session.scalar(query.execution_options(populate_existing=True))


async def list_projects(session: AsyncSession, *, org_id: str, after: str | None, limit: int) -> list[Project]:
    """Newest first."""
    query = (
        select(Project)
        .where(Project.org_id == org_id, Project.deleted.is_(False))
        .order_by(Project.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(Project.id < after)
    return list(await session.scalars(query))


async def read_figures(
    session: AsyncSession, *, org_id: str, project_ids: Collection[str]
) -> dict[str, ProjectFigures]:
    """Of each project. Its poster is its newest circled take, else its newest one that succeeded."""
    scenes = await session.execute(
        select(Scene.project_id, func.count())
        .where(Scene.org_id == org_id, Scene.project_id.in_(project_ids), Scene.deleted.is_(False))
        .group_by(Scene.project_id)
    )
    shots = await session.execute(
        select(Shot.project_id, func.count(), func.count(Shot.circled_take_id), func.max(Shot.circled_take_id))
        .where(Shot.org_id == org_id, Shot.project_id.in_(project_ids), Shot.deleted.is_(False))
        .group_by(Shot.project_id)
    )
    succeeded = func.max(Take.id).filter(Take.state == "SUCCEEDED")
    takes = await session.execute(
        select(Shot.project_id, func.count(), succeeded)
        .join(ShotTake, (ShotTake.org_id == Shot.org_id) & (ShotTake.shot_id == Shot.id))
        .join(Take, (Take.org_id == ShotTake.org_id) & (Take.id == ShotTake.take_id))
        .where(Shot.org_id == org_id, Shot.project_id.in_(project_ids), Shot.deleted.is_(False))
        .group_by(Shot.project_id)
    )
    scenes_of = {row[0]: row[1] for row in scenes}
    shots_of = {project_id: (count, circled, newest) for project_id, count, circled, newest in shots}
    takes_of = {project_id: (count, newest) for project_id, count, newest in takes}
    figures = {}
    for project_id in project_ids:
        shot_count, circled, circled_newest = shots_of.get(project_id, (0, 0, None))
        take_count, newest = takes_of.get(project_id, (0, None))
        poster = circled_newest or newest
        figures[project_id] = ProjectFigures(scenes_of.get(project_id, 0), shot_count, take_count, circled, poster)
    return figures


async def find_project_of_scene(session: AsyncSession, *, org_id: str, scene_id: str) -> str | None:
    return await session.scalar(
        select(Scene.project_id)
        .join(Project, (Project.org_id == Scene.org_id) & (Project.id == Scene.project_id))
        .where(Scene.org_id == org_id, Scene.id == scene_id, Scene.deleted.is_(False), Project.deleted.is_(False))
    )


async def find_project_of_shot(session: AsyncSession, *, org_id: str, shot_id: str) -> str | None:
    return await session.scalar(
        select(Shot.project_id)
        .join(Project, (Project.org_id == Shot.org_id) & (Project.id == Shot.project_id))
        .where(Shot.org_id == org_id, Shot.id == shot_id, Shot.deleted.is_(False), Project.deleted.is_(False))
    )


async def list_scenes(session: AsyncSession, *, org_id: str, project_id: str) -> list[Scene]:
    """In order."""
    return list(
        await session.scalars(
            select(Scene)
            .where(Scene.org_id == org_id, Scene.project_id == project_id, Scene.deleted.is_(False))
            .order_by(Scene.ordinal, Scene.id)
            .execution_options(populate_existing=True)
        )
    )


async def list_shots(session: AsyncSession, *, org_id: str, project_id: str) -> list[Shot]:
    """In order within each scene."""
    return list(
        await session.scalars(
            select(Shot)
            .where(Shot.org_id == org_id, Shot.project_id == project_id, Shot.deleted.is_(False))
            .order_by(Shot.ordinal, Shot.id)
            .execution_options(populate_existing=True)
        )
    )


async def get_board_rows(
    session: AsyncSession, *, org_id: str, project_id: str, ids: Collection[str]
) -> dict[str, Scene | Shot]:
    """Scenes and shots by id, deleted ones among them."""
    scenes = await session.scalars(
        select(Scene).where(Scene.org_id == org_id, Scene.project_id == project_id, Scene.id.in_(ids))
    )
    shots = await session.scalars(
        select(Shot).where(Shot.org_id == org_id, Shot.project_id == project_id, Shot.id.in_(ids))
    )
    return {row.id: row for row in (*scenes, *shots)}


async def insert_edit(
    session: AsyncSession,
    *,
    org_id: str,
    project_id: str,
    action: str,
    numbers: dict[str, Any],
    changes: list[dict[str, Any]],
) -> None:
    """Append an edit in place of the undone ones; of the done ones the newest are kept."""
    await session.execute(
        delete(BoardEdit)
        .where(BoardEdit.org_id == org_id, BoardEdit.project_id == project_id, BoardEdit.undone.is_(True))
        .execution_options(synchronize_session=False)
    )
    newest = await session.scalar(
        select(func.max(BoardEdit.number)).where(BoardEdit.org_id == org_id, BoardEdit.project_id == project_id)
    )
    number = (newest or 0) + 1
    session.add(
        BoardEdit(project_id=project_id, number=number, org_id=org_id, action=action, numbers=numbers, changes=changes)
    )
    await session.flush()
    await session.execute(
        delete(BoardEdit)
        .where(BoardEdit.org_id == org_id, BoardEdit.project_id == project_id, BoardEdit.number <= number - EDITS_KEPT)
        .execution_options(synchronize_session=False)
    )


async def extend_edit(session: AsyncSession, edit: BoardEdit, *, changes: list[dict[str, Any]]) -> None:
    """The edit goes on: from now on it did this."""
    edit.changes = changes
    edit.created_at = await read_clock(session)
    await session.flush()


async def find_recent_edit(
    session: AsyncSession, *, org_id: str, project_id: str, within: timedelta
) -> BoardEdit | None:
    """The newest edit, done or undone, if it was made just now."""
    since = await instant_after(session, -within)
    newest = await session.scalar(
        select(BoardEdit)
        .where(BoardEdit.org_id == org_id, BoardEdit.project_id == project_id)
        .order_by(BoardEdit.number.desc())
        .limit(1)
    )
    return newest if newest is not None and newest.created_at > since else None


async def find_edit_to_undo(session: AsyncSession, *, org_id: str, project_id: str) -> BoardEdit | None:
    """The newest edit that is done."""
    return await session.scalar(
        select(BoardEdit)
        .where(BoardEdit.org_id == org_id, BoardEdit.project_id == project_id, BoardEdit.undone.is_(False))
        .order_by(BoardEdit.number.desc())
        .limit(1)
    )


async def find_edit_to_redo(session: AsyncSession, *, org_id: str, project_id: str) -> BoardEdit | None:
    """The oldest edit that is undone."""
    return await session.scalar(
        select(BoardEdit)
        .where(BoardEdit.org_id == org_id, BoardEdit.project_id == project_id, BoardEdit.undone.is_(True))
        .order_by(BoardEdit.number)
        .limit(1)
    )
