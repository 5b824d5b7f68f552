"""Edits of a board. Each is one entry in the project's log: the touched columns of every touched row, before and after.

An edit opens the board, changes its rows and lists as it likes, and is kept by `keep_edit`, which numbers the rows anew
by their place and compares. Undo and redo write the columns of one entry back. Units of one organisation go one after
the other: the newest entry always meets the rows as it left them, and nothing has to be merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.storyboard import (
    extend_edit,
    find_edit_to_redo,
    find_edit_to_undo,
    find_recent_edit,
    get_board_rows,
    insert_edit,
)
from storage.tables import BoardEdit, Project, Scene, Shot
from studio.http.errors import StudioError
from studio.progress.events import publish_board_event
from studio.storyboard.board import (
    MOST_SCENES,
    MOST_SHOTS,
    Board,
    BoardFull,
    open_board,
    open_board_of_scene,
    open_board_of_shot,
)
from studio.storyboard.edit_labels import Label

Row = Project | Scene | Shot
Columns = dict[str, Any]
_LOGGED: dict[type[Row], tuple[str, ...]] = {
    Project: ("name", "aspect", "pronunciations", "pool"),
    Scene: ("heading", "setting", "ordinal", "deleted"),
    Shot: ("scene_id", "ordinal", "content", "deleted"),
}
TYPING = timedelta(seconds=5)  # from one saved change to the next
_UNBORN: Columns = {"deleted": True}


class NothingToUndo(StudioError):
    """There is no edit to undo or redo."""

    status = 409
    code = "nothing_to_undo"


@dataclass
class Edit:
    """A board that is being edited, and its rows as they were, by id."""

    board: Board
    rows: dict[str, Row]
    before: dict[str, Columns]


async def begin_edit(
    session: AsyncSession,
    *,
    org_id: str,
    project_id: str | None = None,
    scene_id: str | None = None,
    shot_id: str | None = None,
) -> Edit:
    """Open the board of this project, or of this scene's or shot's. Raises NotFound."""
    if shot_id is not None:
        board = await open_board_of_shot(session, org_id=org_id, shot_id=shot_id)
        board.shot(shot_id)  # it may have been deleted while we waited
    elif scene_id is not None:
        board = await open_board_of_scene(session, org_id=org_id, scene_id=scene_id)
        board.scene(scene_id)
    else:
        assert project_id is not None  # noqa: S101 (one of the three is given)
        board = await open_board(session, org_id=org_id, project_id=project_id)
    rows = {row.id: row for row in _rows(board)}
    return Edit(board, rows, {row_id: _columns(row) for row_id, row in rows.items()})


async def keep_edit(session: AsyncSession, edit: Edit, label: Label) -> None:
    """Write the edit and its entry in the log; an edit that changes nothing leaves none. Raises BoardFull."""
    board = edit.board
    _check_room(board)
    for number, scene in enumerate(board.scenes, start=1):
        scene.ordinal = number
        for place, shot in enumerate(board.shots[scene.id], start=1):
            shot.scene_id, shot.ordinal = scene.id, place
    changes = _compare(edit)
    if not changes:
        return
    session.add_all(board.scenes)
    await session.flush()  # a new scene before its shots
    session.add_all(board.all_shots())
    if not await _typed_on(session, board, changes):
        await insert_edit(
            session,
            org_id=board.project.org_id,
            project_id=board.project.id,
            action=label.action,
            numbers=label.numbers,
            changes=changes,
        )
    await tell_change(session, board.project)


async def undo(session: AsyncSession, *, org_id: str, project_id: str) -> None:
    """Take the newest edit back, whoever made it. Raises NotFound, NothingToUndo."""
    board = await open_board(session, org_id=org_id, project_id=project_id)
    entry = await find_edit_to_undo(session, org_id=org_id, project_id=project_id)
    if entry is None:
        raise NothingToUndo("nothing on this board can be undone")
    await _apply(session, board.project, entry, "before")
    entry.undone = True
    await tell_change(session, board.project)


async def redo(session: AsyncSession, *, org_id: str, project_id: str) -> None:
    """Do the edit again that was undone last. Raises NotFound, NothingToUndo."""
    board = await open_board(session, org_id=org_id, project_id=project_id)
    entry = await find_edit_to_redo(session, org_id=org_id, project_id=project_id)
    if entry is None:
        raise NothingToUndo("nothing on this board can be redone")
    await _apply(session, board.project, entry, "after")
    entry.undone = False
    await tell_change(session, board.project)


async def tell_change(session: AsyncSession, project: Project) -> None:
    """The board has changed: its revision grows, and the organisation's stream says so."""
    project.revision += 1
    await session.flush()
    await publish_board_event(session, org_id=project.org_id, project_id=project.id, revision=project.revision)


