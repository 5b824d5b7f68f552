"""Edits of shots."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.assets import get_ready_assets
from storage.queries.characters import get_characters
from storage.queries.looks import get_looks
from storage.tables import Shot
from studio.generation.schemas import UploadedPlate
from studio.http.errors import InvalidRequest, NotFound
from studio.http.ids import new_id
from studio.storyboard.board import Board
from studio.storyboard.board_view import read_content
from studio.storyboard.edit_labels import Label
from studio.storyboard.editing import Edit, begin_edit, keep_edit, remove_shot
from studio.storyboard.scenes import place_after
from studio.storyboard.schemas import ShotChange, ShotContent, ShotCreate, ShotsChange, ShotsMove


async def add_shot(session: AsyncSession, *, org_id: str, scene_id: str, asked: ShotCreate) -> tuple[Board, str]:
    """Returns the board and the new shot's id. Raises NotFound, BoardFull."""
    edit = await begin_edit(session, org_id=org_id, scene_id=scene_id)
    content = ShotContent.model_validate(asked.model_dump(exclude={"after"}))
    await _check_names(session, org_id, content, known=ShotContent())
    shots = edit.board.shots[scene_id]
    last = "after" not in asked.model_fields_set
    place = len(shots) if last else place_after(shots, asked.after)
    shot = insert_shot(edit, scene_id, place, content)
    await keep_edit(session, edit, Label("add_shot", shot=edit.board.number(shot)))
    return edit.board, shot.id


def insert_shot(edit: Edit, scene_id: str, place: int, content: ShotContent) -> Shot:
    """A new shot on the board that is being edited."""
    board = edit.board
    shot = Shot(
        id=new_id("sht"),
        org_id=board.project.org_id,
        project_id=board.project.id,
        scene_id=scene_id,
        ordinal=place + 1,
        content=content.model_dump(mode="json"),
        circled_take_id=None,
        deleted=False,
    )
    board.shots[scene_id].insert(place, shot)
    return shot


async def change_shot(session: AsyncSession, *, org_id: str, shot_id: str, asked: ShotChange) -> Board:
    """Raises NotFound, InvalidRequest."""
    edit = await begin_edit(session, org_id=org_id, shot_id=shot_id)
    shot = edit.board.shot(shot_id)
    before = read_content(shot)
    content = merge_content(before, asked)
    await _check_names(session, org_id, content, known=before)
    shot.content = content.model_dump(mode="json")
    await keep_edit(session, edit, Label("change_shot", shot=edit.board.number(shot)))
    return edit.board


async def change_shots(session: AsyncSession, *, org_id: str, asked: ShotsChange) -> Board:
    """The same change of several shots of one film, in one edit. Raises NotFound, InvalidRequest."""
    if len(set(asked.shot_ids)) < len(asked.shot_ids):
        raise InvalidRequest("shot_ids: name each shot once", field="shot_ids")
    edit = await begin_edit(session, org_id=org_id, shot_id=asked.shot_ids[0])
    shots = [edit.board.shot(shot_id) for shot_id in asked.shot_ids]
    change = ShotChange.model_validate(asked.model_dump(mode="json", exclude_unset=True, exclude={"shot_ids"}))
    known = read_content(shots[0])  # all are asked for the same plate: it is looked for once
    await _check_names(session, org_id, merge_content(known, change), known=known)
    for shot in shots:
        shot.content = merge_content(read_content(shot), change).model_dump(mode="json")
    alone = Label("change_shot", shot=edit.board.number(shots[0]))
    await keep_edit(session, edit, alone if len(shots) == 1 else Label("change_shots", shots=len(shots)))
    return edit.board


async def delete_shots(session: AsyncSession, *, org_id: str, shot_ids: Sequence[str]) -> Board:
    """Shots of one film, in one edit; they can come back, with their takes. Raises NotFound, InvalidRequest."""
    if len(set(shot_ids)) < len(shot_ids):
        raise InvalidRequest("shot_ids: name each shot once", field="shot_ids")
    edit = await begin_edit(session, org_id=org_id, shot_id=shot_ids[0])
    shots = [edit.board.shot(shot_id) for shot_id in shot_ids]
    alone = Label("delete_shot", shot=edit.board.number(shots[0]))
    for shot in shots:
        remove_shot(edit.board, shot)
    await keep_edit(session, edit, alone if len(shots) == 1 else Label("delete_shots", shots=len(shots)))
    return edit.board


