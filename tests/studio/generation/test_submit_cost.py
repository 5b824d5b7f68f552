"""What a submit asks of the database: each statement is a way there and back while the organisation is held."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event

from storage.queries.accounts import set_plan_name
from storage.unit import Database
from studio.billing import prices
from studio.generation import take_queue
from studio.queue.schedule import MOST_HEADS
from tests.studio.conftest import Tenant, example_photo

FOR_EVER_S = 3600.0  # on a busy machine what is known for a second is soon forgotten
AT_ONCE, BEHIND_OTHERS = 16, 11  # statements of a take that nodes see at once, and of one behind enough others
BEGIN = 1  # of a transaction, a statement of its own


async def test_a_submit_asks_no_more_statements_than_it_has_to(
    tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "KNOWN_FOR_S", FOR_EVER_S)
    monkeypatch.setattr(take_queue, "LOOK_EVERY_S", FOR_EVER_S)
    monkeypatch.setattr("storage.queries.pool_picture.KEPT_S", FOR_EVER_S)
    monkeypatch.setattr("storage.queries.serving.KEPT_S", FOR_EVER_S)
    monkeypatch.setattr("studio.auth.caller.KEY_KNOWN_FOR_S", FOR_EVER_S)
    monkeypatch.setattr("studio.organisations.request_limits.PLAN_KNOWN_FOR_S", FOR_EVER_S)
    async with database.write(org_id=tenant.org_id) as session:
        await set_plan_name(session, org_id=tenant.org_id, plan="local")  # with room for every head
    enrolled = await tenant.enrol(await tenant.photo(example_photo()))
    cast = [{"character_id": enrolled.json()["id"]}]
    asked: list[str] = []
    myself = asyncio.current_task()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if asyncio.current_task() is myself:  # what is written beside a request (its log, its limits) delays nobody
            asked.append(statement)

    for engine in database.engines:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    counts = []
    for number in range(MOST_HEADS + 3):
        asked.clear()
        body = {"prompt": "She nods", "characters": cast}
        reply = await tenant.http.post("/v1/takes", json=body, headers={"Idempotency-Key": f"submit-{number}"})
        assert (reply.status_code, reply.json()["queue_place"]) == (201, number + 1)
        counts.append(list(asked))
    released, behind = counts[1], counts[-1]
    assert any("INSERT INTO takes" in words for words in released)
    assert len(released) <= BEGIN + AT_ONCE, "\n".join(released)
    assert len(behind) <= BEGIN + BEHIND_OTHERS, "\n".join(behind)
