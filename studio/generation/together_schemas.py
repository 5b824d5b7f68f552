"""Estimates of several things together, as clients see them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inference.catalogue import DEFAULT_MODEL
from inference.protocol import Tier
from storage.tables.billing import Operation
from studio.billing.schemas import PaymentView
from studio.generation.bodies import Body, Text
from studio.generation.schemas import EstimateView, Size, Steps, TakeCreate, TakeRefusal
from studio.generation.take_examples import ASKED, REFUSED
from studio.http.examples import with_examples


class UncastTake(Body):
    """A take in which nobody is cast yet: its price, not whether it would be accepted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"model": "previs", "seconds": 4}]})

    model: Text = Field(default=DEFAULT_MODEL, max_length=40)
    seconds: float | None = Field(default=None, gt=0, le=3600)
    size: Size = None
    tier: Tier | None = None
    steps: Steps | None = None


class EstimatesAsked(Body):
    """What is to be priced together: takes as each would be submitted, takes that are not cast yet, and pieces."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"takes": [ASKED[0]]}, {"pieces": {"enrolment": 1}}]}
    )

    takes: list[TakeCreate] = Field(default_factory=list, max_length=20)
    uncast: list[UncastTake] = Field(default_factory=list, max_length=20)
    pieces: dict[Operation, Annotated[int, Field(ge=1, le=100)]] = Field(
        default_factory=dict, description="How many of what is priced by the piece."
    )
    project_id: str | None = Field(default=None, max_length=40, description="The film whose caps would count.")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.takes or self.uncast or self.pieces):
            raise ValueError("takes, uncast or pieces: ask for something")
        return self


class EstimatesView(BaseModel):
    """What everything together would cost at most, beside what there is."""

    model_config = with_examples(
        {"data": [REFUSED], "credits": 0.0, "available": 41.5, "covered": True, "payment": None, "problems": []}
    )

    data: list[EstimateView] = Field(description="Of the takes, in the order asked, then of those not cast yet.")
    credits: float = Field(description="Of the pieces, and of the takes that can be rendered.")
    available: float
    covered: bool = Field(description="Whether what is available pays for them all, and no cap is in the way.")
    payment: PaymentView | None = Field(description="What would pay for them all; null where they cost nothing.")
    problems: list[TakeRefusal] = Field(description="Why not all of them together would be accepted, for their price.")