def remove_shot(board: Board, shot: Shot) -> None:
    """Off the board; its row and its takes stay, so that it can come back."""
    board.shots[shot.scene_id].remove(shot)
    shot.deleted = True


async def _typed_on(session: AsyncSession, board: Board, changes: list[dict[str, Any]]) -> bool:
    """Whether this goes on with the edit before it, which is made longer: the same text of one shot, still being typed.

    A page saves while one types; an undo should take back what was typed, not its last letters.
    """
    project = board.project
    latest = await find_recent_edit(session, org_id=project.org_id, project_id=project.id, within=TYPING)
    if latest is None or latest.undone or len(latest.changes) != 1 or len(changes) != 1:
        return False
    (then,), (now,) = latest.changes, changes
    text = _typed(now)
    if text is None or then["id"] != now["id"] or _typed(then) != text:
        return False
    await extend_edit(session, latest, changes=[then | {"after": now["after"]}])
    return True


def _typed(change: dict[str, Any]) -> str | None:
    """The one text of a shot, or the one grade, that the change is about; None when it is about anything else."""
    for kept in ("content", "setting"):
        then, now = change["before"].get(kept), change["after"].get(kept)
        if then is not None and now is not None and _only_differs(then, now, "grade"):
            return "grade" if len(change["after"]) == 1 else None
    before, after = change["before"].get("content"), change["after"].get("content")
    if before is None or after is None or len(change["after"]) != 1:
        return None
    touched = [name for name, value in after.items() if value != before.get(name)]
    if touched == ["dialogue"]:
        return _typed_line(before["dialogue"], after["dialogue"])
    return touched[0] if touched == ["prompt"] else None


def _only_differs(then: dict[str, Any], now: dict[str, Any], name: str) -> bool:
    return then != now and {**then, name: None} == {**now, name: None}


def _typed_line(before: Any, after: Any) -> str | None:  # noqa: ANN401 (lines as they are kept, of old films a text)
    """The one line whose text alone differs."""
    if not isinstance(before, list) or len(before) != len(after):
        return None
    changed = [place for place, line in enumerate(after) if line != before[place]]
    if len(changed) != 1 or before[changed[0]] | {"text": ""} != after[changed[0]] | {"text": ""}:
        return None
    return f"line {changed[0]}"


def _check_room(board: Board) -> None:
    if len(board.scenes) > MOST_SCENES:
        raise BoardFull(f"a board holds {MOST_SCENES} scenes: go on in another film", most=MOST_SCENES)
    if sum(map(len, board.shots.values())) > MOST_SHOTS:
        raise BoardFull(f"a board holds {MOST_SHOTS} shots: go on in another film", most=MOST_SHOTS)


def _rows(board: Board) -> list[Row]:
    return [board.project, *board.scenes, *board.all_shots()]


def _columns(row: Row) -> Columns:
    return {name: getattr(row, name) for name in _LOGGED[type(row)]}


def _compare(edit: Edit) -> list[dict[str, Any]]:
    """What differs, a row an item. A new row was deleted before, and so it is again when the edit is undone."""
    changes = []
    for row_id, row in (edit.rows | {row.id: row for row in _rows(edit.board)}).items():
        now = _columns(row)
        before = edit.before.get(row_id)
        if before is None:
            changes.append({"id": row_id, "before": _UNBORN, "after": now})
            continue
        touched = [name for name, value in now.items() if value != before[name]]
        if touched:
            then, now = ({name: columns[name] for name in touched} for columns in (before, now))
            changes.append({"id": row_id, "before": then, "after": now})
    return changes


async def _apply(session: AsyncSession, project: Project, entry: BoardEdit, side: str) -> None:
    ids = [change["id"] for change in entry.changes]
    rows: dict[str, Row] = {project.id: project}
    rows |= await get_board_rows(session, org_id=project.org_id, project_id=project.id, ids=ids)
    for change in entry.changes:
        for name, value in change[side].items():
            setattr(rows[change["id"]], name, value)
    await session.flush()
