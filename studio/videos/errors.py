"""Errors in OpenAI's shape: `{"error": {message, type, param, code}}`, with the statuses that its clients expect."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from studio.http.error_replies import Dialect
from studio.http.errors import MEDIA_TYPE, StudioError, problems
from studio.http.examples import with_examples
from studio.http.openapi import merge_responses

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
# A request that cannot be understood is 400 in this dialect; what was understood, and is not wanted, stays 422.
_STAYS_422 = frozenset({"idempotency_key_reused", "unsafe_image"})


class ReferenceRequired(StudioError):
    """This model draws a real person: send a photo or name a character."""

    status = 422
    code = "reference_required"


class ModelCannot(StudioError):
    """No model here can do this with what was given."""

    status = 422
    code = "model_cannot"


class BodyTooLarge(StudioError):
    """The request's body is larger than is accepted."""

    status = 413
    code = "body_too_large"


class WireError(BaseModel):
    """What went wrong: act on `code`; `param` names the field."""

    model_config = ConfigDict(extra="allow")

    message: str
    type: str
    param: str | None
    code: str | None
    request_id: str | None = None
    docs_url: str | None = None


class WireErrorBody(BaseModel):
    """The body of every error under `/v1/videos`."""

    model_config = with_examples(
        {
            "error": {
                "message": "there is no video video_01J9ZK7M2A8M4N6P7R9S0V2W3X",
                "type": "not_found_error",
                "param": None,
                "code": "not_found",
                "request_id": "req_01J9ZK7M2A8M4N6P7R9S0V2W3X",
                "docs_url": "https://studio.example.com/docs/errors#not_found",
            }
        }
    )

    error: WireError


def status_of(error: StudioError) -> int:
    """The status in this dialect."""
    return 400 if error.status == 422 and error.code not in _STAYS_422 else error.status


def speak_openai(error: StudioError) -> JSONResponse:
    """The reply to a request under `/v1/videos` that failed."""
    return JSONResponse({"error": _told(error)}, status_of(error), headers=error.headers)


def wire_problems(*errors: type[StudioError]) -> dict[int | str, dict[str, Any]]:
    """What a route declares as `responses`, by the status of this dialect, each error with an example."""
    told: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        ((_, documented),) = problems(error).items()
        (example,) = documented["content"].pop(MEDIA_TYPE)["examples"].values()
        shown = error(example["value"]["detail"])
        example["value"] = {"error": _told(shown)}
        schema = {"$ref": "#/components/schemas/WireErrorBody"}
        documented["content"]["application/json"] = {"schema": schema, "examples": {error.code: example}}
        merge_responses(told, {status_of(shown): documented})
    return told


OPENAI = Dialect(speak_openai, wire_problems, WireErrorBody)


def _told(error: StudioError) -> dict[str, Any]:
    status = status_of(error)
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    told = {"message": error.detail, "type": kind, "param": error.members.get("field"), "code": error.code}
    return told | {name: value for name, value in error.members.items() if name != "field"}
