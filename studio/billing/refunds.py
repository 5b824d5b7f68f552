"""Refunds of single charges: what a take cost goes back to the lots that paid it, whole and once.

The hold stays as it ended (nothing changes those); the entries say that it was given back, and a unique index that it
was only once. What was given back counts under no cap any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_holds import HeldPart, get_hold, list_parts
from storage.queries.billing_ledger import Posting, post
from storage.queries.takes import get_take
from studio.billing.credits import words_of
from studio.billing.holds import tell_lot
from studio.http.errors import InvalidRequest, NotFound, StudioError
from studio.organisations.audit import audit
from studio.progress.events import publish_credits_event


class AlreadyRefunded(StudioError):
    """This charge was given back before."""

    status = 409
    code = "already_refunded"


@dataclass(frozen=True)
class Refund:
    """What went back, to which lots. A lot whose time was over by then expires with it."""

    subject_id: str
    micro_credits: int
    parts: Sequence[HeldPart]


async def refund_charge(session: AsyncSession, *, org_id: str, hold_id: str, reason: str) -> Refund:
    """Give back what a hold was charged. Raises NotFound, InvalidRequest (it cost nothing), AlreadyRefunded."""
    held = await get_hold(session, org_id=org_id, hold_id=hold_id)
    if held is None:
        raise NotFound(f"there is no charge {hold_id}")
    if held.outcome != "captured" or held.charge == 0:
        raise InvalidRequest(f"{held.subject_id} was charged nothing that could go back", field="charge_id")
    if await list_parts(session, org_id=org_id, hold_id=hold_id, kind="REFUND"):
        raise AlreadyRefunded(f"{words_of(held.charge)} for {held.subject_id} were given back before")
    paid = await list_parts(session, org_id=org_id, hold_id=hold_id, kind="CAPTURE")
    postings = [Posting("REFUND", part.lot_id, part.micro_credits, hold_id, reason=reason) for part in paid]
    await post(session, org_id=org_id, livemode=held.livemode, postings=postings)
    await _note_on_take(session, org_id, held.subject_id, held.charge)
    amount = words_of(held.charge)
    await audit(session, "charge.refunded", org_id=org_id, subject=held.subject_id, amount=amount, reason=reason)
    told = {"subject_id": held.subject_id, "micro_credits": held.charge}
    lots = [await tell_lot(session, org_id, part) for part in paid]
    await publish_credits_event(session, org_id=org_id, event="credits.refunded", lots=lots, **told)
    return Refund(held.subject_id, held.charge, paid)


async def _note_on_take(session: AsyncSession, org_id: str, subject_id: str, charge: int) -> None:
    take = await get_take(session, org_id=org_id, take_id=subject_id)
    if take is not None:
        take.usage = {**(take.usage or {}), "micro_credits": 0, "refunded": charge}
        await session.flush()
