"""Organisations and their orders as an operator looks through them.

Its callers are in the operators' scope (`storage.tenant_scope.operator_scope`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import (
    CreditLot,
    LedgerEntry,
    Membership,
    Organisation,
    PaymentOrder,
    Person,
    database_now,
)

OrderFilter = Literal["attention", "refunded", "all"]


@dataclass(frozen=True)
class AccountRow:
    """An organisation that pays. available, held and spent: micro-credits; spent: since `since`, without what was
    given back."""

    organisation: Organisation
    members: int
    available: int
    held: int
    spent: int

    @property
    def id(self) -> str:
        return self.organisation.id


async def list_accounts(
    session: AsyncSession, *, search: str, since: datetime, after: str | None, limit: int
) -> list[AccountRow]:
    """Newest first. search: in its name, in its id, or a member's e-mail address; empty: all."""
    query = _accounts(since).where(Organisation.livemode).order_by(Organisation.id.desc()).limit(limit)
    if search:
        query = query.where(_fits(search))
    if after is not None:
        query = query.where(Organisation.id < after)
    return [_read(row) for row in await session.execute(query)]


async def find_account(session: AsyncSession, *, org_id: str, since: datetime) -> AccountRow | None:
    """None where there is none, or only a test mode."""
    query = _accounts(since).where(Organisation.livemode, Organisation.id == org_id)
    row = (await session.execute(query)).first()
    return None if row is None else _read(row)


async def list_all_orders(
    session: AsyncSession, *, show: OrderFilter, org_id: str | None, after: str | None, limit: int
) -> list[tuple[PaymentOrder, str]]:
    """Newest first, with the organisation's name. attention: money is claimed back, or did not fit, or credits are
    owed."""
    query = (
        select(PaymentOrder, Organisation.name)
        .join(Organisation, Organisation.id == PaymentOrder.org_id)
        .order_by(PaymentOrder.id.desc())
        .limit(limit)
    )
    if show == "attention":
        query = query.where(PaymentOrder.disputed | (PaymentOrder.state == "mismatched") | (PaymentOrder.owed > 0))
    elif show == "refunded":
        query = query.where((PaymentOrder.refunded > 0) | PaymentOrder.disputed)
    if org_id is not None:
        query = query.where(PaymentOrder.org_id == org_id)
    if after is not None:
        query = query.where(PaymentOrder.id < after)
    return [(order, name) for order, name in await session.execute(query)]


async def list_owner_addresses(session: AsyncSession, *, org_id: str) -> list[str]:
    query = (
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.org_id == org_id, Membership.role == "owner", Person.email.is_not(None))
    )
    return sorted(address for address in await session.scalars(query) if address is not None)


def _accounts(since: datetime) -> Select[Any]:
    lasting = CreditLot.expires_at.is_(None) | (CreditLot.expires_at > database_now())
    available, held = case((lasting, CreditLot.available), else_=0), CreditLot.held
    sign = case(
        (LedgerEntry.kind == "CAPTURE", LedgerEntry.micro_credits),
        (LedgerEntry.kind == "REFUND", -LedgerEntry.micro_credits),
        else_=0,
    )
    lots, entries = CreditLot.org_id == Organisation.id, LedgerEntry.org_id == Organisation.id
    return select(
        Organisation,
        select(func.count()).select_from(Membership).where(Membership.org_id == Organisation.id).scalar_subquery(),
        *(select(func.coalesce(func.sum(each), 0)).where(lots).scalar_subquery() for each in (available, held)),
        select(func.coalesce(func.sum(sign), 0)).where(entries, LedgerEntry.created_at >= since).scalar_subquery(),
    )


def _read(row: Any) -> AccountRow:  # noqa: ANN401 (a row of `_accounts`)
    organisation, *figures = row
    return AccountRow(organisation, *(int(each) for each in figures))


def _fits(search: str) -> ColumnElement[bool]:
    address = (
        select(Membership.org_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.org_id == Organisation.id, Person.email.contains(search.lower(), autoescape=True))
        .exists()
    )
    return or_(Organisation.id == search, Organisation.name.icontains(search, autoescape=True), address)
