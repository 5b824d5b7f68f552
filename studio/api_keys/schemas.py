"""API keys as clients see them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from studio.api_keys.keys import SCOPES, Scope
from studio.http.timestamps import Timestamp

_KEY: dict[str, JsonValue] = {
    "id": "key_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "name": "content app",
    "prefix": "drm_7K2M9Q",
    "scopes": ["assets", "characters", "takes"],
    "created_at": "2026-11-23T08:00:00Z",
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
}


class ApiKeyCreate(BaseModel):
    """A key to make. It can do no more than the key that makes it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "content app", "scopes": ["assets", "characters", "takes"]}]},
    )

    name: str = Field(min_length=1, max_length=200)
    scopes: list[Scope] = Field(default=list(SCOPES), min_length=1, max_length=len(SCOPES))
    expires_at: Timestamp | None = None


class ApiKeyView(BaseModel):
    """A key, without the key itself: the first characters are enough to recognise it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY]})

    id: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class ApiKeyMade(ApiKeyView):
    """A new key. `key` is shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY | {"key": "drm_7K2M9Q…"}]})

    key: str
