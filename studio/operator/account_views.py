"""What an operator sees of one organisation, or of a list of them: accounts, charges, orders."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from storage.queries.billing_ledger import Balance
from storage.queries.operator_accounts import AccountRow
from storage.tables import CreditHold, Organisation, PaymentOrder
from storage.tables.billing import Subject
from studio.billing.credits import in_credits
from studio.billing.schemas import CapView
from studio.http.examples import Example, with_examples
from studio.operator.schemas import STANDING_EXAMPLE, Standing
from studio.payments.schemas import ORDER_EXAMPLE, OrderView, show_order

_ORG_ID = "org_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
_ACCOUNT: Example = {
    "id": _ORG_ID,
    "name": "Ada's studio",
    "plan": "starter",
    "state": "active",
    "members": 3,
    "available": 41.5,
    "held": 0.3,
    "spent_30_days": 8.2,
    "created_at": "2026-11-20T08:00:00Z",
}
State = Literal["active", "paused", "suspended", "going"]


class AccountView(BaseModel):
    """An organisation that pays. state: `paused` where it stopped its own queue, `suspended` where an operator did,
    `going` while it is deleted."""

    model_config = with_examples(_ACCOUNT)

    id: str
    name: str
    plan: str
    state: State
    members: int
    available: float
    held: float
    spent_30_days: float = Field(description="Charged, less what was given back, in the last thirty days.")
    created_at: datetime

    @classmethod
    def of(cls, row: AccountRow) -> AccountView:
        """In credits."""
        organisation = row.organisation
        return cls(
            id=organisation.id,
            name=organisation.name,
            plan=organisation.plan,
            state=_state_of(organisation),
            members=row.members,
            available=in_credits(row.available),
            held=in_credits(row.held),
            spent_30_days=in_credits(row.spent),
            created_at=organisation.created_at,
        )


def _state_of(organisation: Organisation) -> State:
    if organisation.deleted:
        return "going"
    if organisation.suspended_at is not None:
        return "suspended"
    return "paused" if organisation.queue_paused else "active"


class AccountDetail(AccountView):
    """One organisation, with its balance, its caps and whom to write to."""

    model_config = with_examples({**_ACCOUNT, "balance": STANDING_EXAMPLE, "caps": [], "owners": ["ada@example.com"]})

    balance: Standing
    caps: list[CapView]
    owners: list[str]

    @classmethod
    def whole(cls, row: AccountRow, balance: Balance, caps: list[CapView], owners: list[str]) -> AccountDetail:
        """In credits."""
        told = AccountView.of(row).model_dump()
        return cls(**told, balance=Standing.of(balance), caps=caps, owners=owners)


class AccountCharge(BaseModel):
    """What a take, or something that is priced by the piece, was charged."""

    model_config = with_examples(
        {
            "id": "hold_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
            "subject": "take",
            "subject_id": "take_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
            "item": "previs",
            "credits": 0.124,
            "refunded": 0.0,
            "device_seconds": 12.4,
            "at": "2026-11-29T08:00:00Z",
        }
    )

    id: str
    subject: Subject
    subject_id: str
    item: str
    credits: float
    refunded: float
    device_seconds: float | None
    at: datetime

    @classmethod
    def of(cls, hold: CreditHold, refunded: int) -> AccountCharge:
        """In credits."""
        return cls(
            id=hold.id,
            subject=hold.subject,
            subject_id=hold.subject_id,
            item=hold.item,
            credits=in_credits(hold.charge),
            refunded=in_credits(refunded),
            device_seconds=hold.used_ms / 1000 if hold.used_ms is not None and hold.subject == "take" else None,
            at=hold.resolved_at or hold.created_at,
        )


class AccountOrderView(OrderView):
    """An order, and whose it is."""

    model_config = with_examples({**ORDER_EXAMPLE, "organisation_id": _ACCOUNT["id"], "organisation": _ACCOUNT["name"]})

    organisation_id: str
    organisation: str

    @classmethod
    def named(cls, order: PaymentOrder, organisation: str) -> AccountOrderView:
        """With its organisation."""
        told = show_order(order).model_dump()
        return cls(**told, organisation_id=order.org_id, organisation=organisation)
