"""Edits of scenes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Scene, Shot
from studio.http.errors import NotFound
from studio.http.ids import new_id
from studio.storyboard.board import Board
from studio.storyboard.edit_labels import EditAction, Label
from studio.storyboard.editing import Edit, begin_edit, keep_edit, remove_shot
from studio.storyboard.scene_setting import SceneSetting, check_plate, merge_setting, read_setting
from studio.storyboard.schemas import SceneChange, SceneCreate, SceneMove

Placed = TypeVar("Placed", Scene, Shot)


async def add_scene(session: AsyncSession, *, org_id: str, project_id: str, asked: SceneCreate) -> tuple[Board, str]:
    """Returns the board and the new scene's id. Raises NotFound, BoardFull."""
    edit = await begin_edit(session, org_id=org_id, project_id=project_id)
    await check_plate(session, org_id=org_id, plate=asked.setting.plate, known=None)
    last = "after" not in asked.model_fields_set
    place = len(edit.board.scenes) if last else place_after(edit.board.scenes, asked.after)
    scene = insert_scene(edit, place, asked.heading, asked.setting)
    await keep_edit(session, edit, Label("add_scene", scene=place + 1))
    return edit.board, scene.id


def insert_scene(edit: Edit, place: int, heading: str, setting: SceneSetting) -> Scene:
    """A new, empty scene on the board that is being edited."""
    board = edit.board
    scene = Scene(
        id=new_id("scn"),
        org_id=board.project.org_id,
        project_id=board.project.id,
        heading=heading,
        setting=setting.model_dump(mode="json"),
        ordinal=place + 1,
        deleted=False,
    )
    board.scenes.insert(place, scene)
    board.shots[scene.id] = []
    return scene


async def change_scene(session: AsyncSession, *, org_id: str, scene_id: str, asked: SceneChange) -> Board:
    """Raises NotFound."""
    edit = await begin_edit(session, org_id=org_id, scene_id=scene_id)
    scene = edit.board.scene(scene_id)
    if asked.heading is not None:
        scene.heading = asked.heading
    if asked.setting is not None:
        before = read_setting(scene)
        setting = merge_setting(before, asked.setting)
        await check_plate(session, org_id=org_id, plate=setting.plate, known=before.plate)
        scene.setting = setting.model_dump(mode="json")
    action: EditAction = "rename_scene" if asked.setting is None else "set_scene"
    await keep_edit(session, edit, Label(action, scene=edit.board.scene_number(scene)))
    return edit.board


async def move_scene(session: AsyncSession, *, org_id: str, scene_id: str, asked: SceneMove) -> Board:
    """Raises NotFound."""
    edit = await begin_edit(session, org_id=org_id, scene_id=scene_id)
    board = edit.board
    scene = board.scene(scene_id)
    number = board.scene_number(scene)
    board.scenes.remove(scene)
    place = number - 1 if asked.after == scene_id else place_after(board.scenes, asked.after)
    board.scenes.insert(place, scene)
    await keep_edit(session, edit, Label("move_scene", scene=number))
    return board


async def delete_scene(session: AsyncSession, *, org_id: str, scene_id: str) -> Board:
    """With its shots; all of them can come back. Raises NotFound."""
    edit = await begin_edit(session, org_id=org_id, scene_id=scene_id)
    board = edit.board
    scene = board.scene(scene_id)
    number = board.scene_number(scene)
    for shot in list(board.shots[scene.id]):
        remove_shot(board, shot)
    board.scenes.remove(scene)
    del board.shots[scene.id]
    scene.deleted = True
    await keep_edit(session, edit, Label("delete_scene", scene=number))
    return board


def place_after(rows: Sequence[Placed], after: str | None) -> int:
    """Where something goes that comes right after the row `after`; None: first. Raises NotFound."""
    if after is None:
        return 0
    ids = [row.id for row in rows]
    if after not in ids:
        raise NotFound(f"there is nothing called {after} to come after")
    return ids.index(after) + 1
