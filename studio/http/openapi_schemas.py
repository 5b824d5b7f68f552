"""Component schemas as strangers' tools need them: tags of unions required, examples whole and everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_fields_from_routes
from pydantic import TypeAdapter

Schema = dict[str, Any]
Schemas = dict[str, Schema]
_PREFIX = "#/components/schemas/"


def complete_schemas(app: FastAPI, schemas: Schemas) -> None:
    """Change the document's schemas in place."""
    for schema in _walk(schemas):
        _require_tag(schema, schemas)
        _tell_default(schema)
    for name, examples in _examples_of_models(app).items():
        if name in schemas:
            schemas[name]["examples"] = examples
    spread_examples(schemas)
    for schema in schemas.values():
        _show_list(schema, schemas)


def spread_examples(schemas: Schemas) -> None:
    """Give each schema without an example what stands in its place in another schema's example."""
    waiting = [name for name, schema in schemas.items() if "examples" in schema]
    for name in waiting:  # grows
        for example in schemas[name]["examples"]:
            for inner, value in _parts(schemas[name], example, schemas):
                if "examples" not in schemas[inner]:
                    schemas[inner]["examples"] = [value]
                    waiting.append(inner)


def _walk(value: object) -> Iterator[Schema]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _walk(inner)


def _require_tag(schema: Schema, schemas: Schemas) -> None:
    """A union is told apart by its tag, so that every member must have it: pydantic says so only in its errors."""
    discriminator = schema.get("discriminator")
    if not isinstance(discriminator, dict) or "mapping" not in discriminator:
        return
    tag = discriminator["propertyName"]
    for reference in discriminator["mapping"].values():
        member = schemas[reference.removeprefix(_PREFIX)]
        member["required"] = [tag, *(each for each in member.get("required", []) if each != tag)]
        member["properties"][tag].pop("default", None)


def _tell_default(schema: Schema) -> None:
    """A default that is an object goes into the words: generators of clients leave out what has one."""
    if isinstance(schema.get("default"), dict) and schema.keys() & {"$ref", "oneOf", "anyOf"}:
        words = f"Left out: `{json.dumps(schema.pop('default'))}`."
        schema["description"] = f"{schema['description']} {words}" if "description" in schema else words


def _examples_of_models(app: FastAPI) -> dict[str, list[Any]]:
    """Examples by the schema's name, with the nulls that FastAPI leaves out of its document."""
    types = {field.field_info.annotation for field in get_fields_from_routes(app.routes)}
    adapters: list[TypeAdapter[Any]] = [TypeAdapter(list[each]) for each in types]  # type: ignore[valid-type]
    _, told = TypeAdapter.json_schemas((number, "serialization", each) for number, each in enumerate(adapters))
    return {name: each["examples"] for name, each in told.get("$defs", {}).items() if "examples" in each}


def _show_list(schema: Schema, schemas: Schemas) -> None:
    """A list of things looks like one of them, alone on its page."""
    properties = schema.get("properties", {})
    inner = properties.get("data", {}).get("items", {}).get("$ref", "").removeprefix(_PREFIX)
    if "examples" in schema or "examples" not in schemas.get(inner, {}):
        return
    item = schemas[inner]["examples"][0]
    shown = {"data": [item], "has_more": False, "first_id": item.get("id"), "last_id": item.get("id"), "object": "list"}
    schema["examples"] = [{name: shown[name] for name in properties}]


def _parts(schema: Schema, value: object, schemas: Schemas) -> Iterator[tuple[str, Any]]:
    """What of `value` is of which component."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_PREFIX), value
    elif isinstance(value, dict):
        if "discriminator" in schema:
            tag = schema["discriminator"]
            yield tag["mapping"][value[tag["propertyName"]]].removeprefix(_PREFIX), value
        for name, inner in value.items():
            further = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if isinstance(further, dict):
                yield from _parts(further, inner, schemas)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(schema.get("items", {}), inner, schemas)
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    if value is not None and len(choices) == 1:
        yield from _parts(choices[0], value, schemas)
