"""A model that no node serves any more is in nobody's way, and its takes say so, until a node serves it again."""

from __future__ import annotations

import pytest

from inference.catalogue import ModelCard, known_models
from storage.queries import serving
from storage.queries.events import list_events
from storage.queries.nodes import list_alive
from storage.unit import Database
from studio.nodes.membership import Identity, Membership
from studio.nodes.watch import look_after_nodes
from studio.queue.durable import SHARED
from studio.queue.release import release_takes
from studio.queue.slots import Slots
from tests.storage.test_nodes import fall_silent
from tests.studio.conftest import Tenant
from tests.studio.generation.test_queue import wait_in_line
from tests.studio.queue.test_release import in_queue

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no nodes

PREVIS, OTHER = "previs", "wan-vace-14b"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "KEPT_S", 0.0)


async def join(database: Database, name: str, *models: str) -> Membership:
    card = known_models(None)[PREVIS]

    async def cards() -> dict[str, ModelCard]:
        return dict.fromkeys(models, card)

    membership = Membership(
        database, Identity.begin(name, SHARED, "cpu", "tests", 1), Slots(1, lambda: None), cards, lambda: None
    )
    await membership.join()
    return membership


async def test_the_takes_of_a_model_without_nodes_let_others_pass_and_go_on_when_it_is_served(
    tenant: Tenant, database: Database
) -> None:
    await join(database, "small", PREVIS)
    large = await join(database, "large", OTHER)
    await wait_in_line(database, tenant, "take_long", model=OTHER)
    await wait_in_line(database, tenant, "take_other")
    assert await in_queue(database) == ["take_long"]  # of starters one may run

    await fall_silent(database, large.me.id)
    await look_after_nodes(database)
    assert await in_queue(database) == ["take_other"]
    long, other = (await tenant.http.get("/v1/queue")).json()["data"]
    assert (long["id"], long["queue_place"], long["eta_s"], long["unserved"]) == ("take_long", 1, None, True)
    assert (other["eta_s"], other["unserved"]) == (10.0, False)
    async with database.read(org_id=tenant.org_id) as session:
        events = await list_events(session, org_id=tenant.org_id, after=0, limit=100)
    assert {"unserved": [OTHER]} in [event.payload for event in events if event.type == "queue.changed"]

    await join(database, "larger", OTHER)
    assert await in_queue(database) == ["take_long"]
    (told, _) = (await tenant.http.get("/v1/queue")).json()["data"]
    assert (told["unserved"], told["eta_s"] is None) == (False, False)


async def test_what_is_submitted_before_a_node_serves_it_is_released_once_one_does(
    tenant: Tenant, database: Database
) -> None:
    await join(database, "small", PREVIS)
    await wait_in_line(database, tenant, "take_long", model=OTHER)
    assert await in_queue(database) == []
    await join(database, "large", OTHER)
    assert await in_queue(database) == ["take_long"]


async def test_where_no_node_is_left_heads_stay_where_they_are_and_say_so(tenant: Tenant, database: Database) -> None:
    await join(database, "small", PREVIS)
    await wait_in_line(database, tenant, "take_a")
    async with database.read() as session:
        (node,) = await list_alive(session)
    await fall_silent(database, node.id)
    await look_after_nodes(database)
    async with database.write(org_id=tenant.org_id) as session:
        await release_takes(session, org_id=tenant.org_id)
    assert await in_queue(database) == ["take_a"]
    assert (await tenant.http.get("/v1/takes/take_a")).json()["unserved"] is True
