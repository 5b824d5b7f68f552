"""Organisations, the tenants."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import insert_organisation
from storage.tables import Organisation
from studio.http.ids import new_id
from studio.organisations.plans import DEFAULT_PLAN


async def create_organisation(session: AsyncSession, *, name: str, plan: str = DEFAULT_PLAN) -> Organisation:
    """A new, empty organisation."""
    return await insert_organisation(session, org_id=new_id("org"), name=name, plan=plan)
