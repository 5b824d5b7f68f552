"""Suspended organisations: what is there can be read, downloaded and exported; nothing new is submitted or bought.

Takes that wait or render end as they are. The check runs in the unit that submits, which holds the organisation: what
comes after the operator's commit is refused.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.standing import get_standing
from storage.tables import Organisation
from studio.http.errors import StudioError
from studio.http.examples import with_examples


class OrganisationSuspended(StudioError):
    """This organisation is suspended."""

    status = 403
    code = "organisation_suspended"


class SuspensionView(BaseModel):
    """Since when nothing new is rendered or bought, and whom to write to."""

    model_config = with_examples({"since": "2026-11-30T08:00:00Z", "contact": "help@example.com"})

    since: datetime
    contact: str

    @classmethod
    def of(cls, organisation: Organisation) -> SuspensionView | None:
        """None: it is at work."""
        since, contact = organisation.suspended_at, organisation.suspended_contact
        return None if since is None or contact is None else cls(since=since, contact=contact)


async def refuse_suspended(session: AsyncSession, *, org_id: str) -> None:
    """Raises OrganisationSuspended."""
    refusal = await find_suspended(session, org_id=org_id)
    if refusal is not None:
        raise refusal


async def find_suspended(session: AsyncSession, *, org_id: str) -> OrganisationSuspended | None:
    """Why `refuse_suspended` would refuse; None where it would not."""
    suspension = (await get_standing(session, org_id=org_id)).suspension
    if suspension is None:
        return None
    words = "nothing new is rendered, cast or bought; what is there can be read, downloaded and exported, and what "
    words += f"renders ends as it is. Write to {suspension.contact}"
    since = suspension.since.isoformat()
    return OrganisationSuspended(words, field="organisation", contact=suspension.contact, since=since)
