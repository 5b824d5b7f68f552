"""The request log over HTTP, for whoever looks after an organisation's keys."""

from __future__ import annotations

from fastapi import APIRouter

from storage.queries.request_log import get_logged_request, list_logged_requests
from storage.tables import LoggedRequest
from studio.auth.caller import KeysCaller
from studio.auth.unit import ReadUnit
from studio.http.errors import NotFound, problems
from studio.http.pagination import AskedPage, Page, cut_page
from studio.request_log.schemas import AskedSearch, LoggedBody, LoggedRequestDetail, LoggedRequestSummary

router = APIRouter(prefix="/v1/requests", tags=["requests"])


@router.get("", name="list_requests")
async def list_requests(
    caller: KeysCaller, unit: ReadUnit, asked: AskedPage, search: AskedSearch
) -> Page[LoggedRequestSummary]:
    """What the organisation's keys asked for in the last 30 days, newest first; a request shows up within seconds."""
    rows = await list_logged_requests(unit, org_id=caller.org_id, search=search, after=asked.after, limit=asked.fetch)
    shown, more = cut_page(rows, asked)
    data = [LoggedRequestSummary.model_validate(row, from_attributes=True) for row in shown]
    return Page(data=data, has_more=more, last_id=shown[-1].id if shown else None)


@router.get("/{request_id}", responses=problems(NotFound))
async def get_request(request_id: str, caller: KeysCaller, unit: ReadUnit) -> LoggedRequestDetail:
    """One request with its bodies, without what was secret in them."""
    row = await get_logged_request(unit, org_id=caller.org_id, request_id=request_id)
    if row is None:
        raise NotFound(f"there is no request {request_id} in the log; it is kept for 30 days")
    return _view(row)


def _view(row: LoggedRequest) -> LoggedRequestDetail:
    summary = LoggedRequestSummary.model_validate(row, from_attributes=True)
    return LoggedRequestDetail(
        **summary.model_dump(),
        request=_body(row.request_type, row.request_body, row.request_cut),
        response=_body(None, row.response_body, row.response_cut),
    )


def _body(media_type: str | None, text: str | None, cut: bool) -> LoggedBody | None:
    return None if text is None else LoggedBody(media_type=media_type, text=text, cut=cut)
