"""What an operator does, as the pages and the log tell it. Credits have a point; money is in cents or fen."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from storage.queries.billing_ledger import Balance
from storage.tables import OperatorAct
from storage.tables.billing import LotKind
from studio.billing.credits import MICRO, MOST_MICRO_CREDITS, in_credits
from studio.billing.schemas import PriceView
from studio.http.examples import Example, with_examples
from studio.http.timestamps import Timestamp

Action = Literal[
    "credits.granted",
    "credits.reversed",
    "charge.refunded",
    "order.refunded",
    "price.set",
    "organisation.suspended",
    "organisation.restored",
]
_LOT_ID = "lot_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
STANDING_EXAMPLE: Example = {"available": 41.5, "held": 0.3, "spent": 8.2, "expired": 0.0, "reversed": 0.0}
_EFFECT: Example = {
    "subject": _LOT_ID,
    "before": STANDING_EXAMPLE,
    "after": {**STANDING_EXAMPLE, "available": 91.5},
    "credits": 50.0,
    "lots": [{"lot_id": _LOT_ID, "kind": "gift", "credits": 50.0, "expires_at": None, "has_expired": False}],
    "amount": None,
    "currency": None,
    "owed_credits": 0.0,
    "price": None,
    "contact": None,
    "unfinished_takes": 0,
    "plan": None,
    "tops_up": False,
}
ACT_EXAMPLE: Example = {
    "id": "act_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "at": "2026-11-29T08:00:00Z",
    "action": "credits.granted",
    "operator": "ada@example.com",
    "organisation_id": "org_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "subject": _LOT_ID,
    "reason": "to try it out",
    "dry_run": False,
    "effect": _EFFECT,
}


class ActAsked(BaseModel):
    """What every act says."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "the clip was broken"}]})

    reason: str = Field(
        min_length=3, max_length=200, pattern=r"\S.*\S", description="Stands in the ledger and the logs."
    )
    dry_run: bool = Field(default=False, description="Show what it would do, and do nothing.")


class GrantAsked(ActAsked):
    """Credits to give."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"credits": 50, "kind": "gift", "reason": "to try it out"}]}
    )

    credits: float = Field(gt=0, le=MOST_MICRO_CREDITS / MICRO, description="At most six decimals.")
    kind: Literal["grant", "gift"] = "grant"
    expires_at: Timestamp | None = Field(default=None, description="Left out: never.")


class ReversalAsked(ActAsked):
    """Credits of a lot to take back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "granted by mistake"}]})

    credits: float | None = Field(
        default=None, gt=0, le=MOST_MICRO_CREDITS / MICRO, description="Left out: all that are neither held nor spent."
    )


class OrderRefundAsked(ActAsked):
    """Money to send back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"amount": 500, "reason": "the clip was broken"}]}
    )

    amount: int | None = Field(default=None, gt=0, lt=2**53, description="In cents or fen; left out: what is left.")


class SuspensionAsked(ActAsked):
    """Nothing new is to be submitted or bought."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"contact": "help@example.com", "reason": "the money was claimed back"}]},
    )

    contact: str = Field(
        min_length=3, max_length=200, pattern=r"^\S[^\r\n]*\S$",
        description="Whom to write to about it: told in every refusal, and in the studio.",
    )  # fmt: skip


class PriceAsked(ActAsked):
    """A price, from a moment on. What was quoted before stays as it was."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"item": "previs", "amount": 0.01, "reason": "prices of the spring"}]},
    )

    item: str = Field(
        min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_.\-]*$",
        description="A model, `enrolment`, `speech_preview`, or `credit`: what one is sold for.",
    )  # fmt: skip
    amount: float = Field(ge=0, le=MOST_MICRO_CREDITS / MICRO, description="At most six decimals.")
    currency: str = Field(default="credits", pattern=r"^(credits|[a-z]{3})$", description="For `credit`: usd, cny, …")
    since: Timestamp | None = Field(default=None, description="Left out: from now on.")


class Standing(BaseModel):
    """What an organisation's credits come to."""

    model_config = with_examples(STANDING_EXAMPLE)

    available: float
    held: float
    spent: float
    expired: float
    reversed: float

    @classmethod
    def of(cls, balance: Balance) -> Standing:
        """In credits."""
        return cls(**{name: in_credits(getattr(balance, name)) for name in cls.model_fields})


class EffectLot(BaseModel):
    """Credits of one lot that move. has_expired: what comes back to it is void at once."""

    lot_id: str
    kind: LotKind
    credits: float
    expires_at: datetime | None
    has_expired: bool


class Effect(BaseModel):
    """What an act does, or did: to an organisation's credits, to money, or to a price.

    credits: that move. amount: of money that is sent back, in cents or fen; owed_credits: that should go with it and
    were spent already. Of a suspension: contact, whom to write to; and what goes on by itself: unfinished_takes, that
    wait or render; plan, paid for by the month; tops_up: credits are bought whenever few are left.
    """

    model_config = with_examples(_EFFECT)

    subject: str | None
    before: Standing | None = None
    after: Standing | None = None
    credits: float = 0.0
    lots: list[EffectLot] = []
    amount: int | None = None
    currency: str | None = None
    owed_credits: float = 0.0
    price: PriceView | None = None
    contact: str | None = None
    unfinished_takes: int = 0
    plan: str | None = None
    tops_up: bool = False


class Act(BaseModel):
    """One act, with why it was done and what it did."""

    model_config = with_examples(ACT_EXAMPLE)

    id: str
    at: datetime
    action: Action
    operator: str
    organisation_id: str | None
    subject: str | None
    reason: str
    dry_run: bool = Field(description="It was only shown.")
    effect: Effect

    @classmethod
    def of(cls, row: OperatorAct) -> Act:
        """As it was written down."""
        return cls(
            id=row.id,
            at=row.at,
            action=cast(Action, row.action),
            operator=row.name,
            organisation_id=row.organisation_id,
            subject=row.subject,
            reason=row.reason,
            dry_run=False,
            effect=Effect.model_validate(row.outcome),
        )
