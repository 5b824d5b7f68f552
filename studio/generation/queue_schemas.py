"""An organisation's queue as clients see and change it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from studio.generation.bodies import Body
from studio.generation.schemas import TakeSummary
from studio.generation.take_examples import WAITING, summary_of
from studio.queue.schedule import Priority


class QueueView(BaseModel):
    """The organisation's takes that wait, the next one first; the first hundred of `waiting`.

    paused: none of them is begun until it is resumed. Takes that render are not in it.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"paused": False, "waiting": 1, "data": [summary_of(WAITING)]}]}
    )

    paused: bool
    waiting: int
    data: list[TakeSummary]


class TakeMove(Body):
    """Where a waiting take goes."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"after": "take_01J9ZK3Q5T8M4N6P7R9S0V2W3X"}]}
    )

    after: str | None = Field(max_length=40, description="A take that waits: right after it. null: next of all.")


class TakeChange(Body):
    """A waiting take's new priority."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"priority": "batch"}]})

    priority: Priority
