"""The OpenAPI document as generators and strangers read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from studio.app import create_app
from studio.config import Settings

VERBS = {
    "accept", "add", "cancel", "change", "check", "choose", "circle", "compare", "complete", "count", "create",
    "delete", "duplicate", "edit", "estimate", "export", "extend", "finish",
    "get", "grant", "import", "inspect", "list", "move",
    "open", "pause", "prepare", "redo", "refund", "remix", "replace", "replay", "restore", "resume", "retry",
    "reverse",
    "revoke", "rotate", "send", "start",
    "stream", "suggest", "suspend", "switch", "undo", "update",
}  # fmt: skip


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("data"))).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_operation_ids_are_unique_and_make_good_method_names(document: dict[str, Any]) -> None:
    named = {name: operation["operationId"] for name, operation in operations(document)}
    assert len(set(named.values())) == len(named)
    for name, operation_id in named.items():
        verb, *things = operation_id.split("_")
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation_id), f"{name}: {operation_id}"
        assert verb in VERBS, f"{name}: {operation_id} does not begin with what it does"
        assert things != ["v", "1"]
        if "/{" not in name and name.startswith("GET") and operation_id.startswith("get_"):
            reply = operation_of(document, name)["responses"].get("200", {}).get("content", {}).get("application/json")
            shown = reply["schema"].get("$ref", "")  # what may be null has none, and is no list
            schema = document["components"]["schemas"].get(shown.rpartition("/")[2], {"properties": {}})
            assert "data" not in schema["properties"], f"{name} lists, but is called {operation_id}"


def operation_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(operations(document))[name]


def test_every_operation_has_one_tag_that_is_told_in_words(document: dict[str, Any]) -> None:
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    used = {name: operation["tags"] for name, operation in operations(document)}
    assert {tag for tags in used.values() for tag in tags} == told.keys()
    for name, tags in used.items():
        assert len(tags) == 1, name
        assert (tags == ["openai-videos"]) == (" /v1/videos" in name), name


def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"].keys()
    for name, operation in operations(document):
        assert all(each.keys() <= schemes for each in operation["security"]), name
        shut_out = "404" if operation["tags"] == ["operator"] else "401"  # to others an operator's routes are not there
        assert (shut_out in operation["responses"]) >= bool(operation["security"]), name


def test_every_refusal_has_an_example_of_its_own_status(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            ((kind, content),) = response["content"].items() if status >= "400" else [("text/plain", {})]
            if kind == "text/plain" or operation["tags"] == ["health"]:
                continue
            assert content["examples"], f"{name} {status}"
            for code, example in content["examples"].items():
                told = example["value"].get("error", example["value"])
                assert told["code"] == code, f"{name} {status}"
                assert told.get("status", int(status)) == int(status), f"{name} {status}"


def test_every_operation_says_what_comes_of_it(document: dict[str, Any]) -> None:
    """A route that redirects declares what it leads to: `studio.http.openapi.followed`."""
    for name, operation in operations(document):
        kinds = {status[0] for status in operation["responses"]}
        assert {"2", "4"} <= kinds, name


def test_it_says_what_it_is(document: dict[str, Any]) -> None:
    assert document["servers"][0]["url"] == "/"
    assert document["info"]["license"]["identifier"] == "Apache-2.0"


def test_every_schema_has_examples_and_all_of_them_hold(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        assert schema.get("examples"), f"{name} has no example"
        validator = Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}},
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        for example in schema["examples"]:
            validator.validate(example)


def test_every_example_of_a_reply_holds(document: dict[str, Any]) -> None:
    components = {"components": document["components"]}
    for _, operation in operations(document):
        for body in operation["responses"].values():
            for content in body.get("content", {}).values():
                shown = [each["value"] for each in content.get("examples", {}).values()]
                shown += [content["example"]] if "example" in content else []
                for example in shown:
                    Draft202012Validator(content["schema"] | components).validate(example)


BOUNDS = {"maxLength", "enum", "const", "format", "pattern"}


def test_every_text_of_a_body_has_a_bound(document: dict[str, Any]) -> None:
    """Pydantic looks into a text only where it has to hold to something: others may be endless, or half a character.

    The videos dialect reads its bodies by itself (studio/videos/request_body.py).
    """
    unbounded = [
        f"{name}: {place}"
        for name, operation in operations(document)
        if not name.split()[1].startswith("/v1/videos")
        for media in operation.get("requestBody", {}).get("content", {}).values()
        for place in _unbounded(document, media.get("schema", {}), frozenset())
    ]
    assert unbounded == []


def _unbounded(document: dict[str, Any], schema: dict[str, Any], above: frozenset[str], at: str = "") -> Iterator[str]:
    """Where below this schema a text has no bound; `above`: the schemas that it lies in."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in above:
            yield from _unbounded(document, document["components"]["schemas"][name], above | {name}, f"{at}{name}")
        return
    if schema.get("type") == "string" and not BOUNDS & schema.keys():
        yield at
    parts = {f"{at}.{name}": part for name, part in schema.get("properties", {}).items()}
    parts |= {
        f"{at}[]": part for part in (schema.get("items"), schema.get("additionalProperties")) if isinstance(part, dict)
    }
    for place, part in parts.items():
        yield from _unbounded(document, part, above, place)
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _unbounded(document, part, above, at)
