"""Films that come into being whole, or go for good: what takes more than one transaction."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from storage.retry import retried
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
from studio.http.idempotency import IdempotencyKey, KeyReused, StillRunning, claimed, keep, request_digest
from studio.organisations.suspension import OrganisationSuspended
from studio.storyboard.board import BoardFull
from studio.storyboard.board_view import view_board
from studio.storyboard.erasure import erase_project
from studio.storyboard.project_creation import ExampleMissing, begin_example, import_screenplay, prepare_example
from studio.storyboard.routes import ProjectId
from studio.storyboard.schemas import BoardView, CastFound, ImportView, NameShared, ProjectErased, ScreenplayImport
from studio.storyboard.screenplay import ScreenplayUnreadable, read_screenplay

router = APIRouter(tags=["storyboard"])


@router.post(
    "/v1/projects/import",
    name="import_screenplay",
    status_code=201,
    response_model=ImportView,
    responses=problems(ScreenplayUnreadable, BoardFull, KeyReused, StillRunning),
)
async def post_import(
    asked: ScreenplayImport, caller: ProjectsCaller, database: DatabaseOf, key: IdempotencyKey
) -> Response:
    """Begin a film from a screenplay in Fountain: each action and each speech becomes a shot, cast by name."""
    of, digest = {"org_id": caller.org_id}, request_digest("POST /v1/projects/import", asked)
    async with claimed(database, **of, key=key, digest=digest) as before:
        if before is not None:
            return before.replay()
        told = await read_screenplay(asked.fountain)

        @retried
        async def keep_with_reply() -> ImportView:
            async with database.write(**of) as session:
                board, film = await import_screenplay(session, **of, asked=asked, told=told)
                matched = [CastFound(name=name, character_id=each) for name, each in film.matched.items()]
                shared = [NameShared.model_validate(each, from_attributes=True) for each in film.shared]
                view = ImportView(
                    board=await view_board(session, board), matched=matched, unmatched=film.unmatched, shared=shared
                )
                await keep(session, **of, key=key, digest=digest, status=201, body=view)
            return view

        view = await keep_with_reply()
    return JSONResponse(view.model_dump(mode="json"), 201)


@router.post(
    "/v1/projects/example",
    status_code=201,
    response_model=BoardView,
    responses=problems(
        PhotoUndecodable, PhotoTooLarge, PhotosRefused, EngineUnavailable, ExampleMissing, StoreUnavailable, KeyReused,
        StillRunning, OrganisationSuspended,
    ),
)  # fmt: skip
async def create_example_project(
    caller: ProjectsCaller,
    _: CharactersCaller,
    database: DatabaseOf,
    objects: ObjectsOf,
    engine: IdentityEngineOf,
    key: IdempotencyKey,
) -> Response:
    """Begin the example: a film of five shots, ready to render, with the shipped example character."""
    of, digest = {"org_id": caller.org_id}, "POST /v1/projects/example"
    async with claimed(database, **of, key=key, digest=digest) as before:
        if before is not None:
            return before.replay()
        prepared = await prepare_example(database, objects, engine, **of)

        @retried
        async def keep_with_reply() -> BoardView:
            async with database.write(**of) as session:
                view = await view_board(session, await begin_example(session, **of, prepared=prepared))
                await keep(session, **of, key=key, digest=digest, status=201, body=view)
            return view

        view = await keep_with_reply()
    return JSONResponse(view.model_dump(mode="json"), 201)


@router.delete("/v1/projects/{project_id}", responses=problems(NotFound))
async def delete_project(
    project_id: ProjectId, caller: ProjectsCaller, database: DatabaseOf, objects: ObjectsOf
) -> ProjectErased:
    """Erase a film for good, with its takes and their files. No undo brings it back; its characters stay."""
    return await erase_project(database, objects, org_id=caller.org_id, project_id=project_id)
