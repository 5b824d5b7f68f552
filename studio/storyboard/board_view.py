"""Boards, shots and their takes as clients see them. A whole board takes the same few queries, however long it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from typing import cast as typed

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import Verdict
from storage.queries.listed_takes import list_takes_of_shot
from storage.queries.shot_takes import TakenShot, list_taken_shots
from storage.queries.shown_takes import show_listed
from storage.queries.storyboard import ProjectFigures, find_edit_to_redo, find_edit_to_undo, read_figures
from storage.tables import BoardEdit, Project, Shot
from storage.tables.storyboard import Aspect
from studio.generation.take_views import summarise_takes
from studio.storyboard.best_take import poster_of, suggest
from studio.storyboard.board import Board
from studio.storyboard.edit_labels import EditAction, Label
from studio.storyboard.grading import filter_of
from studio.storyboard.lines import lines_of_text
from studio.storyboard.scene_heading import suggest_setting
from studio.storyboard.scene_setting import SceneSetting, read_setting, stage_in_scene
from studio.storyboard.schemas import (
    BoardView,
    ChangeView,
    EditView,
    ProjectCounts,
    ProjectView,
    SceneView,
    ShotContent,
    ShotTakeSummary,
    ShotVerdict,
    ShotView,
    StagedView,
    TakeCounts,
)
from studio.storyboard.stale_reasons import Change
from studio.storyboard.staleness import Cast, list_changes, made_of, read_cast

RUNNING = ("QUEUED", "RENDERING")
FAILED = ("FAILED", "CONSENT_BLOCKED", "QUARANTINED")


def read_content(shot: Shot) -> ShotContent:
    """What the shot asks for."""
    content = shot.content
    if not isinstance(content.get("dialogue", []), list):  # of before there were lines: a text, or nothing
        content = content | {"dialogue": lines_of_text(content["dialogue"] or "")}
    return ShotContent.model_validate(content)


async def view_projects(session: AsyncSession, *, org_id: str, projects: Sequence[Project]) -> list[ProjectView]:
    """Films with their figures, with the same queries for all."""
    figures = await read_figures(session, org_id=org_id, project_ids=[project.id for project in projects])
    return [_project(project, figures[project.id]) for project in projects]


async def view_board(session: AsyncSession, board: Board) -> BoardView:
    """The board, whole."""
    org_id, project_id = board.project.org_id, board.project.id
    (project,) = await view_projects(session, org_id=org_id, projects=[board.project])
    shots = await view_shots(session, board, list(board.all_shots()))
    undo = _label(await find_edit_to_undo(session, org_id=org_id, project_id=project_id))
    redo = _label(await find_edit_to_redo(session, org_id=org_id, project_id=project_id))
    return BoardView(
        project=project,
        scenes=[_scene(board, place, shots) for place in range(len(board.scenes))],
        can_undo=undo.words if undo else None,
        can_redo=redo.words if redo else None,
        undo=_edit(undo) if undo else None,
        redo=_edit(redo) if redo else None,
        revision=board.project.revision,
    )


async def view_scene(session: AsyncSession, board: Board, scene_id: str) -> SceneView:
    """One scene of the board."""
    scene = board.scene(scene_id)
    shots = await view_shots(session, board, board.shots[scene.id])
    return _scene(board, board.scenes.index(scene), shots)


async def view_shot(session: AsyncSession, board: Board, shot_id: str) -> ShotView:
    """One shot of the board."""
    return (await view_shots(session, board, [board.shot(shot_id)]))[shot_id]


async def view_shots(session: AsyncSession, board: Board, shots: Sequence[Shot]) -> dict[str, ShotView]:
    """These shots of the board, by id."""
    org_id = board.project.org_id
    takes: dict[str, list[TakenShot]] = defaultdict(list)
    for take in await list_taken_shots(session, org_id=org_id, shot_ids=[shot.id for shot in shots]):
        takes[take.shot_id].append(take)
    contents = {shot.id: read_content(shot) for shot in shots}
    cast = await read_cast(session, org_id=org_id, contents=contents.values())
    numbers = board.numbers()
    settings = {scene.id: read_setting(scene) for scene in board.scenes}
    return {
        shot.id: _shot(
            shot, contents[shot.id], settings[shot.scene_id], numbers[shot.id], board.project, takes[shot.id], cast
        )
        for shot in shots
    }


async def view_takes_of_shot(
    session: AsyncSession, board: Board, shot: Shot, *, take_ids: Collection[str] | None = None
) -> list[ShotTakeSummary]:
    """The shot's takes, newest first; with `take_ids` only those."""
    org_id, content = board.project.org_id, read_content(shot)
    rows = await list_takes_of_shot(session, org_id=org_id, shot_id=shot.id)
    cast = await read_cast(session, org_id=org_id, contents=[content])
    setting = read_setting(board.scene(shot.scene_id))
    now = made_of(content, setting, board.project.aspect, cast, board.project.pronunciations)
    suggested = suggest(
        [TakenShot(shot.id, one.id, kept.number, one.take.state, kept.made_of, one.verdicts) for kept, one in rows],
        now,
    )
    rows = [(kept, one) for kept, one in rows if take_ids is None or one.id in take_ids]
    shown = await show_listed(session, org_id=org_id, listed=[one for _, one in rows])
    views = await summarise_takes(session, org_id=org_id, shown=shown)
    return [
        ShotTakeSummary(
            **dict(view),
            number=f"T{kept.number}",
            suggested=view.id == suggested,
            circled=view.id == shot.circled_take_id,
            **_told(list_changes(kept.made_of, now)),
        )
        for view, (kept, _) in zip(views, rows, strict=True)
    ]


