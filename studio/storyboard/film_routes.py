"""Films that come into being whole, or go for good: what takes more than one transaction."""

from __future__ import annotations

from fastapi import APIRouter

from studio.assets.uploads import PhotoTooLarge, PhotoUndecodable
from studio.auth.caller import CharactersCaller, ProjectsCaller
from studio.characters.enrolment import PhotosRefused
from studio.characters.routes import IdentityEngineOf
from studio.http.dependencies import DatabaseOf, ObjectsOf
from studio.http.errors import (
    EngineUnavailable,
    NotFound,
    StoreUnavailable,
    problems,
)
from studio.storyboard.board import BoardFull
from studio.storyboard.board_view import view_board
from studio.storyboard.erasure import erase_project
from studio.storyboard.project_creation import ExampleMissing, begin_example, import_screenplay
from studio.storyboard.routes import ProjectId
from studio.storyboard.schemas import BoardView, CastFound, ImportView, ProjectErased, ScreenplayImport
from studio.storyboard.screenplay import ScreenplayUnreadable

router = APIRouter(tags=["storyboard"])


@router.post(
    "/v1/projects/import",
    name="import_screenplay",
    status_code=201,
    responses=problems(ScreenplayUnreadable, BoardFull),
)
async def post_import(asked: ScreenplayImport, caller: ProjectsCaller, database: DatabaseOf) -> ImportView:
    """Begin a film from a screenplay in Fountain: each action and each speech becomes a shot, cast by name."""
    board, film = await import_screenplay(database, org_id=caller.org_id, asked=asked)
    async with database.read(org_id=caller.org_id) as session:
        view = await view_board(session, board)
    matched = [CastFound(name=name, character_id=character_id) for name, character_id in film.matched.items()]
    return ImportView(board=view, matched=matched, unmatched=film.unmatched)


@router.post(
    "/v1/projects/example",
    status_code=201,
    responses=problems(
        PhotoUndecodable, PhotoTooLarge, PhotosRefused, EngineUnavailable, ExampleMissing, StoreUnavailable
    ),
)
async def create_example_project(
    caller: ProjectsCaller,
    _: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
) -> BoardView:
    """Begin the example: a film of five shots, ready to render, with the shipped example character."""
    board = await begin_example(database, objects, engine, org_id=caller.org_id)
    async with database.read(org_id=caller.org_id) as session:
        return await view_board(session, board)


@router.delete("/v1/projects/{project_id}", responses=problems(NotFound))
async def delete_project(
    project_id: ProjectId, caller: ProjectsCaller, database: DatabaseOf, objects: ObjectsOf
) -> ProjectErased:
    """Erase a film for good, with its takes and their files. No undo brings it back; its characters stay."""
    return await erase_project(database, objects, org_id=caller.org_id, project_id=project_id)
