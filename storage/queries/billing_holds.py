"""Holds: what is reserved for work that was submitted, and what it came to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import CreditHold, Cut, LedgerEntry, Organisation, Take, database_now
from storage.tables.billing import CapScope, EntryKind, Outcome
from storage.tables.cuts import UNFINISHED_CUT_STATES
from storage.tables.takes import TERMINAL_STATES
from storage.tenant_scope import set_sweep_scope


@dataclass(frozen=True)
class HeldPart:
    """What a hold has of one lot."""

    lot_id: str
    micro_credits: int


async def insert_hold(session: AsyncSession, hold: CreditHold) -> CreditHold:
    session.add(hold)
    await session.flush()
    return hold


async def resolve_hold(
    session: AsyncSession, *, org_id: str, hold_id: str, outcome: Outcome, charge: int, used_ms: int | None
) -> CreditHold | None:
    """Compare-and-set from open. None when it was resolved before, or is not there."""
    return await session.scalar(
        update(CreditHold)
        .where(CreditHold.org_id == org_id, CreditHold.id == hold_id, CreditHold.outcome.is_(None))
        .values(outcome=outcome, charge=charge, used_ms=used_ms, resolved_at=database_now())
        .returning(CreditHold)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


async def get_hold(session: AsyncSession, *, org_id: str, hold_id: str) -> CreditHold | None:
    return await session.scalar(
        select(CreditHold)
        .where(CreditHold.org_id == org_id, CreditHold.id == hold_id)
        .execution_options(populate_existing=True)
    )


async def has_hold(session: AsyncSession, *, org_id: str, subject: str, subject_id: str) -> bool:
    """Whether anything was ever held for it."""
    query = select(CreditHold.id).where(
        CreditHold.org_id == org_id, CreditHold.subject == subject, CreditHold.subject_id == subject_id
    )
    return await session.scalar(query) is not None


async def list_parts(session: AsyncSession, *, org_id: str, hold_id: str, kind: EntryKind = "HOLD") -> list[HeldPart]:
    """Which lots a hold was taken from, in the order in which they pay; or which of them its other entries moved."""
    rows = await session.execute(
        select(LedgerEntry.lot_id, LedgerEntry.micro_credits)
        .where(LedgerEntry.org_id == org_id, LedgerEntry.hold_id == hold_id, LedgerEntry.kind == kind)
        .order_by(LedgerEntry.sequence)
    )
    return [HeldPart(lot_id, micro_credits) for lot_id, micro_credits in rows]


async def sum_charges(
    session: AsyncSession, *, org_id: str, scope: CapScope, subject_id: str, since: datetime | None
) -> int:
    """What is spent and held of the holds that were made since then (None: ever), less what was given back of them: by
    everybody, or by one key, member or project."""
    counted = [CreditHold.org_id == org_id]
    if scope != "organisation":
        counted.append(_SPENDER[scope] == subject_id)
    if since is not None:
        counted.append(CreditHold.created_at >= since)
    given_back = (
        select(func.coalesce(func.sum(LedgerEntry.micro_credits), 0))
        .join(CreditHold, (CreditHold.org_id == LedgerEntry.org_id) & (CreditHold.id == LedgerEntry.hold_id))
        .where(LedgerEntry.org_id == org_id, LedgerEntry.kind == "REFUND", *counted)
    )
    charged = select(func.coalesce(func.sum(CreditHold.charge), 0)).where(*counted)
    query = select(charged.scalar_subquery() - given_back.scalar_subquery())
    return int((await session.execute(query)).scalar_one())


async def list_charges(
    session: AsyncSession, *, org_id: str, after: str | None, limit: int
) -> list[tuple[CreditHold, int]]:
    """Holds that were charged, the one that was made last first, each with what was given back of it."""
    given_back = (
        select(func.coalesce(func.sum(LedgerEntry.micro_credits), 0))
        .where(
            LedgerEntry.org_id == CreditHold.org_id,
            LedgerEntry.hold_id == CreditHold.id,
            LedgerEntry.kind == "REFUND",
        )
        .scalar_subquery()
    )
    query = select(CreditHold, given_back).where(CreditHold.org_id == org_id, CreditHold.outcome == "captured")
    query = query.where(CreditHold.charge > 0).order_by(CreditHold.id.desc()).limit(limit)
    rows = await session.execute(query if after is None else query.where(CreditHold.id < after))
    return [(hold, int(back)) for hold, back in rows]


async def list_open_holds(session: AsyncSession, *, org_id: str) -> list[CreditHold]:
    """Oldest first."""
    query = select(CreditHold).where(CreditHold.org_id == org_id, CreditHold.outcome.is_(None))
    return list(await session.scalars(query.order_by(CreditHold.id)))


async def list_stranded_holds(session: AsyncSession, *, org_id: str) -> list[str]:
    """Open holds for takes and cuts that have ended or are not there any more."""
    rows = await session.scalars(
        select(CreditHold.id)
        .outerjoin(Take, (Take.org_id == CreditHold.org_id) & (Take.id == CreditHold.subject_id))
        .where(
            CreditHold.org_id == org_id,
            CreditHold.outcome.is_(None),
            CreditHold.subject == "take",
            Take.id.is_(None) | Take.state.in_(TERMINAL_STATES),
        )
        .order_by(CreditHold.id)
    )
    of_cuts = await session.scalars(
        select(CreditHold.id)
        .outerjoin(Cut, (Cut.org_id == CreditHold.org_id) & (Cut.hold_id == CreditHold.id))
        .where(
            CreditHold.org_id == org_id,
            CreditHold.outcome.is_(None),
            CreditHold.subject == "cut",
            Cut.id.is_(None) | Cut.state.not_in(UNFINISHED_CUT_STATES),
        )
        .order_by(CreditHold.id)
    )
    return [*rows, *of_cuts]


async def list_organisations_with_open_holds(session: AsyncSession) -> list[str]:
    """For sweeps; without those that are being deleted, with all that is theirs."""
    await set_sweep_scope(session)
    query = select(CreditHold.org_id).join(Organisation, Organisation.id == CreditHold.org_id)
    query = query.where(CreditHold.outcome.is_(None), Organisation.deleted.is_(False))
    return list(await session.scalars(query.distinct().order_by(CreditHold.org_id)))


async def list_holds(session: AsyncSession, *, org_id: str, hold_ids: Collection[str]) -> dict[str, CreditHold]:
    query = select(CreditHold).where(CreditHold.org_id == org_id, CreditHold.id.in_(hold_ids))
    return {hold.id: hold for hold in await session.scalars(query)}


_SPENDER = {"member": CreditHold.person_id, "key": CreditHold.key_id, "project": CreditHold.project_id}
