"""Usage as clients see it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field, JsonValue

from studio.http.examples import with_examples

_LINE: dict[str, JsonValue] = {
    "day": "2026-11-29",
    "model": "previs",
    "project_id": None,
    "key_id": None,
    "member_id": None,
    "takes": 12,
    "succeeded": 11,
    "device_seconds": 48.25,
    "credits": 0.0,
}


class UsageLine(BaseModel):
    """Takes that ended, together. What was not asked to be told apart is null, and so is what is of none."""

    model_config = with_examples(_LINE)

    day: date | None = Field(description="In UTC, on which they ended.")
    model: str | None
    project_id: str | None
    key_id: str | None
    member_id: str | None = Field(description="Who asked in the studio's own pages.")
    takes: int
    succeeded: int
    device_seconds: float = Field(description="Of rendering, of those that succeeded.")
    credits: float


class Usage(BaseModel):
    """Usage of a time."""

    model_config = with_examples(
        {
            "since": "2026-11-01T00:00:00Z",
            "until": "2026-12-01T00:00:00Z",
            "data": [_LINE],
            "has_more": False,
        }
    )

    since: datetime
    until: datetime
    data: list[UsageLine]
    has_more: bool = Field(description="There are more lines than are told: ask for a shorter time.")
