"""Errors that clients see: few, named, and aware of their status. One shape: RFC 9457 problem details with a `code`.

    StudioError
    ├── Unauthenticated 401     ├── NotFound 404          ├── StoreUnavailable 503
    ├── ScopeMissing    403     └── InvalidRequest 422    ├── DatabaseUnavailable 503
    │                                                     └── InternalError 500
    └── and those that a slice raises itself

An error's docstring is its title; `detail` is about this case. Clients act on `code`, which never changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from storage.objects import StoreError
from studio.http.headers import request_id_of
from studio.http.origin import own_origin
from studio.http.retry import fail_try
from studio.http.validation_words import words_of

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
# OpenAI's stock clients repeat these by themselves, unless the reply says that it is in vain. Of a 500 we know nothing.
_REPEATED_BY_CLIENTS = frozenset({402, 408, 409, 429, 501, 502, 503, 504, 507})


class StudioError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    waiting_helps: ClassVar[bool] = False
    """Whether the same request may well be answered otherwise a little later, with nobody doing anything about it."""

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:  # noqa: ANN401
        """`members` are further fields of the reply (JSON)."""
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


class Unauthenticated(StudioError):
    """A valid API key is needed."""

    status = 401
    code = "unauthenticated"


class ScopeMissing(StudioError):
    """This API key may not do that."""

    status = 403
    code = "scope_missing"


class NotFound(StudioError):
    """There is no such thing here."""

    status = 404
    code = "not_found"


class InvalidRequest(StudioError):
    """The request does not have the right form."""

    status = 422
    code = "invalid_request"


class StoreUnavailable(StudioError):
    """The object store cannot be reached just now."""

    status = 503
    code = "store_unavailable"
    waiting_helps = True


class EngineUnavailable(StudioError):
    """The engine cannot answer just now."""

    status = 503
    code = "engine_unavailable"
    waiting_helps = True


class DatabaseUnavailable(StudioError):
    """The database cannot be reached just now."""

    status = 503
    code = "database_unavailable"
    waiting_helps = True


class InternalError(StudioError):
    """The server failed; the failure was logged."""


class Problem(BaseModel):
    """The body of every error (`application/problem+json`). Further fields depend on `code`."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:dramatis:problem:not_found",
                    "title": "There is no such thing here",
                    "status": 404,
                    "code": "not_found",
                    "detail": "there is no take take_01J9ZK7M2A8M4N6P7R9S0V2W3X",
                    "request_id": "req_01J9ZK7M2A8M4N6P7R9S0V2W3X",
                    "docs_url": "https://studio.example.com/docs/errors#not_found",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: str = Field(description="Stable: act on this, not on the words.")
    detail: str
    request_id: str | None = Field(default=None, description="Ask by it: in the request log, and the server's.")
    docs_url: str | None = Field(default=None, description="What this code means, and what to do.")


def problem_of(error: StudioError) -> dict[str, Any]:
    """The body that tells of `error`."""
    return {
        "type": f"urn:dramatis:problem:{error.code}",
        "title": _title(type(error)) if type(error) is not StudioError else error.detail,
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        **error.members,
    }


