"""Spending: what is submitted is checked against caps and held; what has ended is paid for, or costs nothing.

A take that costs nothing takes no query here.
"""

from __future__ import annotations

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_holds import has_hold
from storage.queries.billing_ledger import get_balance
from storage.tables import Cut, Take
from storage.tables.billing import Operation, Subject
from studio.auth.actor import who_acts
from studio.billing.budgets import SpendCapReached, check_caps, commit_to_caps
from studio.billing.holds import InsufficientCredits, Spender, capture, hold, refuse, release
from studio.billing.prices import PIECE_MS, Quote, price_of, quote_piece
from studio.http.errors import StudioError

KEY_PREFIX = "key_"
UNPAID = (InsufficientCredits, SpendCapReached)  # what whatever costs something may be refused with


def find_spender(project_id: str | None = None) -> Spender:
    """Whoever acts: a key or a person, for a film where it is for one."""
    acting = who_acts().id
    if acting is not None and acting.startswith(KEY_PREFIX):
        return Spender(key_id=acting, project_id=project_id)
    return Spender(person_id=acting, project_id=project_id)


async def hold_for(
    session: AsyncSession,
    *,
    org_id: str,
    subject: Subject,
    subject_id: str,
    quote: Quote,
    project_id: str | None = None,
) -> str | None:
    """Reserve what it may cost, within every cap; the hold's id. None: it is free.

    Raises SpendCapReached, InsufficientCredits.
    """
    if quote.micro_credits == 0:
        return None
    spender = find_spender(project_id)
    standings = await check_caps(session, org_id=org_id, spender=spender, micro_credits=quote.micro_credits)
    held = await hold(session, org_id=org_id, subject=subject, subject_id=subject_id, quote=quote, spender=spender)
    await commit_to_caps(session, org_id=org_id, standings=standings, micro_credits=quote.micro_credits)
    return held.id


async def find_refusal(
    session: AsyncSession, *, org_id: str, micro_credits: int, project_id: str | None = None
) -> StudioError | None:
    """Why `hold_for` would refuse this now; None where it would not. Nothing is written."""
    if micro_credits == 0:
        return None
    try:
        await check_caps(session, org_id=org_id, spender=find_spender(project_id), micro_credits=micro_credits)
    except StudioError as refusal:
        return refusal
    available = (await get_balance(session, org_id=org_id)).available
    return refuse(micro_credits, available) if available < micro_credits else None


async def settle_take(session: AsyncSession, take: Take) -> None:
    """The take has ended just now, in this unit: pay for it if it succeeded, and let its hold go in any case."""
    await _settle(session, take, used_ms=take.render_ms or 0)


async def settle_cut(session: AsyncSession, cut: Cut) -> None:
    """The same of a cut, which is priced by the piece."""
    await _settle(session, cut, used_ms=PIECE_MS)


async def _settle(session: AsyncSession, done: Take | Cut, *, used_ms: int) -> None:
    if done.hold_id is None:
        return
    if done.state != "SUCCEEDED":
        await release(session, org_id=done.org_id, hold_id=done.hold_id)
        done.usage = {"micro_credits": 0, "lots": []}
    else:
        paid = await capture(session, org_id=done.org_id, hold_id=done.hold_id, used_ms=used_ms)
        done.usage = paid or {"micro_credits": 0, "lots": []}
    await session.flush()


async def hold_for_cut(session: AsyncSession, cut: Cut) -> None:
    """Reserve what the cut costs, anew each time that it is to be made. Raises SpendCapReached, InsufficientCredits."""
    quote = await quote_piece(session, "cut")
    this_time = f"{cut.id}.{secrets.token_hex(4)}"
    cut.hold_id = await hold_for(
        session, org_id=cut.org_id, subject="cut", subject_id=this_time, quote=quote, project_id=cut.project_id
    )
    cut.usage = None if cut.hold_id is None else {"held": quote.micro_credits, "micro_credits": 0, "lots": []}
    await session.flush()


async def charge_once(
    session: AsyncSession, *, org_id: str, subject: Operation, subject_id: str, project_id: str | None = None
) -> None:
    """Something that is done in the unit itself and priced by the piece: held and paid at once, however often.

    Raises SpendCapReached, InsufficientCredits.
    """
    quote = await quote_piece(session, subject)
    of = {"org_id": org_id, "subject": subject, "subject_id": subject_id}
    if quote.micro_credits == 0 or await has_hold(session, **of):
        return
    hold_id = await hold_for(
        session, org_id=org_id, subject=subject, subject_id=subject_id, quote=quote, project_id=project_id
    )
    if hold_id is not None:
        await capture(session, org_id=org_id, hold_id=hold_id, used_ms=PIECE_MS)


async def require_credits(
    session: AsyncSession,
    *,
    org_id: str,
    subject: Operation,
    subject_id: str | None = None,
    project_id: str | None = None,
) -> bool:
    """Whether `charge_once` will charge something, before anything is done. subject_id: where it is known already.

    Raises SpendCapReached, InsufficientCredits.
    """
    cost = await price_of(session, subject)
    if cost == 0 or (
        subject_id is not None and await has_hold(session, org_id=org_id, subject=subject, subject_id=subject_id)
    ):
        return False
    refusal = await find_refusal(session, org_id=org_id, micro_credits=cost, project_id=project_id)
    if refusal is not None:
        raise refusal
    return True
