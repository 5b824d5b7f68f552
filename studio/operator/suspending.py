"""Suspending an organisation, and letting it work again: what that comes to, as an operator is shown it before."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.payments import get_account
from storage.queries.suspension import get_suspension, set_suspension
from storage.queries.takes import list_unfinished_takes
from storage.queries.twins import enter_twin, find_twin
from studio.http.errors import StudioError
from studio.operator.schemas import Effect
from studio.organisations.audit import audit


class AlreadySuspended(StudioError):
    """The organisation is suspended already."""

    status = 409
    code = "already_suspended"


class NotSuspended(StudioError):
    """The organisation is not suspended."""

    status = 409
    code = "not_suspended"


async def suspend(session: AsyncSession, *, org_id: str, contact: str, reason: str) -> Effect:
    """From now on, in test mode too. The unit is the twin's afterwards, where there is one. Raises AlreadySuspended."""
    before = await get_suspension(session, org_id=org_id)
    if before is not None:
        raise AlreadySuspended(f"since {before.since.isoformat()}; {before.contact} is written to")
    effect = await _foresee(session, org_id, contact)
    await audit(session, "organisation.suspended", org_id=org_id, subject=org_id, contact=contact, reason=reason)
    await _set(session, org_id, contact)
    return effect


async def restore(session: AsyncSession, *, org_id: str, reason: str) -> Effect:
    """It works again. Raises NotSuspended."""
    if await get_suspension(session, org_id=org_id) is None:
        raise NotSuspended("nothing was changed")
    effect = await _foresee(session, org_id, None)
    await audit(session, "organisation.restored", org_id=org_id, subject=org_id, reason=reason)
    await _set(session, org_id, None)
    return effect


async def _foresee(session: AsyncSession, org_id: str, contact: str | None) -> Effect:
    """What goes on by itself, whatever is decided here."""
    account = await get_account(session, org_id=org_id)
    return Effect(
        subject=org_id,
        contact=contact,
        unfinished_takes=len(await list_unfinished_takes(session, org_id=org_id)),
        plan=account.plan if account is not None else None,
        tops_up=account is not None and account.below is not None and account.problem is None,
    )


async def _set(session: AsyncSession, org_id: str, contact: str | None) -> None:
    twin_id = await find_twin(session, org_id=org_id)
    await set_suspension(session, org_id=org_id, contact=contact)
    if twin_id is not None:
        await enter_twin(session, twin_id=twin_id)
        await set_suspension(session, org_id=twin_id, contact=contact)
