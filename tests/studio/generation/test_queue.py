"""An organisation's own queue over HTTP: its order, its places, its pause."""

from __future__ import annotations

import httpx
import pytest

from storage.queries.takes import insert_take
from storage.tables import Take
from storage.unit import Database
from studio.queue.release import release_takes
from studio.queue.schedule import Priority, rank_of
from tests.studio.conftest import Tenant
from tests.studio.queue.test_release import in_queue

AT = 1_800_000_000.0


async def wait_in_line(
    database: Database,
    tenant: Tenant,
    *take_ids: str,
    priority: Priority = "normal",
    apart_s: float = 1.0,
    model: str = "previs",
) -> None:
    """Takes that were submitted one after the other, and are rendered by nobody."""
    async with database.write(org_id=tenant.org_id) as session:
        for number, take_id in enumerate(take_ids):
            take = Take(
                id=take_id, org_id=tenant.org_id, request=REQUEST, model=model, prompt="she nods", seed=1,
                seconds=5.0, width=768, height=432, expected_ms=10_000, priority=priority,
                rank=rank_of(AT + number * apart_s, priority),
            )  # fmt: skip
            await insert_take(session, take, character_ids=[])
        await release_takes(session, org_id=tenant.org_id)


REQUEST = {
    "tier": "draft",
    "negative_prompt": "",
    "characters": [],
    "fps": 24,
    "steps": 20,
    "guidance_scale": 2.5,
    "framing": "cu",
}


async def order(http: httpx.AsyncClient) -> list[str]:
    queue = (await http.get("/v1/queue")).json()
    assert [take["queue_place"] for take in queue["data"]] == list(range(1, len(queue["data"]) + 1))
    assert queue["waiting"] == len(queue["data"])
    etas = [take["eta_s"] for take in queue["data"]]
    assert etas == sorted(etas)
    return [take["id"] for take in queue["data"]]


async def test_a_waiting_take_is_moved_after_another_or_to_the_front(tenant: Tenant, database: Database) -> None:
    await wait_in_line(database, tenant, "take_a", "take_b", "take_c")
    assert await order(tenant.http) == ["take_a", "take_b", "take_c"]
    moved = await tenant.http.post("/v1/takes/take_c/move", json={"after": None})
    assert (moved.status_code, moved.json()["queue_place"]) == (200, 1)
    assert await order(tenant.http) == ["take_c", "take_a", "take_b"]
    await tenant.http.post("/v1/takes/take_c/move", json={"after": "take_a"})
    assert await order(tenant.http) == ["take_a", "take_c", "take_b"]
    await tenant.http.post("/v1/takes/take_a/move", json={"after": "take_b"})
    assert await order(tenant.http) == ["take_c", "take_b", "take_a"]
    await tenant.http.post("/v1/takes/take_a/move", json={"after": "take_b"})
    assert await order(tenant.http) == ["take_c", "take_b", "take_a"]
    assert await in_queue(database) == ["take_c"]  # of starters one may run


async def test_takes_that_came_at_one_moment_are_moved_all_the_same(tenant: Tenant, database: Database) -> None:
    await wait_in_line(database, tenant, "take_a", "take_b", "take_c", "take_d", apart_s=0)
    await tenant.http.post("/v1/takes/take_d/move", json={"after": "take_a"})
    assert await order(tenant.http) == ["take_a", "take_d", "take_b", "take_c"]


async def test_a_priority_decides_before_age(tenant: Tenant, database: Database) -> None:
    await wait_in_line(database, tenant, "take_a", "take_b")
    await wait_in_line(database, tenant, "take_draft", priority="interactive")
    await wait_in_line(database, tenant, "take_batch", priority="batch")
    assert await order(tenant.http) == ["take_draft", "take_a", "take_b", "take_batch"]
    changed = await tenant.http.patch("/v1/takes/take_b", json={"priority": "interactive"})
    assert (changed.status_code, changed.json()["priority"]) == (200, "interactive")
    assert (await order(tenant.http)).index("take_b") < 2
    refused = await tenant.http.patch("/v1/takes/take_b", json={"priority": "urgent"})
    assert refused.status_code == 422


async def test_a_pause_holds_everything_until_it_is_resumed(tenant: Tenant, database: Database) -> None:
    await wait_in_line(database, tenant, "take_a", "take_b")
    assert await in_queue(database) == ["take_a"]
    for _ in range(2):
        paused = await tenant.http.post("/v1/queue/pause")
        assert (paused.status_code, paused.json()["paused"]) == (200, True)
    assert await in_queue(database) == []
    assert (await tenant.http.post("/v1/queue/resume")).json()["paused"] is False
    assert await in_queue(database) == ["take_a"]


@pytest.mark.parametrize("call", [("POST", "/move", {"after": None}), ("PATCH", "", {"priority": "batch"})])
async def test_what_waits_no_longer_is_not_moved(
    tenant: Tenant, database: Database, call: tuple[str, str, dict[str, str]]
) -> None:
    method, path, body = call
    await wait_in_line(database, tenant, "take_a", "take_b")
    await tenant.http.post("/v1/takes/take_a/cancel")
    refused = await tenant.http.request(method, f"/v1/takes/take_a{path}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "take_not_waiting")
    assert (await tenant.http.request(method, f"/v1/takes/take_none{path}", json=body)).status_code == 404
    behind = await tenant.http.post("/v1/takes/take_b/move", json={"after": "take_a"})
    assert (behind.status_code, behind.json()["code"]) == (409, "take_not_waiting")
    itself = await tenant.http.post("/v1/takes/take_b/move", json={"after": "take_b"})
    assert itself.status_code == 422


async def test_nobody_moves_or_sees_the_takes_of_others(
    tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    await wait_in_line(database, tenant, "take_a", "take_b")
    assert (await other_tenant.http.get("/v1/queue")).json()["data"] == []
    await wait_in_line(database, other_tenant, "take_theirs")
    stolen = await other_tenant.http.post("/v1/takes/take_theirs/move", json={"after": "take_a"})
    assert stolen.status_code == 404
    assert (await other_tenant.http.post("/v1/queue/pause")).status_code == 200
    assert await in_queue(database) == ["take_a"]
