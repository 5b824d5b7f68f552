"""Cuts over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import RedirectResponse

from storage.queries.cuts import list_cuts
from storage.tables.cuts import CutState
from studio.auth.caller import ProjectsCaller
from studio.auth.unit import ReadUnit, Unit
from studio.billing.spending import UNPAID
from studio.characters.consent import ConsentRequired
from studio.cut.cuts import (
    CutEnded,
    CutNotGivenUp,
    cancel_cut,
    find_cut,
    find_film,
    retry_cut,
    submit_cut,
    view_cut,
    view_cuts,
    view_plan,
)
from studio.cut.plan import CutEmpty
from studio.cut.schemas import CutDetail, CutPlanView, CutView
from studio.cut.subtitles import subtitle_cut
from studio.generation.routes import NoRoom, check_capacity
from studio.generation.slates import file_stem
from studio.http.dependencies import ObjectsOf
from studio.http.errors import NotFound, problems
from studio.http.openapi import followed
from studio.http.pagination import AskedPage, Page, cut_page
from studio.speech.subtitles import Format, answer_subtitles, described
from studio.storyboard.routes import ProjectId

router = APIRouter(tags=["cuts"])
CutId = Annotated[str, Path(max_length=40, examples=["cut_01J9ZK3Q5T8M4N6P7R9S0V2W3X"])]


@router.get("/v1/projects/{project_id}/cut", name="get_cut_plan", responses=problems(NotFound))
async def get_cut_plan(project_id: ProjectId, caller: ProjectsCaller, unit: ReadUnit) -> CutPlanView:
    """What the film is now: of each shot its circled take, else the one that stands for it; and what is missing."""
    return await view_plan(unit, org_id=caller.org_id, project_id=project_id)


@router.post(
    "/v1/projects/{project_id}/cuts",
    name="create_cut",
    status_code=201,
    dependencies=[Depends(check_capacity)],
    responses={
        200: {"model": CutDetail, "description": "It is made or being made already."},
        **problems(NotFound, CutEmpty, ConsentRequired, NoRoom, *UNPAID),
    },
)
async def post_cut(project_id: ProjectId, caller: ProjectsCaller, unit: Unit, response: Response) -> CutDetail:
    """Make one MP4 of the film: a title card with its name, then every shot's take, cut hard, frame by frame.

    It is a durable job: follow it at `/v1/events` (`cut.changed`) or here, and fetch it at `/v1/cuts/{id}/content`.
    The film as it stands is made once, however often it is asked for.
    """
    cut, is_new = await submit_cut(unit, org_id=caller.org_id, project_id=project_id)
    response.status_code = 201 if is_new else 200
    return await view_cut(unit, org_id=caller.org_id, cut=cut)


@router.get("/v1/cuts", name="list_cuts")
async def get_cuts(
    caller: ProjectsCaller,
    unit: ReadUnit,
    page: AskedPage,
    state: Annotated[CutState | None, Query()] = None,
    project: Annotated[str | None, Query(max_length=40, description="Only this film's.")] = None,
) -> Page[CutView]:
    """Cuts of every film, newest first."""
    rows = await list_cuts(
        unit, org_id=caller.org_id, after=page.after, limit=page.fetch, state=state, project_id=project
    )
    shown, more = cut_page(rows, page)
    views = await view_cuts(unit, org_id=caller.org_id, cuts=shown)
    return Page[CutView](data=views, has_more=more, last_id=views[-1].id if views else None)


@router.get("/v1/cuts/{cut_id}", name="get_cut", responses=problems(NotFound))
async def get_one_cut(cut_id: CutId, caller: ProjectsCaller, unit: ReadUnit) -> CutDetail:
    """A cut as it stands: its state, its progress, and every shot of it."""
    cut = await find_cut(unit, org_id=caller.org_id, cut_id=cut_id)
    return await view_cut(unit, org_id=caller.org_id, cut=cut)


@router.post("/v1/cuts/{cut_id}/cancel", name="cancel_cut", responses=problems(NotFound, CutEnded))
async def cancel_one_cut(cut_id: CutId, caller: ProjectsCaller, unit: Unit) -> CutDetail:
    """Cancel a cut that waits or is being made. Cancelling twice is fine."""
    cut = await cancel_cut(unit, org_id=caller.org_id, cut_id=cut_id)
    return await view_cut(unit, org_id=caller.org_id, cut=cut)


@router.post(
    "/v1/cuts/{cut_id}/retry",
    name="retry_cut",
    dependencies=[Depends(check_capacity)],
    responses=problems(NotFound, CutNotGivenUp, ConsentRequired, NoRoom, *UNPAID),
)
async def retry_one_cut(cut_id: CutId, caller: ProjectsCaller, unit: Unit) -> CutDetail:
    """Make a cut after all that failed, was cancelled or lacked a consent: of the same takes."""
    cut = await retry_cut(unit, org_id=caller.org_id, cut_id=cut_id)
    return await view_cut(unit, org_id=caller.org_id, cut=cut)


@router.get(
    "/v1/cuts/{cut_id}/content",
    name="get_cut_content",
    status_code=302,
    response_class=RedirectResponse,
    responses=followed("the film", "video/mp4", "application/octet-stream") | problems(NotFound, ConsentRequired),
)
async def get_cut_content(cut_id: CutId, caller: ProjectsCaller, unit: ReadUnit, objects: ObjectsOf) -> str:
    """A short-lived link to the film, to be saved under its name."""
    object_key, name = await find_film(unit, org_id=caller.org_id, cut_id=cut_id)
    return objects.link_to_download(object_key, content_type="video/mp4", filename=f"{file_stem(name)}.mp4")


@router.get(
    "/v1/cuts/{cut_id}/subtitles",
    name="get_cut_subtitles",
    response_class=Response,
    responses=described() | problems(NotFound, ConsentRequired),
)
async def get_cut_subtitles(
    cut_id: CutId,
    caller: ProjectsCaller,
    unit: ReadUnit,
    how: Annotated[Format, Query(alias="format", description="WebVTT or SubRip.")] = "vtt",
) -> Response:
    """The film's lines as subtitles, at the times at which its file has them."""
    name, body = await subtitle_cut(unit, org_id=caller.org_id, cut_id=cut_id, how=how)
    return answer_subtitles(body, f"{file_stem(name)}.{how}", how)
