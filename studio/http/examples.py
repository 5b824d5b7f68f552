"""What a schema looks like filled in: every one of the API has an example, which a test holds against it.

Examples of what stands inside others come from there (studio/http/openapi_schemas.py), so that only whole bodies write
theirs down.
"""

from __future__ import annotations

from pydantic import ConfigDict, JsonValue

Example = dict[str, JsonValue]


def with_examples(*examples: Example) -> ConfigDict:
    """A schema's configuration with what it looks like."""
    return ConfigDict(json_schema_extra={"examples": [*examples]})
