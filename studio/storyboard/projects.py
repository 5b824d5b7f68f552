"""Films: made, renamed."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.standing import get_standing
from storage.queries.storyboard import insert_project
from storage.tables import Project
from studio.generation.offered_models import check_pool
from studio.http.ids import new_id
from studio.storyboard.board import Board
from studio.storyboard.edit_labels import EditAction, Label
from studio.storyboard.editing import begin_edit, keep_edit
from studio.storyboard.schemas import ProjectChange


async def create_project(session: AsyncSession, *, org_id: str, name: str, aspect: str) -> Project:
    """A new, empty film."""
    return await insert_project(session, org_id=org_id, project_id=new_id("prj"), name=name, aspect=aspect)


def _action(asked: ProjectChange) -> EditAction:
    if asked.name:
        return "rename_film"
    if asked.aspect:
        return "reshape_film"
    return "choose_pool" if "pool" in asked.model_fields_set else "pronounce"


async def change_project(session: AsyncSession, *, org_id: str, project_id: str, asked: ProjectChange) -> Board:
    """One edit, like those of its board. Raises NotFound, RequestUnrenderable."""
    edit = await begin_edit(session, org_id=org_id, project_id=project_id)
    project = edit.board.project
    project.name = asked.name or project.name
    project.aspect = asked.aspect or project.aspect
    if asked.pronunciations is not None:
        project.pronunciations = dict(asked.pronunciations)
    if "pool" in asked.model_fields_set:
        check_pool(asked.pool, (await get_standing(session, org_id=org_id)).choice.pools)
        project.pool = asked.pool
    await keep_edit(session, edit, Label(_action(asked)))
    return edit.board
