"""Subtitles of a take over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from studio.auth.caller import TakesCaller
from studio.auth.unit import ReadUnit
from studio.characters.consent import ConsentRequired
from studio.generation.routes import TakeId
from studio.generation.takes import check_consent, find_take, name_file
from studio.http.errors import NotFound, problems
from studio.speech.subtitles import Format, answer_subtitles, cues_of, described, write_subtitles

router = APIRouter(prefix="/v1", tags=["takes"])


@router.get(
    "/takes/{take_id}/subtitles",
    response_class=Response,
    responses=described() | problems(NotFound, ConsentRequired),
)
async def get_take_subtitles(
    take_id: TakeId,
    caller: TakesCaller,
    unit: ReadUnit,
    how: Annotated[Format, Query(alias="format", description="WebVTT or SubRip.")] = "vtt",
) -> Response:
    """The take's lines as subtitles, at the times at which they are heard."""
    take = await find_take(unit, org_id=caller.org_id, take_id=take_id)
    await check_consent(unit, org_id=caller.org_id, take=take)
    if not take.speech:
        raise NotFound(f"nothing is said in take {take_id}, or it is not finished")
    names = {str(one["id"]): str(one["name"]) for one in take.request["characters"]}
    name = await name_file(unit, org_id=caller.org_id, take_id=take_id, suffix=how)
    return answer_subtitles(write_subtitles(cues_of(take.speech, names), how), name, how)
