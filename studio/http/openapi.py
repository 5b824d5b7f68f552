"""The OpenAPI document: what FastAPI writes, with every refusal of every operation and who may call it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel

from studio.http.error_replies import NATIVE, dialect_at
from studio.http.errors import DatabaseUnavailable, InternalError, InvalidRequest, StoreUnavailable, StudioError
from studio.http.openapi_schemas import complete_schemas

Document = dict[str, Any]
Responses = Mapping[int | str, dict[str, Any]]
_UNREADABLE = {
    "description": "The request cannot be read as HTTP",
    "content": {
        "text/plain": {
            "schema": {"type": "string"},
            "examples": {"unreadable": {"value": "Invalid HTTP request received."}},
        }
    },
}
_FOREIGN = ("HTTPValidationError", "ValidationError")
_FOREIGN_WORDS = "Validation Error"
_REFERENCE = "#/components/schemas/{model}"


def name_operation(route: APIRoute) -> str:
    """An operation's id, which generators make a method: the route's name, its function's unless told otherwise."""
    return route.name


@dataclass(frozen=True)
class Refusals:
    """What operations may answer beside what their routes declare."""

    of_callers: tuple[type[StudioError], ...]
    """Where an API key lets in."""
    of_writes: tuple[type[StudioError], ...]
    """Where something is changed."""

    def of(self, method: str, operation: Document) -> tuple[type[StudioError], ...]:
        """For one operation."""
        callers = self.of_callers if {"api_key": []} in operation["security"] else ()
        writes = self.of_writes if method not in ("GET", "HEAD") else ()
        checked = (InvalidRequest,) if operation.keys() & {"parameters", "requestBody"} else ()
        return (*checked, *callers, *writes, InternalError, DatabaseUnavailable, StoreUnavailable)


def complete_document(
    app: FastAPI, refusals: Refusals, *, beside: frozenset[str], schemas: Mapping[str, Document]
) -> None:
    """Let `app.openapi()` say what FastAPI does not. Operations tagged as in `beside` refuse only what they declare.

    `schemas` are further components: of bodies that routes read by themselves.
    """
    generate = app.openapi

    def openapi() -> Document:
        if app.openapi_schema is None:
            document = generate()
            _add_bodies_of_errors(document, [NATIVE.body, *(each.body for each in app.state.error_dialects.values())])
            document["components"]["schemas"] |= schemas
            complete_schemas(app, document["components"]["schemas"])
            for route, method, operation in _operations(app, document):
                operation.setdefault("security", [])
                shared = () if beside & set(route.tags) else refusals.of(method, operation)
                _document_refusals(app, route, operation, shared)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to change the document


def followed(words: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    """What a route that redirects declares as `responses`: what comes where it leads."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": f"For clients that follow redirects: {words}", "content": content}}


def merge_responses(told: dict[Any, Any], more: Responses) -> None:
    """Add responses to those of an operation: of one status, the words and examples of both."""
    for status, response in more.items():
        known = told.setdefault(status, {})
        words = [known.get("description"), response.get("description")]
        known["description"] = "; ".join(dict.fromkeys(each for each in words if each))
        for media_type, content in response.get("content", {}).items():
            kept = known.setdefault("content", {}).setdefault(media_type, {})
            examples = kept.get("examples", {}) | content.get("examples", {})
            kept |= content | ({"examples": examples} if examples else {})


def _operations(app: FastAPI, document: Document) -> Iterator[tuple[RouteContext, str, Document]]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield route, method, document["paths"][str(route.path_format)][method.lower()]


def _document_refusals(
    app: FastAPI, route: RouteContext, operation: Document, shared: tuple[type[StudioError], ...]
) -> None:
    """The route's own refusals as it declared them (FastAPI drops nulls from examples), then the shared ones."""
    document = dialect_at(app, str(route.path_format)).document
    responses = operation["responses"]
    told = {status: response for status, response in responses.items() if response["description"] != _FOREIGN_WORDS}
    merge_responses(told, {str(status): each for status, each in route.responses.items() if int(status) >= 400})
    merge_responses(told, {str(status): each for status, each in document(*shared).items()})
    if not any(status.startswith("4") for status in told):
        told["400"] = _UNREADABLE
    operation["responses"] = dict(sorted(told.items()))


def _add_bodies_of_errors(document: Document, bodies: list[type[BaseModel]]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FOREIGN:
        schemas.pop(name, None)
    for body in bodies:
        schema = body.model_json_schema(ref_template=_REFERENCE)
        schemas |= schema.pop("$defs", {}) | {body.__name__: schema}
