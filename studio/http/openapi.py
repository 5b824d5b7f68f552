"""The OpenAPI document: every error in the one shape, also those that FastAPI documents by itself."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from studio.http.errors import InvalidRequest, Problem, problems

_FOREIGN = "#/components/schemas/HTTPValidationError"


def document_errors(app: FastAPI) -> None:
    """Let `app.openapi()` show problem details where FastAPI would show its own validation error."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            _replace_validation_errors(document, tuple(app.state.error_dialects))
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to change the document


def _replace_validation_errors(document: dict[str, Any], dialects: tuple[str, ...]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    ours = problems(InvalidRequest)[InvalidRequest.status]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            told = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if told.get("$ref") == _FOREIGN:
                del responses["422"]  # a dialect documents its own
                if not path.startswith(dialects):
                    responses["422"] = ours
