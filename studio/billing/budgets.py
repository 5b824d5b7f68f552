"""Caps that stop: what a key, a project, a member or the organisation may spend in a day, a month or ever.

A cap is compared, in the unit that submits, with what is spent and what is held: both are the charges of holds, less
what was given back of them, added up by one query, and units of one organisation follow one another. So two submits
never share the same room. A charge counts in the period in which its work was submitted; days and months are those of
UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.billing_caps import list_caps_on, note_told
from storage.queries.billing_holds import sum_charges
from storage.queries.timestamps import read_clock
from storage.tables import SpendCap
from storage.tables.billing import CapScope, Period
from studio.billing.credits import in_credits, words_of
from studio.billing.holds import Spender
from studio.http.errors import StudioError
from studio.http.headers import tell_in_headers
from studio.progress.events import publish_credits_event

THRESHOLDS = (100, 80, 50)  # per cent
_WHEN = {"day": "today", "month": "this month", "lifetime": "in all"}
_WHOSE = {"organisation": "the organisation", "member": "this member", "key": "this key", "project": "this film"}


class SpendCapReached(StudioError):
    """A cap on spending is reached."""

    status = 402
    code = "spend_cap_reached"


@dataclass(frozen=True)
class Standing:
    """A cap, since when it counts (None: ever), and what is spent and held of it, in micro-credits."""

    cap: SpendCap
    since: datetime | None
    committed: int

    @property
    def remaining(self) -> int:
        """Below 0 where the cap was lowered under what is spent already."""
        return self.cap.micro_credits - self.committed


def begin_of(period: Period, now: datetime) -> datetime | None:
    """Of the period that `now` (UTC) is in; None: it began with the organisation."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "day":
            return midnight
        case "month":
            return midnight.replace(day=1)
        case "lifetime":
            return None


async def stand(session: AsyncSession, *, org_id: str, caps: Sequence[SpendCap]) -> list[Standing]:
    """How caps stand now."""
    if not caps:
        return []
    now, standings = await read_clock(session), []
    for cap in caps:
        since = begin_of(cap.period, now)
        committed = await sum_charges(session, org_id=org_id, scope=cap.scope, subject_id=cap.subject_id, since=since)
        standings.append(Standing(cap, since, committed))
    return standings


async def check_caps(session: AsyncSession, *, org_id: str, spender: Spender, micro_credits: int) -> list[Standing]:
    """The caps that this would be counted against, as they stand without it. Raises SpendCapReached."""
    caps = await list_caps_on(session, org_id=org_id, spenders=_spenders(org_id, spender))
    standings = await stand(session, org_id=org_id, caps=caps)
    if standings:
        tightest = min(standings, key=lambda one: one.remaining)
        tell_in_headers(_headers(tightest.cap.micro_credits, tightest.committed))
        if micro_credits > tightest.remaining:
            raise _refuse(tightest, micro_credits)
    return standings


async def commit_to_caps(
    session: AsyncSession, *, org_id: str, standings: Sequence[Standing], micro_credits: int
) -> None:
    """It is held now: tell in the reply how the tightest cap stands, and everybody which thresholds were passed."""
    if not standings:
        return
    tightest = min(standings, key=lambda one: one.remaining)
    tell_in_headers(_headers(tightest.cap.micro_credits, tightest.committed + micro_credits))
    for standing in standings:
        await _tell_threshold(session, org_id, standing, micro_credits)


def threshold_of(limit: int, committed: int, last: int) -> int:
    """The highest of THRESHOLDS that is reached; 100 too, when another one like the last would not fit."""
    if committed + last > limit:
        return 100
    return next((percent for percent in THRESHOLDS if 100 * committed >= percent * limit), 0)


async def _tell_threshold(session: AsyncSession, org_id: str, standing: Standing, micro_credits: int) -> None:
    """Each threshold once a period."""
    cap, committed = standing.cap, standing.committed + micro_credits
    percent = threshold_of(cap.micro_credits, committed, micro_credits)
    if percent <= (cap.told_percent if cap.told_since == standing.since else 0):
        return
    await note_told(session, org_id=org_id, cap_id=cap.id, percent=percent, since=standing.since)
    await publish_credits_event(
        session,
        org_id=org_id,
        event="budget.threshold",
        cap_id=cap.id,
        scope=cap.scope,
        subject_id=cap.subject_id,
        period=cap.period,
        percent=percent,
        limit_micro_credits=cap.micro_credits,
        committed_micro_credits=committed,
    )


def _spenders(org_id: str, spender: Spender) -> dict[CapScope, str]:
    given: dict[CapScope, str | None] = {
        "organisation": org_id,
        "key": spender.key_id,
        "member": spender.person_id,
        "project": spender.project_id,
    }
    return {scope: one for scope, one in given.items() if one is not None}


def _headers(limit: int, committed: int) -> dict[str, str]:
    """In credits, of the cap with the least room."""
    return {
        "X-Spend-Limit": f"{in_credits(limit):.6f}",
        "X-Spend-Committed": f"{in_credits(committed):.6f}",
        "X-Spend-Remaining": f"{in_credits(max(0, limit - committed)):.6f}",
    }


def _refuse(standing: Standing, micro_credits: int) -> SpendCapReached:
    cap = standing.cap
    words = f"{_WHOSE[cap.scope]} may spend {words_of(cap.micro_credits)} {_WHEN[cap.period]}: "
    words += f"{words_of(standing.committed)} are spent or held, and this costs up to {words_of(micro_credits)}. "
    words += f"An owner or admin of the organisation raises the cap {cap.id} (Account, Caps)"
    return SpendCapReached(
        words,
        field="credits",
        cap_id=cap.id,
        scope=cap.scope,
        subject_id=cap.subject_id,
        period=cap.period,
        limit=in_credits(cap.micro_credits),
        committed=in_credits(standing.committed),
        cost=in_credits(micro_credits),
        raised_by=["owner", "admin"],
    )
