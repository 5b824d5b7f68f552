"""Credits as clients see them: in credits, with a point; a millionth is the smallest part."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from storage.queries.billing_ledger import Balance
from storage.tables import CreditLot, Cut, LedgerEntry, Price, Take
from storage.tables.billing import CapScope, EntryKind, LotKind, Period
from studio.billing.budgets import Standing
from studio.billing.credits import MICRO, MOST_MICRO_CREDITS, in_credits
from studio.billing.statements import Statement
from studio.http.examples import Example, with_examples

_LOT_ID = "lot_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
_USAGE: Example = {
    "credits": 0.124,
    "held": 0.0,
    "device_seconds": 12.4,
    "refunded": 0.0,
    "lots": [{"lot_id": _LOT_ID, "kind": "purchase", "credits": 0.124}],
}
PRICE: Example = {
    "credits": 0.15,
    "device_seconds": 15.0,
    "credits_per_device_second": 0.01,
    "seconds": 4.0,
    "frames": 96,
    "steps": 1,
    "attempts": 1,
}
PAYMENT: Example = {
    "available": 41.5,
    "left": 41.35,
    "missing": 0.0,
    "lots": [{"lot_id": _LOT_ID, "kind": "purchase", "credits": 0.15, "expires_at": None}],
}
_BALANCE: Example = {
    "available": 41.5, "held": 0.3, "spent": 8.2, "expired": 0.0, "reversed": 0.0, "livemode": True
}  # fmt: skip
_LOT: Example = {
    "id": _LOT_ID,
    "kind": "purchase",
    "credits": 50.0,
    "available": 41.5,
    "held": 0.3,
    "spent": 8.2,
    "expired": 0.0,
    "reversed": 0.0,
    "expires_at": None,
    "source": "operator",
    "reference": None,
    "reason": "top-up",
    "created_at": "2026-11-23T08:00:00Z",
}
_ENTRY: Example = {
    "sequence": 42,
    "at": "2026-11-23T08:00:13Z",
    "kind": "CAPTURE",
    "debit": "held",
    "credit": "spent",
    "micro_credits": 124000,
    "credits": 0.124,
    "lot_id": _LOT_ID,
    "hold_id": "hold_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "reason": None,
}
_CAP: Example = {
    "id": "cap_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "scope": "key",
    "subject_id": "key_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "period": "day",
    "limit": 25.0,
    "committed": 8.5,
    "remaining": 16.5,
    "since": "2026-11-23T00:00:00Z",
    "created_at": "2026-11-20T08:00:00Z",
}
_STATEMENT: Example = {
    "month": "2026-11",
    "since": "2026-11-01T00:00:00Z",
    "until": "2026-12-01T00:00:00Z",
    "over": False,
    "opening": 10.0,
    "granted": 50.0,
    "charged": 8.2,
    "refunded": 0.0,
    "expired": 0.0,
    "reversed": 0.0,
    "closing": 51.8,
    "charges": [{"item": "previs", "count": 66, "device_seconds": 820.0, "credits": 8.2}],
}
PRICE_EXAMPLE: Example = {
    "item": "previs", "unit": "device_second", "currency": "credits", "amount": 0.01, "since": "2026-11-01T00:00:00Z"
}  # fmt: skip


class UsageLot(BaseModel):
    """What one lot paid."""

    lot_id: str
    kind: LotKind
    credits: float


class UsageView(BaseModel):
    """What a take came to. Only one that succeeded costs anything."""

    model_config = with_examples(_USAGE)

    credits: float = Field(description="Charged: 0 until it has succeeded, and never more than was held.")
    held: float = Field(description="Reserved while it is under way: the most that it can cost.")
    device_seconds: float | None = Field(description="Of a device, as it was rendered.")
    refunded: float = Field(default=0.0, description="Given back of what was charged; `credits` is 0 then.")
    lots: list[UsageLot] = Field(description="Which credits paid.")

    @classmethod
    def of(cls, take: Take) -> UsageView:
        """As the take stands."""
        return cls._of(take.usage or {}, take.render_ms / 1000 if take.render_ms is not None else None)

    @classmethod
    def of_cut(cls, cut: Cut) -> UsageView:
        """As the cut stands. It is priced by the piece."""
        return cls._of(cut.usage or {}, None)

    @classmethod
    def _of(cls, told: dict[str, Any], device_seconds: float | None) -> UsageView:
        return cls(
            credits=in_credits(told.get("micro_credits", 0)),
            held=in_credits(told.get("held", 0)),
            device_seconds=device_seconds,
            refunded=in_credits(told.get("refunded", 0)),
            lots=[
                UsageLot(lot_id=lot["lot_id"], kind=lot["kind"], credits=in_credits(lot["micro_credits"]))
                for lot in told.get("lots", [])
            ],
        )


class TakePrice(BaseModel):
    """What a take costs at most: predicted seconds of a device, times the model's price. That much is held."""

    model_config = with_examples(PRICE)

    credits: float
    device_seconds: float
    credits_per_device_second: float
    seconds: float = Field(description="Of the clip.")
    frames: int
    steps: int
    attempts: int = Field(description="As many renders are made at most, for this one price (the identity guarantee).")


