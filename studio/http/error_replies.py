"""How errors are answered: every one in the one shape, or in that of the path's dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from storage.objects import StoreError
from studio.http.errors import (
    MEDIA_TYPE,
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    Problem,
    StoreUnavailable,
    StudioError,
    problem_of,
    problems,
)
from studio.http.headers import request_id_of
from studio.http.origin import own_origin
from studio.http.retry import fail_try
from studio.http.validation_words import words_of

log = structlog.get_logger(__name__)
# OpenAI's stock clients repeat these by themselves, unless the reply says that it is in vain. Of a 500 we know nothing.
_REPEATED_BY_CLIENTS = frozenset({402, 408, 409, 429, 501, 502, 503, 504, 507})


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
