"""The ledger: credits come in as lots, expire or are reversed, and what the balance is. Holds move them in between.

An entry debits one account of a lot and credits another, so the books balance whatever is written; the lots' accounts
are moved with each entry and may not go below zero (decision 51).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_livemode
from storage.queries.billing_ledger import (
    Balance,
    Posting,
    find_lot,
    get_balance,
    get_lot,
    insert_lot,
    list_expired_lots,
    list_lots_by_id,
    list_organisations_with_expired_lots,
    list_spendable_lots,
    post,
)
from storage.tables import CreditLot
from storage.tables.billing import LotKind
from storage.unit import Database
from studio.billing.credits import MOST_MICRO_CREDITS, words_of
from studio.http.errors import InvalidRequest, NotFound, StudioError
from studio.http.ids import new_id
from studio.organisations.audit import audit
from studio.progress.events import publish_credits_event


class ReferenceUsed(StudioError):
    """This payment has brought other credits already."""

    status = 409
    code = "reference_used"


async def grant(
    session: AsyncSession,
    *,
    org_id: str,
    kind: LotKind,
    micro_credits: int,
    expires_at: datetime | None = None,
    reason: str,
    source: str = "operator",
    reference: str | None = None,
) -> CreditLot:
    """A new lot of credits. With a `reference` of its source, asking again gives the lot that is there already.

    Raises InvalidRequest, NotFound (no such organisation), ReferenceUsed (for another amount or organisation).
    """
    if reference is not None:
        before = await find_lot(session, org_id=org_id, source=source, reference=reference)
        if before is not None:
            return _same(before, kind, micro_credits)
    _check(kind, micro_credits, expires_at)
    livemode = await get_livemode(session, org_id=org_id)
    if livemode is None:
        raise NotFound(f"there is no organisation {org_id}")
    lot = CreditLot(
        id=new_id("lot"),
        org_id=org_id,
        livemode=livemode,
        kind=kind,
        micro_credits=micro_credits,
        available=micro_credits,
        expires_at=expires_at,
        source=source,
        reference=reference,
        reason=reason,
    )
    try:
        await insert_lot(session, lot)
    except IntegrityError as error:
        raise ReferenceUsed(f"{source} {reference} has brought credits to another organisation") from error
    await audit(
        session, "credits.granted", org_id=org_id, subject=lot.id, amount=words_of(micro_credits), reason=reason
    )
    told = {"lot_id": lot.id, "kind": kind, "micro_credits": micro_credits, "expires_at": _in_json(expires_at)}
    await publish_credits_event(session, org_id=org_id, event="credits.granted", **told)
    return lot


async def balance(session: AsyncSession, *, org_id: str) -> Balance:
    """What the organisation's lots come to."""
    return await get_balance(session, org_id=org_id)


async def list_paying_lots(session: AsyncSession, *, org_id: str, limit: int) -> list[CreditLot]:
    """Lots with credits that can be spent, in the order in which they pay."""
    order = [lot.id for lot in await list_spendable_lots(session, org_id=org_id, limit=limit)]
    lots = await list_lots_by_id(session, org_id=org_id, lot_ids=order)
    return [lots[each] for each in order]


async def reverse(
    session: AsyncSession, *, org_id: str, lot_id: str, micro_credits: int | None = None, reason: str
) -> int:
    """Take back what is left of a lot, or a part of it; returns how much. What is held or spent stays so.

    Raises NotFound, InvalidRequest.
    """
    lot = await get_lot(session, org_id=org_id, lot_id=lot_id)
    if lot is None:
        raise NotFound(f"there is no lot {lot_id}")
    amount = lot.available if micro_credits is None else micro_credits
    if not 0 < amount <= lot.available:
        left = f"{words_of(lot.available)} of this lot can be reversed: {words_of(lot.held)} are held"
        raise InvalidRequest(f"{left} and {words_of(lot.spent)} spent", field="micro_credits")
    await post(
        session, org_id=org_id, livemode=lot.livemode, postings=[Posting("REVERSAL", lot.id, amount, reason=reason)]
    )
    await audit(session, "credits.reversed", org_id=org_id, subject=lot.id, amount=words_of(amount), reason=reason)
    return amount


async def expire_lots(session: AsyncSession, *, org_id: str) -> int:
    """Write off what nobody holds of lots whose time is over; returns how much."""
    lots = await list_expired_lots(session, org_id=org_id)
    for lot in lots:
        await post(session, org_id=org_id, livemode=lot.livemode, postings=[Posting("EXPIRE", lot.id, lot.available)])
        told = {"lot_id": lot.id, "kind": lot.kind, "micro_credits": lot.available}
        await publish_credits_event(session, org_id=org_id, event="credits.expired", **told)
    return sum(lot.available for lot in lots)


async def sweep_lots(database: Database) -> int:
    """`expire_lots` of every organisation that has some; returns how much."""
    async with database.read() as session:
        due = await list_organisations_with_expired_lots(session)
    expired = 0
    for org_id in due:
        async with database.write(org_id=org_id) as session:
            expired += await expire_lots(session, org_id=org_id)
    return expired


def _check(kind: LotKind, micro_credits: int, expires_at: datetime | None) -> None:
    if not 0 < micro_credits <= MOST_MICRO_CREDITS:
        raise InvalidRequest(f"a lot has more than 0 and at most {words_of(MOST_MICRO_CREDITS)}", field="micro_credits")
    if kind == "purchase" and expires_at is not None:
        raise InvalidRequest("purchased credits do not expire", field="expires_at")


def _same(lot: CreditLot, kind: LotKind, micro_credits: int) -> CreditLot:
    if (lot.kind, lot.micro_credits) != (kind, micro_credits):
        had = f"{lot.source} {lot.reference} has brought {words_of(lot.micro_credits)} ({lot.kind})"
        raise ReferenceUsed(f"{had}, not {words_of(micro_credits)} ({kind})", lot_id=lot.id)
    return lot


def _in_json(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
