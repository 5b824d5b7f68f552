"""Films and their boards over HTTP. Every edit is one request, one transaction, one entry to undo."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from storage.queries.storyboard import list_projects
from studio.auth.caller import ProjectsCaller
from studio.auth.unit import ReadUnit, Unit
from studio.generation.refusals import RequestUnrenderable
from studio.http.errors import NotFound, problems
from studio.http.pagination import AskedPage, Page, cut_page
from studio.storyboard.board import BoardFull, open_board, open_board_of_shot
from studio.storyboard.board_view import view_board, view_projects, view_scene, view_shot
from studio.storyboard.editing import NothingToUndo, redo, undo
from studio.storyboard.projects import change_project, create_project
from studio.storyboard.scenes import add_scene, change_scene, delete_scene, move_scene
from studio.storyboard.schemas import (
    BoardView,
    ProjectChange,
    ProjectCreate,
    ProjectView,
    SceneChange,
    SceneCreate,
    SceneMove,
    SceneView,
    ShotChange,
    ShotCreate,
    ShotsChange,
    ShotsDelete,
    ShotsDuplicate,
    ShotsDuplicated,
    ShotsMove,
    ShotView,
)
from studio.storyboard.shots import add_shot, change_shot, change_shots, delete_shots, duplicate_shots, move_shots

router = APIRouter(tags=["storyboard"])

ProjectId = Annotated[str, Path(max_length=40, examples=["prj_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]
SceneId = Annotated[str, Path(max_length=40, examples=["scn_01J9ZK3Q5T8M4N6P7R9S0V2W3Y"])]
ShotId = Annotated[str, Path(max_length=40, examples=["sht_01J9ZK3Q5T8M4N6P7R9S0V2W3Z"])]


@router.post("/v1/projects", name="create_project", status_code=201)
async def post_project(asked: ProjectCreate, caller: ProjectsCaller, unit: Unit) -> ProjectView:
    """Begin a film."""
    project = await create_project(unit, org_id=caller.org_id, name=asked.name, aspect=asked.aspect)
    (view,) = await view_projects(unit, org_id=caller.org_id, projects=[project])
    return view


@router.get("/v1/projects", name="list_projects")
async def get_projects(caller: ProjectsCaller, unit: ReadUnit, asked: AskedPage) -> Page[ProjectView]:
    """The organisation's films, newest first."""
    rows = await list_projects(unit, org_id=caller.org_id, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    views = await view_projects(unit, org_id=caller.org_id, projects=shown)
    return Page(data=views, has_more=more, last_id=shown[-1].id if shown else None)


@router.get("/v1/projects/{project_id}", responses=problems(NotFound))
async def get_project(project_id: ProjectId, caller: ProjectsCaller, unit: ReadUnit) -> ProjectView:
    """One film, and how much of what it holds: what its deletion would erase."""
    board = await open_board(unit, org_id=caller.org_id, project_id=project_id)
    (view,) = await view_projects(unit, org_id=caller.org_id, projects=[board.project])
    return view


@router.patch("/v1/projects/{project_id}", responses=problems(NotFound, RequestUnrenderable))
async def update_project(
    project_id: ProjectId, asked: ProjectChange, caller: ProjectsCaller, unit: Unit
) -> ProjectView:
    """Change a film's name, its aspect, how words are said in it, or whose nodes render it."""
    board = await change_project(unit, org_id=caller.org_id, project_id=project_id, asked=asked)
    (view,) = await view_projects(unit, org_id=caller.org_id, projects=[board.project])
    return view


@router.get("/v1/projects/{project_id}/board", responses=problems(NotFound))
async def get_board(project_id: ProjectId, caller: ProjectsCaller, unit: ReadUnit) -> BoardView:
    """The whole board: scenes and shots in order, each with the take to show for it."""
    return await view_board(unit, await open_board(unit, org_id=caller.org_id, project_id=project_id))


@router.post("/v1/projects/{project_id}/undo", responses=problems(NotFound, NothingToUndo))
async def undo_edit(project_id: ProjectId, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Take back the newest edit of the board, whoever made it."""
    await undo(unit, org_id=caller.org_id, project_id=project_id)
    return await view_board(unit, await open_board(unit, org_id=caller.org_id, project_id=project_id))


@router.post("/v1/projects/{project_id}/redo", responses=problems(NotFound, NothingToUndo))
async def redo_edit(project_id: ProjectId, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Do again what was undone last; another edit in between ends that."""
    await redo(unit, org_id=caller.org_id, project_id=project_id)
    return await view_board(unit, await open_board(unit, org_id=caller.org_id, project_id=project_id))


@router.post("/v1/projects/{project_id}/scenes", status_code=201, responses=problems(NotFound, BoardFull))
async def create_scene(project_id: ProjectId, asked: SceneCreate, caller: ProjectsCaller, unit: Unit) -> SceneView:
    """Add a scene."""
    board, scene_id = await add_scene(unit, org_id=caller.org_id, project_id=project_id, asked=asked)
    return await view_scene(unit, board, scene_id)


@router.patch("/v1/scenes/{scene_id}", responses=problems(NotFound))
async def update_scene(scene_id: SceneId, asked: SceneChange, caller: ProjectsCaller, unit: Unit) -> SceneView:
    """Change a scene's heading."""
    board = await change_scene(unit, org_id=caller.org_id, scene_id=scene_id, asked=asked)
    return await view_scene(unit, board, scene_id)


@router.delete("/v1/scenes/{scene_id}", name="delete_scene", responses=problems(NotFound))
async def remove_scene(scene_id: SceneId, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Delete a scene with its shots. An undo brings all of it back, takes included."""
    return await view_board(unit, await delete_scene(unit, org_id=caller.org_id, scene_id=scene_id))


@router.post("/v1/scenes/{scene_id}/move", name="move_scene", responses=problems(NotFound))
async def post_scene_move(scene_id: SceneId, asked: SceneMove, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Move a scene to another place in its film."""
    return await view_board(unit, await move_scene(unit, org_id=caller.org_id, scene_id=scene_id, asked=asked))


@router.post("/v1/scenes/{scene_id}/shots", status_code=201, responses=problems(NotFound, BoardFull))
async def create_shot(scene_id: SceneId, asked: ShotCreate, caller: ProjectsCaller, unit: Unit) -> ShotView:
    """Add a shot."""
    board, shot_id = await add_shot(unit, org_id=caller.org_id, scene_id=scene_id, asked=asked)
    return await view_shot(unit, board, shot_id)


@router.post("/v1/shots/change", name="change_shots", responses=problems(NotFound))
async def post_shots_change(asked: ShotsChange, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Change several shots of one film alike, in one edit: framing, camera, length, size, model, tier, plate."""
    return await view_board(unit, await change_shots(unit, org_id=caller.org_id, asked=asked))


@router.post("/v1/shots/move", name="move_shots", responses=problems(NotFound))
async def post_shots_move(asked: ShotsMove, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Move shots within their film, across scenes too; all of them in one edit."""
    return await view_board(unit, await move_shots(unit, org_id=caller.org_id, asked=asked))


@router.post("/v1/shots/delete", name="delete_shots", responses=problems(NotFound))
async def post_shots_delete(asked: ShotsDelete, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Delete shots of one film together, in one edit. An undo brings all of them back with their takes."""
    return await view_board(unit, await delete_shots(unit, org_id=caller.org_id, shot_ids=asked.shot_ids))


@router.post(
    "/v1/shots/duplicate",
    name="duplicate_shots",
    status_code=201,
    responses=problems(NotFound, BoardFull),
)
async def post_shots_duplicate(asked: ShotsDuplicate, caller: ProjectsCaller, unit: Unit) -> ShotsDuplicated:
    """Duplicate shots of one film together, in one edit, without their takes."""
    board, copies = await duplicate_shots(unit, org_id=caller.org_id, shot_ids=asked.shot_ids)
    return ShotsDuplicated(board=await view_board(unit, board), shot_ids=copies)


@router.get("/v1/shots/{shot_id}", responses=problems(NotFound))
async def get_shot(shot_id: ShotId, caller: ProjectsCaller, unit: ReadUnit) -> ShotView:
    """One shot."""
    return await view_shot(unit, await open_board_of_shot(unit, org_id=caller.org_id, shot_id=shot_id), shot_id)


@router.patch("/v1/shots/{shot_id}", responses=problems(NotFound))
async def update_shot(shot_id: ShotId, asked: ShotChange, caller: ProjectsCaller, unit: Unit) -> ShotView:
    """Change what a shot asks for. Its takes stay, and say what has changed since."""
    return await view_shot(unit, await change_shot(unit, org_id=caller.org_id, shot_id=shot_id, asked=asked), shot_id)


@router.delete("/v1/shots/{shot_id}", responses=problems(NotFound))
async def delete_shot(shot_id: ShotId, caller: ProjectsCaller, unit: Unit) -> BoardView:
    """Delete a shot. An undo brings it back with its takes."""
    return await view_board(unit, await delete_shots(unit, org_id=caller.org_id, shot_ids=[shot_id]))


@router.post("/v1/shots/{shot_id}/duplicate", status_code=201, responses=problems(NotFound, BoardFull))
async def duplicate_shot(shot_id: ShotId, caller: ProjectsCaller, unit: Unit) -> ShotView:
    """Add the same shot right after this one, without its takes."""
    board, (copy_id,) = await duplicate_shots(unit, org_id=caller.org_id, shot_ids=[shot_id])
    return await view_shot(unit, board, copy_id)
