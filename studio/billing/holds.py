"""Holds: what work may cost at most is reserved when it is submitted, and ended exactly once: captured or released.

A hold has no term. Retries, preemptions and other nodes are the same work and keep it; it ends with its take, in the
unit in which the take ends. `release_stranded` is for what a fault of ours left behind, and goes by takes, not by time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_holds import (
    HeldPart,
    get_hold,
    insert_hold,
    list_organisations_with_open_holds,
    list_parts,
    list_stranded_holds,
    resolve_hold,
)
from storage.queries.billing_ledger import Posting, SpendableLot, get_lot, list_lots_by_id, list_spendable_lots, post
from storage.tables import CreditHold, CreditLot
from storage.tables.billing import Subject
from storage.unit import Database
from studio.billing.credits import in_credits, words_of
from studio.billing.prices import Quote, cost_of
from studio.http.errors import StudioError
from studio.http.ids import new_id
from studio.progress.events import publish_credits_event

log = structlog.get_logger(__name__)

FEW, ALL = 8, 1_000_000  # lots that are looked at
LOW = 0.1  # of what the lots that are still good came with


class InsufficientCredits(StudioError):
    """There are too few credits for this."""

    status = 402
    code = "insufficient_credits"


@dataclass(frozen=True)
class Spender:
    """Whose spending it is, beside the organisation's."""

    key_id: str | None = None
    person_id: str | None = None
    project_id: str | None = None


async def hold(
    session: AsyncSession, *, org_id: str, subject: Subject, subject_id: str, quote: Quote, spender: Spender
) -> CreditHold:
    """Reserve what it may cost, from the lots that would pay for it. The quote is for more than nothing.

    Raises InsufficientCredits.
    """
    lots = await _find_lots(session, org_id, quote.micro_credits)
    parts = _divide(lots, quote.micro_credits)
    made = CreditHold(
        id=new_id("hold"),
        org_id=org_id,
        livemode=lots[0].livemode,
        subject=subject,
        subject_id=subject_id,
        item=quote.item,
        price=quote.price,
        predicted_ms=quote.predicted_ms,
        micro_credits=quote.micro_credits,
        charge=quote.micro_credits,
        key_id=spender.key_id,
        person_id=spender.person_id,
        project_id=spender.project_id,
    )
    await insert_hold(session, made)
    postings = [Posting("HOLD", part.lot_id, part.micro_credits, hold_id=made.id) for part in parts]
    await post(session, org_id=org_id, livemode=made.livemode, postings=postings)
    await _tell_low(session, org_id, lots[0], quote.micro_credits)
    return made


async def plan_payment(session: AsyncSession, *, org_id: str, cost: int) -> list[tuple[CreditLot, int]]:
    """The lots that would pay for it now, and how much each; none where there are too few credits. Nothing is kept."""
    try:
        parts = _divide(await _find_lots(session, org_id, cost), cost)
    except InsufficientCredits:
        return []
    lots = await list_lots_by_id(session, org_id=org_id, lot_ids=[part.lot_id for part in parts])
    return [(lots[part.lot_id], part.micro_credits) for part in parts]


async def capture(session: AsyncSession, *, org_id: str, hold_id: str, used_ms: int) -> dict[str, Any] | None:
    """The work succeeded: charge what it used of a device, and no more than was held; the rest is free again.

    Returns what the take keeps of it (`usage_of`). None when the hold was ended before.
    """
    held = await get_hold(session, org_id=org_id, hold_id=hold_id)
    if held is None:
        return None
    charge = min(cost_of(held.price, used_ms), held.micro_credits)
    ended = await resolve_hold(
        session, org_id=org_id, hold_id=hold_id, outcome="captured", charge=charge, used_ms=used_ms
    )
    if ended is None:
        return None
    paid = await _end(session, ended, charge)
    lots = [await tell_lot(session, org_id, part) for part in paid]
    return {"micro_credits": charge, "lots": lots}


