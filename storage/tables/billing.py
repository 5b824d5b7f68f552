"""Money: prices, lots of credits, holds on them, the ledger and caps. Every amount is a whole number of micro-credits.

Each table of a tenant bears its organisation's `livemode`, bound to it by the foreign key: no row of test mode can
ever belong to an organisation that pays, nor the other way round.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.columns import Count, Created, Id, Instant, Name, Table, Word, one_of

LotKind = Literal["grant", "gift", "subscription", "purchase"]
EntryKind = Literal["GRANT", "HOLD", "CAPTURE", "VOID", "REFUND", "EXPIRE", "REVERSAL"]
Operation = Literal["enrolment", "speech_preview", "cut"]  # priced by the piece
Subject = Literal["take"] | Operation
Outcome = Literal["captured", "released"]
CapScope = Literal["organisation", "member", "key", "project"]
Period = Literal["day", "month", "lifetime"]

LOT_KINDS: tuple[LotKind, ...] = ("grant", "gift", "subscription", "purchase")
OPERATIONS: tuple[Operation, ...] = ("enrolment", "speech_preview", "cut")
SUBJECTS: tuple[Subject, ...] = ("take", *OPERATIONS)
CAP_SCOPES: tuple[CapScope, ...] = ("organisation", "member", "key", "project")
PERIODS: tuple[Period, ...] = ("day", "month", "lifetime")
# What each kind of entry takes from (debits) and gives to (credits).
ACCOUNTS_OF: dict[EntryKind, tuple[str, str]] = {
    "GRANT": ("granted", "available"),
    "HOLD": ("available", "held"),
    "CAPTURE": ("held", "spent"),
    "VOID": ("held", "available"),
    "REFUND": ("spent", "available"),
    "EXPIRE": ("available", "expired"),
    "REVERSAL": ("available", "reversed"),
}

_OPEN = text("outcome IS NULL")
_LIVE = text("available > 0")
_REFUND = text("kind = 'REFUND'")


def of_organisation() -> ForeignKeyConstraint:
    """Of a row that bears its organisation's livemode."""
    return ForeignKeyConstraint(
        ["org_id", "livemode"], ["organisations.id", "organisations.livemode"], ondelete="CASCADE"
    )


def _moves() -> str:
    """The text of a CHECK: an entry debits and credits what its kind says."""
    return " OR ".join(
        f"(kind = '{kind}' AND debit = '{debit}' AND credit = '{credit}')"
        for kind, (debit, credit) in ACCOUNTS_OF.items()
    )


