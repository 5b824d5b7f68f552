"""Logged requests as clients see them, and how they are looked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field, JsonValue

from storage.queries.request_log import LogSearch
from studio.http.errors import InvalidRequest
from studio.http.examples import with_examples
from studio.http.ids import first_id_at
from studio.http.timestamps import Timestamp

_SUMMARY: dict[str, JsonValue] = {
    "id": "req_01J9ZK7M2A8M4N6P7R9S0V2W3X",
    "at": "2026-11-29T19:30:00Z",
    "key_id": "key_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "method": "POST",
    "path": "/v1/takes",
    "query": "",
    "route": "/v1/takes",
    "status": 422,
    "code": "invalid_request",
    "ms": 12.4,
}
_REQUEST: dict[str, JsonValue] = {"media_type": "application/json", "text": '{"seconds": 500}', "cut": False}


class LoggedRequestSummary(BaseModel):
    """One request with an API key, as it was answered."""

    model_config = with_examples(_SUMMARY)

    id: str = Field(description="The `x-request-id` of the reply.")
    at: datetime
    key_id: str
    method: str
    path: str
    query: str
    route: str = Field(description="The path's template, as `/v1/takes/{take_id}`; empty where nothing is there.")
    status: int
    code: str | None = Field(description="The error's `code`, where it was refused.")
    ms: float = Field(description="Milliseconds until the reply began.")


class LoggedBody(BaseModel):
    """The beginning of a body, up to 16 KiB, without secrets; of forms the fields as JSON, without their files."""

    model_config = with_examples(_REQUEST)

    media_type: str | None
    text: str
    cut: bool = Field(description="There was more of it.")


class LoggedRequestDetail(LoggedRequestSummary):
    """One request with its bodies. Those of reads that succeeded are not kept."""

    model_config = with_examples(_SUMMARY | {"request": _REQUEST, "response": None})

    request: LoggedBody | None
    response: LoggedBody | None


async def _search(
    method: Annotated[str | None, Query(pattern="^[A-Z]{3,10}$", description="As `POST`.")] = None,
    status: Annotated[
        str | None, Query(pattern="^[1-5]([0-9]{2}|xx)$", description="One status, as `404`, or all of a class: `4xx`.")
    ] = None,
    route: Annotated[str | None, Query(max_length=200, description="The path's template.")] = None,
    path: Annotated[str | None, Query(max_length=200, description="A part of the path.")] = None,
    key_id: Annotated[str | None, Query(max_length=40)] = None,
    code: Annotated[str | None, Query(max_length=40, description="The error's code.")] = None,
    text: Annotated[
        str | None, Query(min_length=2, max_length=200, description="Anywhere in the id, the path or the bodies.")
    ] = None,
    since: Annotated[Timestamp | None, Query(description="From this instant on.")] = None,
    until: Annotated[Timestamp | None, Query(description="Before this instant.")] = None,
) -> LogSearch:
    if since is not None and until is not None and until <= since:
        raise InvalidRequest("until: must be later than `since`", field="until")
    asked = None if status is None else int(status[0]) if status.endswith("xx") else int(status)
    first, last = (None if instant is None else first_id_at("req", instant) for instant in (since, until))
    return LogSearch(method, asked, route, path, key_id, code, text, first, last)


AskedSearch = Annotated[LogSearch, Depends(_search)]