def problems(*errors: type[StudioError]) -> dict[int | str, dict[str, Any]]:
    """What a route declares as `responses`: each error by status, with an example."""
    by_status: dict[int, list[type[StudioError]]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(error)
    return {status: _documented(named) for status, named in by_status.items()}


@dataclass(frozen=True)
class Dialect:
    """How errors are told under a path prefix; `document` is what `problems` is to the studio's own one."""

    speak: Callable[[StudioError], JSONResponse]
    document: Callable[..., dict[int | str, dict[str, Any]]]
    body: type[BaseModel]


def _speak_problem(error: StudioError) -> JSONResponse:
    return JSONResponse(problem_of(error), error.status, headers=error.headers, media_type=MEDIA_TYPE)


NATIVE = Dialect(_speak_problem, problems, Problem)


def dialect_at(app: FastAPI, path: str) -> Dialect:
    """The dialect of a path."""
    dialects: dict[str, Dialect] = app.state.error_dialects
    return next((dialect for prefix, dialect in dialects.items() if path.startswith(prefix)), NATIVE)


def install_errors(app: FastAPI, dialects: Mapping[str, Dialect] | None = None) -> None:
    """Let `app` answer every error in the one shape, or under a path prefix in the shape of its dialect."""
    app.state.error_dialects = dict(dialects or {})
    app.state.public_origin = getattr(app.state, "public_origin", None)  # of which links to the docs are
    app.add_exception_handler(StudioError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(StoreError, _answer_store)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(OperationalError, _answer_database)
    app.add_exception_handler(DataError, _answer_unkeepable)
    app.add_exception_handler(Exception, _answer_unforeseen)


def _title(error: type[StudioError]) -> str:
    return (error.__doc__ or error.__name__).strip().splitlines()[0].rstrip(".")


def _documented(errors: list[type[StudioError]]) -> dict[str, Any]:
    examples = {error.code: {"summary": _title(error), "value": problem_of(error(_title(error)))} for error in errors}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "; ".join(f"`{error.code}`: {_title(error)}" for error in errors),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def reply_to(request: Request, error: StudioError) -> JSONResponse:
    """The reply that tells of `error`, in the dialect of the request's path: by which id to ask, where to read more."""
    told: dict[str, Any] = {"request_id": request_id_of(request.scope), "docs_url": docs_url(request, error.code)}
    error.members = {**error.members, **told}
    if error.status in _REPEATED_BY_CLIENTS:
        error.headers.setdefault("x-should-retry", str(error.waiting_helps).lower())
    return dialect_at(request.app, request.url.path).speak(error)


def docs_url(request: Request, code: str) -> str:
    """Where this studio says what a code means."""
    return f"{own_origin(request)}/docs/errors#{code}"


async def _answer_ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StudioError)  # noqa: S101 (registered for it)
    return reply_to(request, error)


async def _answer_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it)
    found = [{"field": ".".join(map(str, one["loc"])), "message": words_of(one)} for one in error.errors()]
    detail = "; ".join(f"{one['field']}: {one['message']}" for one in found[:3])
    return reply_to(request, InvalidRequest(detail, field=found[0]["field"].partition(".")[2] or None, errors=found))


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (registered for it)
    if error.status_code == 400:  # the framework's own word for a body that it cannot read
        return reply_to(request, InvalidRequest(f"the body cannot be read: {error.detail}"))
    told = StudioError(str(error.detail), headers=error.headers)
    told.status = error.status_code  # type: ignore[misc]  # this one error has the status that the framework chose
    told.code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")  # type: ignore[misc]
    return reply_to(request, told)


async def _answer_nobody(request: Request, error: Exception) -> JSONResponse:
    """A client that hangs up within its own body is no failure of ours, and reads no reply."""
    return reply_to(request, InvalidRequest("the body ended before it was whole"))


async def _answer_store(request: Request, error: Exception) -> JSONResponse:
    log.error("store_failed", path=request.url.path, words=str(error))
    return reply_to(request, StoreUnavailable("try again in a moment", headers={"Retry-After": "5"}))


async def _answer_database(request: Request, error: Exception) -> JSONResponse:
    if not fail_try(request, error):
        log.error("database_failed", path=request.url.path, exc_info=error)
    return reply_to(request, DatabaseUnavailable("try again in a moment", headers={"Retry-After": "5"}))


async def _answer_unkeepable(request: Request, error: Exception) -> JSONResponse:
    log.info("unkeepable_value", path=request.url.path, words=str(getattr(error, "orig", error)))
    return reply_to(request, InvalidRequest("a value cannot be kept: it has a zero byte, or is out of range"))


async def _answer_unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("unforeseen_error", path=request.url.path, exc_info=error)
    reply = reply_to(request, InternalError("this was not foreseen; the server's log says more"))
    reply.headers["x-request-id"] = request_id_of(request.scope) or ""  # nothing else gives this reply its headers
    return reply