class PayingLot(UsageLot):
    """What one lot would pay."""

    expires_at: datetime | None


class PaymentView(BaseModel):
    """What something would be paid from if it were submitted now. `left`: available after it."""

    model_config = with_examples(PAYMENT)

    available: float
    left: float
    missing: float = Field(description="0 where there are enough credits.")
    lots: list[PayingLot] = Field(description="In the order in which they would pay; none where credits are missing.")


class BalanceView(BaseModel):
    """What the organisation's credits come to. `available` can be spent now."""

    model_config = with_examples(_BALANCE)

    available: float
    held: float
    spent: float
    expired: float
    reversed: float
    livemode: bool = Field(description="False in test mode, whose credits are play money.")

    @classmethod
    def of(cls, balance: Balance, livemode: bool) -> BalanceView:
        """In credits."""
        return cls(
            available=in_credits(balance.available),
            held=in_credits(balance.held),
            spent=in_credits(balance.spent),
            expired=in_credits(balance.expired),
            reversed=in_credits(balance.reversed),
            livemode=livemode,
        )


class LotView(BaseModel):
    """Credits that came in together."""

    model_config = with_examples(_LOT)

    id: str
    kind: LotKind
    credits: float
    available: float
    held: float
    spent: float
    expired: float
    reversed: float
    expires_at: datetime | None = Field(description="Null: never; purchased credits do not expire.")
    source: str
    reference: str | None
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, lot: CreditLot) -> LotView:
        """In credits."""
        return cls(
            id=lot.id,
            kind=lot.kind,
            credits=in_credits(lot.micro_credits),
            available=in_credits(lot.available),
            held=in_credits(lot.held),
            spent=in_credits(lot.spent),
            expired=in_credits(lot.expired),
            reversed=in_credits(lot.reversed),
            expires_at=lot.expires_at,
            source=lot.source,
            reference=lot.reference,
            reason=lot.reason,
            created_at=lot.created_at,
        )


class EntryView(BaseModel):
    """One movement: `micro_credits` of a lot from the account `debit` to the account `credit`."""

    model_config = with_examples(_ENTRY)

    sequence: int = Field(description="1, 2, 3 … without a gap.")
    at: datetime
    kind: EntryKind
    debit: str
    credit: str
    micro_credits: int
    credits: float
    lot_id: str
    hold_id: str | None
    reason: str | None

    @classmethod
    def of(cls, entry: LedgerEntry) -> EntryView:
        """As it was written."""
        return cls(
            sequence=entry.sequence,
            at=entry.created_at,
            kind=entry.kind,
            debit=entry.debit,
            credit=entry.credit,
            micro_credits=entry.micro_credits,
            credits=in_credits(entry.micro_credits),
            lot_id=entry.lot_id,
            hold_id=entry.hold_id,
            reason=entry.reason,
        )


