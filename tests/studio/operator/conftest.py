"""A studio with an operator, and an organisation that has rendered and paid."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from storage.queries.operator_acts import set_operator
from storage.queries.takes import insert_take
from storage.tables import Attempt, Take, database_now
from storage.unit import Database
from studio.billing.holds import Spender, capture, hold
from studio.billing.prices import Quote
from tests.studio.conftest import Tenant, add_person, open_tenant, sign_in_as

CREDIT = 1_000_000
NOBODY = Spender()


@pytest.fixture
async def operator_id(app: FastAPI, database: Database) -> str:
    """The flagged owner of an organisation of their own."""
    home = await open_tenant(app)
    person_id = await add_person(database, home.org_id, "owner", "olga@example.com")
    async with database.write() as session:
        await set_operator(session, person_id=person_id, is_operator=True)
    return person_id


@pytest.fixture
async def operator(app: FastAPI, operator_id: str) -> AsyncIterator[httpx.AsyncClient]:
    """Their browser."""
    browser = await sign_in_as(app, operator_id)
    yield browser
    await browser.aclose()


async def do(operator: httpx.AsyncClient, path: str, body: dict[str, object], key: str | None = None) -> httpx.Response:
    """Act once, for a good reason unless told otherwise."""
    key = key or secrets.token_hex(8)
    return await operator.post(
        f"/v1/operator/{path}", json={"reason": "a good reason"} | body, headers={"Idempotency-Key": key}
    )


async def render(
    database: Database,
    tenant: Tenant,
    credits: float,
    *,
    failure: str | None = None,
    model: str = "previs",
    spender: Spender = NOBODY,
) -> tuple[str, str]:
    """A take of ten seconds that was charged so much, or failed; returns its id and its hold's."""
    take_id, amount = f"take_{secrets.token_hex(8)}", round(credits * CREDIT)
    quote = Quote(model, amount // 10, 10_000, amount)
    async with database.write(org_id=tenant.org_id) as session:
        held = await hold(
            session, org_id=tenant.org_id, subject="take", subject_id=take_id, quote=quote, spender=spender
        )
        take = Take(
            id=take_id, org_id=tenant.org_id, request={}, model=model, prompt="she nods", seed=1, seconds=5.0,
            width=768, height=432, hold_id=held.id, state="FAILED", failure_code=failure or "engine_lost",
            finished_at=database_now(), render_ms=None if failure else 10_000,
        )  # fmt: skip
        await insert_take(session, take, character_ids=[])
        session.add(
            Attempt(
                take_id=take_id, number=1, org_id=tenant.org_id, key_prefix=f"{take_id}/1", state="FAILED",
                ended_at=database_now(),
            )
        )  # fmt: skip
        if failure is None:
            take.usage = await capture(session, org_id=tenant.org_id, hold_id=held.id, used_ms=10_000)
    return take_id, held.id