def _told(changes: list[Change]) -> dict[str, Any]:
    """What has changed, in words and as codes."""
    views = [ChangeView(part=change.part, name=change.name) for change in changes]
    return {"stale": [change.words for change in changes], "changed": views}


def _label(edit: BoardEdit | None) -> Label | None:
    return None if edit is None else Label(typed(EditAction, edit.action), **edit.numbers)


def _edit(label: Label) -> EditView:
    return EditView(action=label.action, scene=label.scene, shot=label.shot, shots=label.shots)


def _project(project: Project, figures: ProjectFigures) -> ProjectView:
    return ProjectView(
        id=project.id,
        name=project.name,
        aspect=typed(Aspect, project.aspect),
        pronunciations=project.pronunciations,
        pool=project.pool,
        revision=project.revision,
        counts=ProjectCounts(scenes=figures.scenes, shots=figures.shots, takes=figures.takes, circled=figures.circled),
        poster_take_id=figures.poster_take_id,
        created_at=project.created_at,
    )


def _scene(board: Board, place: int, shots: dict[str, ShotView]) -> SceneView:
    scene = board.scenes[place]
    setting = read_setting(scene)
    return SceneView(
        id=scene.id,
        heading=scene.heading,
        setting=setting,
        suggested=suggest_setting(scene.heading, setting),
        ordinal=place + 1,
        shots=[shots[shot.id] for shot in board.shots[scene.id]],
    )


def _shot(
    shot: Shot,
    content: ShotContent,
    setting: SceneSetting,
    number: str,
    project: Project,
    takes: Sequence[TakenShot],
    cast: Cast,
) -> ShotView:
    now = made_of(content, setting, project.aspect, cast, project.pronunciations)
    staged = stage_in_scene(content, setting)
    poster = poster_of(takes, shot.circled_take_id, now)
    running = [take.take_id for take in takes if take.state in RUNNING]
    return ShotView(
        **dict(content),
        id=shot.id,
        project_id=shot.project_id,
        scene_id=shot.scene_id,
        number=number,
        staged=StagedView(**vars(staged), colours=filter_of(staged.grade)),
        circled_take_id=shot.circled_take_id,
        takes=TakeCounts(
            total=len(takes),
            running=len(running),
            failed=sum(take.state in FAILED for take in takes),
            running_ids=running,
        ),
        poster_take_id=poster.take_id if poster else None,
        verdicts=_verdicts(poster),
        **_told(list_changes(poster.made_of, now) if poster else []),
    )


def _verdicts(poster: TakenShot | None) -> list[ShotVerdict]:
    told = poster.identity if poster is not None and poster.identity is not None else []
    return [
        ShotVerdict(character_id=one["character_id"], verdict=typed(Verdict, one["verdict"]), score=one["score"])
        for one in told
    ]
