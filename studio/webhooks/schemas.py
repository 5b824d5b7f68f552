"""Webhook endpoints and deliveries as clients see them; endpoints in the words of OpenAI's own, and more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from studio.http.timestamps import Timestamp

DeliveryState = Literal["pending", "delivered", "failed"]
EventTypes = Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]], Field(min_length=1, max_length=40)]
EndpointName = Annotated[str, Field(min_length=1, max_length=200)]
Url = Annotated[str, Field(min_length=1, max_length=2000, description="https, on port 443 or from 1024 on.")]

_ID = "we_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
_ENDPOINT: dict[str, JsonValue] = {
    "id": _ID,
    "object": "webhook_endpoint",
    "name": "content app",
    "url": "https://app.example.com/hooks",
    "event_types": ["video.*", "take.failed"],
    "signing_secret_hint": "whsec_…xQ8=",
    "old_secret_until": None,
    "status": "enabled",
    "disabled_reason": None,
    "failing_since": None,
    "created_at": 1795420800,
    "updated_at": 1795420800,
}
_BODY = (
    '{"id":"evt_0f3c","object":"event","type":"video.completed","created_at":1795420800,"timestamp":'
    '"2026-11-23T08:00:00Z","data":{"id":"video_01J9ZK3Q5T"},"livemode":true,"sequence":42}'
)
_DELIVERY: dict[str, JsonValue] = {
    "id": "whd_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "endpoint_id": _ID,
    "event_id": "evt_0f3c",
    "event_type": "video.completed",
    "sequence": 42,
    "state": "delivered",
    "attempts": 1,
    "event_at": "2026-11-23T08:00:00Z",
    "next_attempt_at": None,
    "finished_at": "2026-11-23T08:00:01Z",
}

_TRY: dict[str, JsonValue] = {
    "at": "2026-11-23T08:00:01Z",
    "status": 204,
    "error": None,
    "reply": "",
    "duration_ms": 84,
}
_TESTED: dict[str, JsonValue] = {
    "object": "webhook_endpoint.test",
    "webhook_endpoint_id": _ID,
    "event_type": "video.completed",
    "status_code": 204,
    "success": True,
    "delivery_id": "whd_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
}


class EndpointCreate(BaseModel):
    """An endpoint to make."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "content app", "url": "https://app.example.com/hooks", "event_types": ["video.*"]}]
        },
    )

    name: EndpointName
    url: Url
    event_types: EventTypes = Field(description="Events, groups of them (`take.*`), or `*` for all.")


class EndpointUpdate(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"event_types": ["video.*", "take.*"]}]})

    name: EndpointName | None = None
    url: Url | None = None
    event_types: EventTypes | None = None
    enabled: bool | None = Field(default=None, description="false: nothing is sent until it is true again.")


class SecretRotation(BaseModel):
    """How to change the secret."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"keep_old_secret_active_for_24_hours": True}]}
    )

    keep_old_secret_active_for_24_hours: bool = Field(
        default=False, description="Sign with both for a day, so that receivers can change over without a gap."
    )


class EndpointView(BaseModel):
    """An endpoint, without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENDPOINT]})

    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    name: str
    url: str
    event_types: list[str]
    signing_secret_hint: str
    old_secret_until: datetime | None
    status: Literal["enabled", "disabled"]
    disabled_reason: str | None = Field(
        description="`gone`: it answered 410; `failing`: for five days; `by_hand`: by a request."
    )
    failing_since: datetime | None
    created_at: int
    updated_at: int


class EndpointWithSecret(EndpointView):
    """An endpoint with its secret, which is shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENDPOINT | {"signing_secret": "whsec_…"}]})

    signing_secret: str


class EndpointList(BaseModel):
    """A page of endpoints, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"object": "list", "data": [_ENDPOINT], "first_id": _ID, "last_id": _ID, "has_more": False}]
        }
    )

    object: Literal["list"] = "list"
    data: list[EndpointView]
    first_id: str | None
    last_id: str | None
    has_more: bool


class EndpointDeleted(BaseModel):
    """An endpoint that is no more."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": _ID, "object": "webhook_endpoint.deleted", "deleted": True}]}
    )

    id: str
    object: Literal["webhook_endpoint.deleted"] = "webhook_endpoint.deleted"
    deleted: bool = True


class EventTypeList(BaseModel):
    """What webhooks can hear of."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"object": "list", "data": ["video.completed", "video.failed", "take.succeeded"]}]
        }
    )

    object: Literal["list"] = "list"
    data: list[str]


class EndpointTest(BaseModel):
    """A sample to send."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"event_type": "video.completed"}]})

    event_type: Annotated[str, Field(min_length=1, max_length=40)] = "endpoint.test"


class EndpointTestResult(BaseModel):
    """What the endpoint answered to the sample."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TESTED]})

    object: Literal["webhook_endpoint.test"] = "webhook_endpoint.test"
    webhook_endpoint_id: str
    event_type: str
    status_code: int
    success: Literal[True] = Field(default=True, description="The endpoint answered; how, status_code says.")
    delivery_id: str


class ReplayRange(BaseModel):
    """A span of time whose events are sent again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"since": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}]},
    )

    since: Timestamp
    until: Timestamp
    only_failed: bool = Field(default=False, description="Leave out what was delivered, or is still to be tried.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.since:
            raise ValueError("until must be after since")
        return self


class Replayed(BaseModel):
    """How many deliveries are sent again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"replayed": 12, "more_since": None}]})

    replayed: int
    more_since: datetime | None = Field(description="There is more: ask again, with this as `since`.")


class MessageView(BaseModel):
    """What receivers are told of one event."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "evt_0f3c", "type": "video.completed", "sequence": 42, "body": _BODY}]}
    )

    id: str
    type: str
    sequence: int
    body: str


class MessageList(BaseModel):
    """Messages in the order in which things happened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [], "last_sequence": 42, "has_more": False}]})

    data: list[MessageView]
    last_sequence: int = Field(description="The next `after`.")
    has_more: bool


class AttemptView(BaseModel):
    """One try: what was answered, or why nothing was."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TRY]})

    at: datetime
    status: int | None
    error: str | None
    reply: str | None = Field(description="The beginning of what came back, up to 4 kB.")
    duration_ms: int


class DeliveryView(BaseModel):
    """One event for one endpoint."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DELIVERY]})

    id: str
    endpoint_id: str
    event_id: str = Field(description="The header `webhook-id`: the same at every try.")
    event_type: str
    sequence: int = Field(description="In which order it happened, within the organisation.")
    state: DeliveryState
    attempts: int
    event_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None


class DeliveryDetails(DeliveryView):
    """A delivery with its body and its tries."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DELIVERY | {"body": _BODY, "tries": [_TRY]}]})

    body: str = Field(description="As it is sent, byte for byte.")
    tries: list[AttemptView]
