"""An organisation's twin: made with its first test key, and never billed."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation
from storage.queries.twins import enter_twin, find_twin, insert_twin
from storage.tables import Organisation
from studio.billing.credits import MICRO
from studio.billing.ledger import grant
from studio.http.errors import NotFound
from studio.http.ids import new_id
from studio.organisations.audit import audit

PLAY_CREDITS = 1_000_000


async def enter_test_mode(session: AsyncSession, *, org_id: str) -> str:
    """Go on in the organisation's test mode, which is made where it is not there yet; returns the twin's id.

    `session`: a unit of the organisation, from then on of its twin; of a twin it stays what it is. Raises NotFound.
    """
    organisation = await get_organisation(session, org_id=org_id)
    if organisation is None:
        raise NotFound(f"there is no organisation {org_id}")
    if not organisation.livemode:
        return org_id
    twin_id = await find_twin(session, org_id=org_id)
    if twin_id is not None:
        await enter_twin(session, twin_id=twin_id)
        return twin_id
    return await _make(session, organisation)


async def _make(session: AsyncSession, organisation: Organisation) -> str:
    twin_id = new_id("org")
    await insert_twin(session, twin_id=twin_id, of=organisation)
    await audit(session, "organisation.made", org_id=twin_id, subject=twin_id)
    play_money = PLAY_CREDITS * MICRO
    await grant(session, org_id=twin_id, kind="grant", micro_credits=play_money, reason="play money of test mode")
    return twin_id