class Price(Table):
    """What an item costs from `since` on, until a later row says otherwise. Rows are added, never changed.

    item: a model's name, an operation (`enrolment`, …), or `credit`: what one credit is sold for. unit:
    `device_second` or `each`. amount: in millionths of `currency`, which is `credits` but for the item `credit`.
    """

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint("item", "currency", "since"),
        CheckConstraint(one_of("unit", ("device_second", "each")), name="unit"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("(item = 'credit') = (currency <> 'credits')", name="credits_cost_money"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    item: Mapped[Word]
    unit: Mapped[Word]
    currency: Mapped[Word] = mapped_column(default="credits")
    amount: Mapped[Count]
    since: Mapped[Instant]
    set_by: Mapped[Name]
    created_at: Mapped[Created]


class CreditLot(Table):
    """Credits that came in together. The accounts (`available` and so on) are what its entries add up to: they move
    in the statement after the entry's, in the same unit, and the database holds their sum.

    reference: of whoever brought it (`source`), so that one payment makes one lot.
    """

    __tablename__ = "credit_lots"
    __table_args__ = (
        of_organisation(),
        UniqueConstraint("org_id", "id"),
        UniqueConstraint("source", "reference"),
        CheckConstraint(one_of("kind", LOT_KINDS), name="kind"),
        CheckConstraint("micro_credits > 0", name="not_empty"),
        CheckConstraint(
            "available >= 0 AND held >= 0 AND spent >= 0 AND expired >= 0 AND reversed >= 0", name="not_negative"
        ),
        CheckConstraint("available + held + spent + expired + reversed = micro_credits", name="adds_up"),
        CheckConstraint("kind <> 'purchase' OR expires_at IS NULL", name="purchases_stay"),
        Index("ix_credit_lots_live", "org_id", postgresql_where=_LIVE, sqlite_where=_LIVE),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    livemode: Mapped[bool]
    kind: Mapped[LotKind] = mapped_column(String(40))
    micro_credits: Mapped[Count]
    available: Mapped[Count]
    held: Mapped[Count] = mapped_column(default=0)
    spent: Mapped[Count] = mapped_column(default=0)
    expired: Mapped[Count] = mapped_column(default=0)
    reversed: Mapped[Count] = mapped_column(default=0)
    expires_at: Mapped[Instant | None]
    source: Mapped[Word]
    reference: Mapped[Name | None]
    reason: Mapped[Name]
    created_at: Mapped[Created]


class CreditHold(Table):
    """What something that was submitted may cost at most. It has no term: it lives until what it is for has ended.

    charge: what it counts as spent or to be spent: all of it while it is open, what was captured then, 0 if it was
    released. predicted_ms and used_ms: of a device. key_id, person_id, project_id: whose spending it is.
    """

    __tablename__ = "credit_holds"
    __table_args__ = (
        of_organisation(),
        UniqueConstraint("org_id", "id"),
        UniqueConstraint("org_id", "subject", "subject_id"),
        CheckConstraint(one_of("subject", SUBJECTS), name="subject"),
        CheckConstraint("micro_credits > 0", name="not_empty"),
        CheckConstraint("charge >= 0 AND charge <= micro_credits", name="no_more_than_held"),
        CheckConstraint("outcome IS NOT NULL OR charge = micro_credits", name="open_counts_whole"),
        CheckConstraint(
            "outcome IS NULL OR outcome = 'captured' OR (outcome = 'released' AND charge = 0)", name="outcome"
        ),
        CheckConstraint("(outcome IS NULL) = (resolved_at IS NULL)", name="resolved_at_once"),
        Index(None, "org_id", "created_at"),
        Index(None, "org_id", "key_id", "created_at"),
        Index(None, "org_id", "person_id", "created_at"),
        Index(None, "org_id", "project_id", "created_at"),
        Index("ix_credit_holds_open", "org_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    livemode: Mapped[bool]
    subject: Mapped[Subject] = mapped_column(String(40))
    subject_id: Mapped[Id]
    item: Mapped[Word]
    price: Mapped[Count]
    predicted_ms: Mapped[Count]
    used_ms: Mapped[Count | None]
    micro_credits: Mapped[Count]
    charge: Mapped[Count]
    outcome: Mapped[Word | None]
    resolved_at: Mapped[Instant | None]
    key_id: Mapped[Id | None]
    person_id: Mapped[Id | None]
    project_id: Mapped[Id | None]
    created_at: Mapped[Created]


class LedgerEntry(Table):
    """One movement of credits of one lot: two sides of one amount, so that debits equal credits whatever is written.

    Added, never changed (triggers see to it), numbered without gaps. resolves: the hold that this entry ends; the
    index lets each hold be ended once, and what each lot paid of it be given back once.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        of_organisation(),
        ForeignKeyConstraint(["org_id", "lot_id"], ["credit_lots.org_id", "credit_lots.id"]),
        ForeignKeyConstraint(["org_id", "hold_id"], ["credit_holds.org_id", "credit_holds.id"]),
        UniqueConstraint("resolves"),
        CheckConstraint("sequence >= 1", name="sequence_from_one"),
        CheckConstraint("micro_credits > 0", name="moves_something"),
        CheckConstraint(_moves(), name="accounts_of_kind"),
        CheckConstraint("(hold_id IS NOT NULL) = (kind IN ('HOLD', 'CAPTURE', 'VOID', 'REFUND'))", name="hold_of_kind"),
        CheckConstraint("resolves IS NULL OR (resolves = hold_id AND kind <> 'HOLD')", name="resolves_its_hold"),
        Index(None, "org_id", "hold_id"),
        Index(None, "org_id", "lot_id"),
        Index(
            "uq_ledger_entries_refund", "hold_id", "lot_id", unique=True, postgresql_where=_REFUND, sqlite_where=_REFUND
        ),
        Index("ix_ledger_entries_refunds", "org_id", postgresql_where=_REFUND, sqlite_where=_REFUND),
        Index(None, "org_id", "created_at"),
    )

    org_id: Mapped[Id] = mapped_column(primary_key=True)
    sequence: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    livemode: Mapped[bool]
    kind: Mapped[EntryKind] = mapped_column(String(40))
    debit: Mapped[Word]
    credit: Mapped[Word]
    micro_credits: Mapped[Count]
    lot_id: Mapped[Id]
    hold_id: Mapped[Id | None]
    resolves: Mapped[Id | None]
    reason: Mapped[Name | None]
    created_at: Mapped[Created]


class SpendCap(Table):
    """What a key, project, member or the organisation may spend in a day, a month (of UTC) or ever.

    told_percent: the highest threshold that was told of in the period that began at `told_since`.
    """

    __tablename__ = "spend_caps"
    __table_args__ = (
        of_organisation(),
        UniqueConstraint("org_id", "scope", "subject_id", "period"),
        CheckConstraint(one_of("scope", CAP_SCOPES), name="scope"),
        CheckConstraint(one_of("period", PERIODS), name="period"),
        CheckConstraint("micro_credits >= 0", name="not_negative"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    livemode: Mapped[bool]
    scope: Mapped[CapScope] = mapped_column(String(40))
    subject_id: Mapped[Id]
    period: Mapped[Period] = mapped_column(String(40))
    micro_credits: Mapped[Count]
    told_percent: Mapped[int] = mapped_column(default=0)
    told_since: Mapped[Instant | None]
    created_at: Mapped[Created]