class EntryPage(BaseModel):
    """Entries in their order; the next page begins `after=last_sequence`."""

    model_config = with_examples({"data": [_ENTRY], "has_more": False, "last_sequence": 42})

    data: list[EntryView]
    has_more: bool
    last_sequence: int | None


class ChargeView(BaseModel):
    """What was charged for one item."""

    item: str = Field(description="A model, or an operation.")
    count: int
    device_seconds: float
    credits: float


class StatementView(BaseModel):
    """What a month of UTC came to. opening and closing: available or held."""

    model_config = with_examples(_STATEMENT)

    month: str
    since: datetime
    until: datetime
    over: bool = Field(description="Whether nothing comes to it any more.")
    opening: float
    granted: float
    charged: float
    refunded: float = Field(description="Given back of what was charged, in this month or before.")
    expired: float
    reversed: float
    closing: float
    charges: list[ChargeView]

    @classmethod
    def of(cls, statement: Statement, *, over: bool) -> StatementView:
        """In credits."""
        figures = ("opening", "granted", "charged", "refunded", "expired", "reversed", "closing")
        return cls(
            month=statement.month,
            since=statement.since,
            until=statement.until,
            over=over,
            charges=[
                ChargeView(
                    item=one.item,
                    count=one.count,
                    device_seconds=one.used_ms / 1000,
                    credits=in_credits(one.micro_credits),
                )
                for one in statement.charges
            ],
            **{figure: in_credits(getattr(statement, figure)) for figure in figures},
        )


class StatementList(BaseModel):
    """Statements, newest first."""

    model_config = with_examples({"data": [_STATEMENT]})

    data: list[StatementView]


class CapCreate(BaseModel):
    """A cap to set. One of the same scope, subject and period is set anew."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"scope": "key", "subject_id": "key_01J9ZK3Q5T8M4N6P7R9S0V2W3X", "period": "day", "limit": 25}]
        },
    )

    scope: CapScope
    subject_id: str | None = Field(
        default=None, max_length=40, description="Of the key, member or film; left out for the organisation."
    )
    period: Period = Field(description="Days and months of UTC.")
    limit: float = Field(ge=0, le=MOST_MICRO_CREDITS / MICRO, description="In credits.")


class CapChange(BaseModel):
    """Another limit."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"limit": 50}]})

    limit: float = Field(ge=0, le=MOST_MICRO_CREDITS / MICRO, description="In credits.")


class CapView(BaseModel):
    """A cap as it stands: `committed` is spent or held in the period since `since` (null: ever)."""

    model_config = with_examples(_CAP)

    id: str
    scope: CapScope
    subject_id: str
    period: Period
    limit: float
    committed: float
    remaining: float
    since: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, standing: Standing) -> CapView:
        """In credits."""
        cap = standing.cap
        return cls(
            id=cap.id,
            scope=cap.scope,
            subject_id=cap.subject_id,
            period=cap.period,
            limit=in_credits(cap.micro_credits),
            committed=in_credits(standing.committed),
            remaining=in_credits(max(0, standing.remaining)),
            since=standing.since,
            created_at=cap.created_at,
        )


class CapList(BaseModel):
    """Every cap."""

    model_config = with_examples({"data": [_CAP]})

    data: list[CapView]


class PriceView(BaseModel):
    """What an item costs since a moment: a second of a device with a model, a piece of an operation, or one credit."""

    model_config = with_examples(PRICE_EXAMPLE)

    item: str
    unit: Literal["device_second", "each"]
    currency: str = Field(description="`credits`, or for the item `credit` the money that it is sold for.")
    amount: float
    since: datetime

    @classmethod
    def of(cls, price: Price) -> PriceView:
        """With a point."""
        return cls(
            item=price.item,
            unit=price.unit,  # type: ignore[arg-type]  # a CHECK keeps it one of them
            currency=price.currency,
            amount=price.amount / MICRO,
            since=price.since,
        )


class PriceList(BaseModel):
    """Prices, newest first; those whose time is still to come among them. What is not in it costs nothing."""

    model_config = with_examples({"data": [PRICE_EXAMPLE]})

    data: list[PriceView]