async def release(session: AsyncSession, *, org_id: str, hold_id: str) -> bool:
    """The work came to nothing: it costs nothing. False when the hold was ended before."""
    ended = await resolve_hold(session, org_id=org_id, hold_id=hold_id, outcome="released", charge=0, used_ms=None)
    if ended is None:
        return False
    await _end(session, ended, 0)
    return True


async def release_stranded(database: Database) -> int:
    """Release holds whose takes have ended or are gone; returns how many. There are none but for a fault of ours."""
    async with database.read() as session:
        organisations = await list_organisations_with_open_holds(session)
    released = 0
    for org_id in organisations:
        async with database.write(org_id=org_id) as session:
            for hold_id in await list_stranded_holds(session, org_id=org_id):
                log.error("hold_was_stranded", org_id=org_id, hold_id=hold_id)
                released += await release(session, org_id=org_id, hold_id=hold_id)
    return released


async def _find_lots(session: AsyncSession, org_id: str, cost: int) -> list[SpendableLot]:
    """Enough lots, in their order: the first few, which mostly do. Raises InsufficientCredits."""
    lots = await list_spendable_lots(session, org_id=org_id, limit=FEW)
    available = lots[0].all_available if lots else 0
    if available < cost:
        raise refuse(cost, available)
    if sum(lot.available for lot in lots) < cost:
        lots = await list_spendable_lots(session, org_id=org_id, limit=ALL)
    return lots


def _divide(lots: Sequence[SpendableLot], cost: int) -> list[HeldPart]:
    """How much of each lot, in their order."""
    parts: list[HeldPart] = []
    for lot in lots:
        part = min(lot.available, cost)
        if part:
            parts.append(HeldPart(lot.id, part))
        cost -= part
    return parts


def refuse(cost: int, available: int) -> InsufficientCredits:
    """The refusal of what costs more than there is."""
    words = f"this costs up to {words_of(cost)}, and {words_of(available)} are available: {words_of(cost - available)} "
    words += "are missing. An owner or admin adds credits (Account, Credits); where this studio takes no payments, its "
    words += "operator grants them"
    return InsufficientCredits(
        words,
        field="credits",
        cost=in_credits(cost),
        available=in_credits(available),
        missing=in_credits(cost - available),
    )


async def _end(session: AsyncSession, ended: CreditHold, charge: int) -> list[HeldPart]:
    """Move what was held: the charge to what is spent, lot by lot, the rest back. Returns which lots paid how much."""
    postings: list[Posting] = []
    paid, due = [], charge
    for part in await list_parts(session, org_id=ended.org_id, hold_id=ended.id):
        spent = min(part.micro_credits, due)
        due -= spent
        if spent:
            paid.append(HeldPart(part.lot_id, spent))
            postings.append(Posting("CAPTURE", part.lot_id, spent, ended.id, resolves=not postings))
        if part.micro_credits > spent:
            postings.append(Posting("VOID", part.lot_id, part.micro_credits - spent, ended.id, resolves=not postings))
    await post(session, org_id=ended.org_id, livemode=ended.livemode, postings=postings)
    return paid


async def tell_lot(session: AsyncSession, org_id: str, part: HeldPart) -> dict[str, Any]:
    """As takes keep it and events tell it."""
    lot = await get_lot(session, org_id=org_id, lot_id=part.lot_id)
    assert lot is not None  # noqa: S101 (entries refer to it)
    return {"lot_id": lot.id, "kind": lot.kind, "micro_credits": part.micro_credits}


async def _tell_low(session: AsyncSession, org_id: str, lot: SpendableLot, held: int) -> None:
    """Once, when what is left passes the mark."""
    left, mark = lot.all_available - held, LOW * lot.all_granted
    if lot.all_available >= mark > left:
        told = {"available_micro_credits": left}
        await publish_credits_event(session, org_id=org_id, event="credits.low", **told)
