"""Caps as people set them: whose spending, in which period, up to what."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_livemode
from storage.queries.billing_caps import delete_cap, get_cap, has_spender, insert_cap, list_caps, set_cap
from storage.tables import SpendCap
from storage.tables.billing import CapScope, Period
from studio.billing.budgets import Standing, stand
from studio.billing.credits import words_of
from studio.http.errors import InvalidRequest, NotFound
from studio.http.ids import new_id
from studio.organisations.audit import audit

MOST_CAPS = 500


async def view_caps(session: AsyncSession, *, org_id: str) -> list[Standing]:
    """Every cap as it stands, oldest first."""
    return await stand(session, org_id=org_id, caps=await list_caps(session, org_id=org_id))


async def put_cap(
    session: AsyncSession, *, org_id: str, scope: CapScope, subject_id: str | None, period: Period, micro_credits: int
) -> Standing:
    """Set a cap, in the place of one of the same scope, subject and period.

    Raises NotFound (no such key, member or film), InvalidRequest.
    """
    subject_id = await _find_subject(session, org_id, scope, subject_id)
    caps = await list_caps(session, org_id=org_id)
    same = [cap for cap in caps if (cap.scope, cap.subject_id, cap.period) == (scope, subject_id, period)]
    if same:
        return await change_cap(session, org_id=org_id, cap_id=same[0].id, micro_credits=micro_credits)
    if len(caps) >= MOST_CAPS:
        raise InvalidRequest(f"an organisation has {MOST_CAPS} caps at most: remove some", field="scope")
    livemode = await get_livemode(session, org_id=org_id)
    cap = SpendCap(
        id=new_id("cap"),
        org_id=org_id,
        livemode=bool(livemode),
        scope=scope,
        subject_id=subject_id,
        period=period,
        micro_credits=micro_credits,
    )
    await insert_cap(session, cap)
    return await _audited(session, cap)


async def change_cap(session: AsyncSession, *, org_id: str, cap_id: str, micro_credits: int) -> Standing:
    """Another limit. Raises NotFound."""
    cap = await set_cap(session, org_id=org_id, cap_id=cap_id, micro_credits=micro_credits)
    if cap is None:
        raise _no_cap(cap_id)
    return await _audited(session, cap)


async def find_cap(session: AsyncSession, *, org_id: str, cap_id: str) -> Standing:
    """Raises NotFound."""
    cap = await get_cap(session, org_id=org_id, cap_id=cap_id)
    if cap is None:
        raise _no_cap(cap_id)
    (standing,) = await stand(session, org_id=org_id, caps=[cap])
    return standing


async def remove_cap(session: AsyncSession, *, org_id: str, cap_id: str) -> None:
    """Raises NotFound."""
    if not await delete_cap(session, org_id=org_id, cap_id=cap_id):
        raise _no_cap(cap_id)
    await audit(session, "cap.removed", org_id=org_id, subject=cap_id)


async def _find_subject(session: AsyncSession, org_id: str, scope: CapScope, subject_id: str | None) -> str:
    if scope == "organisation":
        if subject_id not in (None, org_id):
            raise InvalidRequest("a cap of the organisation names nobody: leave subject_id out", field="subject_id")
        return org_id
    if subject_id is None:
        raise InvalidRequest(f"subject_id: which {scope}?", field="subject_id")
    if not await has_spender(session, org_id=org_id, scope=scope, subject_id=subject_id):
        raise NotFound(f"there is no {scope} {subject_id}", field="subject_id")
    return subject_id


async def _audited(session: AsyncSession, cap: SpendCap) -> Standing:
    await audit(
        session,
        "cap.set",
        org_id=cap.org_id,
        subject=cap.id,
        scope=cap.scope,
        of=cap.subject_id,
        period=cap.period,
        limit=words_of(cap.micro_credits),
    )
    (standing,) = await stand(session, org_id=cap.org_id, caps=[cap])
    return standing


def _no_cap(cap_id: str) -> NotFound:
    return NotFound(f"there is no cap {cap_id}")
