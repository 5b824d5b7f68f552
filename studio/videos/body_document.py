"""What the API's document says of this dialect's bodies, which may come as JSON or as a form.

The models in schemas.py take whatever clients send for a photo, a consent or a cast; here each has the two forms that
we tell others to send. A form holds files and words alone: what has parts is one JSON text in it, and nothing is null.
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel

from storage.tables.characters import ConsentKind
from studio.generation.take_examples import CHARACTER_ID
from studio.videos.schemas import CharacterMade, CharacterSent, VideoCreate, VideoEdit, VideoExtend, VideoRemix
from studio.videos.video_examples import VIDEO_ID

Schema = dict[str, Any]
_REFERENCE = "#/components/schemas/{model}"
_ASSET_ID = "ast_01J9ZK1M2N8M4N6P7R9S0V2W3X"
_PROMPT = "She smiles, then slowly turns to the left"

_FILE: Schema = {"type": "string", "format": "binary"}
_PHOTO_FILE = _FILE | {"description": "A photo's file."}
_PHOTO: Schema = {"type": "string", "description": "A data URL (`data:image/…;base64,…`), or an uploaded asset's id."}
_CONSENT: Schema = {
    "anyOf": [{"type": "string", "enum": [*get_args(ConsentKind)]}, {"$ref": _REFERENCE.format(model="ConsentGiven")}]
}
_FILM = _FILE | {"description": "A video in which the face is seen."}
_AS_JSON: dict[str, Schema] = {
    "input_reference": _PHOTO,
    "references": {"type": "array", "items": _PHOTO, "maxItems": 10},
    "consent": _CONSENT,
    "characters": {"type": "array", "items": {"$ref": _REFERENCE.format(model="CharacterSent")}, "maxItems": 8},
    "video": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
}
_AS_FORM: dict[str, Schema] = {
    "input_reference": _PHOTO_FILE,
    "references": {"type": "array", "items": _PHOTO_FILE, "maxItems": 10},
    "consent": {"type": "string", "description": "A kind in one word, or a consent as JSON text."},
    "characters": {"type": "string", "description": "The list as JSON text."},
    "control": {"type": "string", "description": "As JSON text."},
    "keyframes": {"type": "string", "description": "The list as JSON text."},
    "video": {"type": "string", "description": '`{"id": …}` of a video made here, as JSON text.'},
}
_EXAMPLES: dict[type[BaseModel], tuple[Schema, Schema]] = {
    VideoCreate: (
        {"prompt": _PROMPT, "input_reference": _ASSET_ID, "consent": "own", "seconds": 4, "size": "768x432"},
        {"prompt": _PROMPT, "characters": f'[{{"id": "{CHARACTER_ID}"}}]', "seconds": 4, "size": "768x432"},
    ),
    VideoEdit: (
        {"prompt": "She frowns", "video": {"id": VIDEO_ID}},
        {"prompt": "She frowns", "video": f'{{"id": "{VIDEO_ID}"}}'},
    ),
    VideoExtend: (
        {"prompt": "She nods", "seconds": 2, "video": {"id": VIDEO_ID}},
        {"prompt": "She nods", "seconds": 2, "video": f'{{"id": "{VIDEO_ID}"}}'},
    ),
    VideoRemix: ({"prompt": "She frowns"}, {"prompt": "She frowns"}),
    CharacterMade: (
        {"name": "Eileen", "references": [_ASSET_ID], "consent": {"kind": "own", "by": "Eileen Doe"}},
        {"name": "Eileen", "consent": "own"},
    ),
}


def document_body(shape: type[BaseModel]) -> dict[str, Any]:
    """What a route adds to the document for a body of this shape."""
    names = {"multipart/form-data": f"{shape.__name__}Form", "application/json": shape.__name__}
    content = {kind: {"schema": {"$ref": _REFERENCE.format(model=name)}} for kind, name in names.items()}
    words = "As a form (multipart, or urlencoded where it has no file), or as JSON."
    return {"requestBody": {"required": True, "description": words, "content": content}}


def body_schemas() -> dict[str, Schema]:
    """Every body of this dialect as component schemas, by name."""
    told: dict[str, Schema] = {}
    for shape, (as_json, as_form) in _EXAMPLES.items():
        schema = shape.model_json_schema(ref_template=_REFERENCE)
        told |= schema.pop("$defs", {})
        told[shape.__name__] = _typed(schema, _AS_JSON) | {"examples": [as_json]}
        told[f"{shape.__name__}Form"] = _form_of(schema) | {"examples": [as_form]}
    del told[CharacterMade.__name__]["properties"]["video"]  # a film comes as a file
    told[f"{CharacterMade.__name__}Form"]["properties"]["video"] |= _FILE | {
        "description": "A video in which the face is seen."
    }
    sent = CharacterSent.model_json_schema(ref_template=_REFERENCE)
    example = {"references": [_ASSET_ID], "consent": {"kind": "own", "by": "Eileen Doe"}, "placement": "left"}
    told |= sent.pop("$defs", {})
    told[CharacterSent.__name__] = _typed(sent, _AS_JSON | {"consent": sent["properties"]["consent"]}) | {
        "examples": [{"id": CHARACTER_ID, "placement": "left"}, example]
    }
    return told


def _form_of(schema: Schema) -> Schema:
    form = _typed(schema, _AS_FORM)
    properties = {name: _without_null(each) for name, each in form["properties"].items()}
    return form | {"title": f"{schema['title']}Form", "properties": properties}


def _typed(schema: Schema, types: dict[str, Schema]) -> Schema:
    """The schema with what may be anything told as these types; its own words stay where the type has none."""
    properties = dict(schema["properties"])
    for name in properties.keys() & types.keys():
        words = {key: properties[name][key] for key in ("title", "description") if key in properties[name]}
        properties[name] = words | types[name]
    return schema | {"properties": properties}


def _without_null(schema: Schema) -> Schema:
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    if len(choices) != 1:
        return dict(schema)
    plain: Schema = choices[0]
    return {key: value for key, value in schema.items() if key not in ("anyOf", "default")} | plain