async def duplicate_shots(session: AsyncSession, *, org_id: str, shot_ids: Sequence[str]) -> tuple[Board, list[str]]:
    """Copies without takes, in one edit: in each scene together, right after the last of its shots that are copied.

    Returns the board and the copies' ids in the order of the film. Raises NotFound, InvalidRequest, BoardFull.
    """
    if len(set(shot_ids)) < len(shot_ids):
        raise InvalidRequest("shot_ids: name each shot once", field="shot_ids")
    edit = await begin_edit(session, org_id=org_id, shot_id=shot_ids[0])
    board = edit.board
    alone = Label("duplicate_shot", shot=board.number(board.shot(shot_ids[0])))
    wanted = {board.shot(shot_id).id for shot_id in shot_ids}
    copies: list[str] = []
    for scene_id, shots in board.shots.items():
        originals = [shot for shot in shots if shot.id in wanted]
        place = place_after(shots, originals[-1].id) if originals else 0
        for offset, shot in enumerate(originals):
            copies.append(insert_shot(edit, scene_id, place + offset, read_content(shot)).id)
    several = Label("duplicate_shots", shots=len(copies))
    await keep_edit(session, edit, alone if len(copies) == 1 else several)
    return board, copies


async def move_shots(session: AsyncSession, *, org_id: str, asked: ShotsMove) -> Board:
    """Several shots of one film to one place, in one edit. Raises NotFound, InvalidRequest."""
    if len(set(asked.shot_ids)) < len(asked.shot_ids):
        raise InvalidRequest("shot_ids: name each shot once", field="shot_ids")
    if asked.after in asked.shot_ids:
        raise InvalidRequest("after: a shot that is moved cannot be the one to come after", field="after")
    edit = await begin_edit(session, org_id=org_id, scene_id=asked.scene_id)
    board = edit.board
    moved = [board.shot(shot_id) for shot_id in asked.shot_ids]
    numbers = board.numbers()
    for shot in moved:
        board.shots[shot.scene_id].remove(shot)
    target = board.shots[asked.scene_id]
    place = place_after(target, asked.after)
    target[place:place] = moved
    scene = board.scene_number(board.scene(asked.scene_id))
    several = Label("move_shots", shots=len(moved), scene=scene)
    alone = Label("move_shot", shot=numbers[moved[0].id], scene=scene)
    await keep_edit(session, edit, several if len(moved) > 1 else alone)
    return board


def merge_content(before: ShotContent, asked: ShotChange) -> ShotContent:
    """The content with the change. Raises InvalidRequest for what a shot cannot be without."""
    changed = asked.model_dump(mode="json", exclude_unset=True)
    try:
        return ShotContent.model_validate(before.model_dump(mode="json") | changed)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InvalidRequest(f"{field}: {first['msg']}", field=field) from None


async def _check_names(session: AsyncSession, org_id: str, content: ShotContent, *, known: ShotContent) -> None:
    """What the content names must be there; what it named before may have been erased meanwhile. Raises NotFound."""
    for field, named in _characters(content).items():
        wanted = named - _characters(known)[field]
        missing = sorted(wanted - set(await get_characters(session, org_id=org_id, character_ids=wanted)))
        if missing:
            raise NotFound(f"there is no character {', '.join(missing)}", field=field, character_ids=missing)
    worn = {(one.character_id, one.look_id) for one in content.characters if one.look_id is not None}
    worn -= {(one.character_id, one.look_id) for one in known.characters}
    looks = await get_looks(session, org_id=org_id, look_ids={look_id for _, look_id in worn})
    for character_id, look_id in sorted(worn):
        if look_id not in looks or looks[look_id].character_id != character_id:
            raise NotFound(f"character {character_id} has no look {look_id}", field="characters")
    await _check_pictures(session, org_id, content, known=known)


async def _check_pictures(session: AsyncSession, org_id: str, content: ShotContent, *, known: ShotContent) -> None:
    """The same of the plate's picture, the keyframes', and the lines' recordings. Raises NotFound."""
    for field, wanted in _pictures(content).items():
        asked = wanted - _pictures(known)[field]
        missing = sorted(asked - set(await get_ready_assets(session, org_id=org_id, asset_ids=asked)))
        if missing:
            what = "recording" if field == "dialogue" else "uploaded picture"
            raise NotFound(f"there is no {what} {missing[0]}", field=field, asset_ids=missing)


def _pictures(content: ShotContent) -> dict[str, set[str]]:
    """Assets by the field that names them."""
    return {
        "plate": {content.plate.asset_id} if isinstance(content.plate, UploadedPlate) else set(),
        "keyframes": {choice.asset_id for choice in content.keyframes},
        "dialogue": {line.recording for line in content.dialogue if line.recording is not None},
    }


def _characters(content: ShotContent) -> dict[str, set[str]]:
    """Characters by the field that names them."""
    return {
        "characters": {one.character_id for one in content.characters},
        "dialogue": {line.character_id for line in content.dialogue if line.character_id is not None},
    }
