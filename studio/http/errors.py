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
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


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


def _title(error: type[StudioError]) -> str:
    return (error.__doc__ or error.__name__).strip().splitlines()[0].rstrip(".")


def _documented(errors: list[type[StudioError]]) -> dict[str, Any]:
    examples = {error.code: {"summary": _title(error), "value": problem_of(error(_title(error)))} for error in errors}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "; ".join(f"`{error.code}`: {_title(error)}" for error in errors),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
