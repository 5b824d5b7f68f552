"""An organisation with an account, on both databases."""

from __future__ import annotations

import pytest

from storage.unit import Database
from studio.billing.ledger import grant
from studio.organisations.creation import create_organisation

CREDIT = 1_000_000


@pytest.fixture
async def org_id(database: Database) -> str:
    """An organisation without a credit."""
    async with database.write() as session:
        return (await create_organisation(session, name="A")).id


async def give(database: Database, org_id: str, credits: float = 1, **more: object) -> str:
    """A lot of credits, by default a gift; returns its id."""
    told = {"kind": "gift", "reason": "welcome"} | more
    async with database.write(org_id=org_id) as session:
        lot = await grant(session, org_id=org_id, micro_credits=round(credits * CREDIT), **told)  # type: ignore[arg-type]
    return lot.id
