"""An organisation's own nodes are its own: its takes go nowhere else, and nobody else hears of them."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text, update

from inference.catalogue import ModelCard, known_models
from storage.objects import Objects
from storage.queries.durable import durable_table
from storage.queries.pools import insert_pool, move_waiting_takes, own_pool, set_usual_pool
from storage.queries.room import list_heads, list_renders
from storage.tables import Take
from storage.unit import Database
from studio.generation.take_queue import TakeQueue
from studio.nodes.cards import FleetCards
from studio.nodes.membership import Identity, Membership
from studio.queue.durable import SHARED
from studio.queue.release import release_takes
from studio.queue.slots import Slots
from tests.studio.conftest import Tenant
from tests.studio.generation.conftest import cast_character
from tests.studio.generation.test_queue import wait_in_line
from tests.studio.storyboard.films import open_film

POOL, NODE, CHECKPOINT = "studio-a", "their-machine", "their-checkpoint"
PREVIS = "previs"


async def join(database: Database, name: str, pool: str, *models: str) -> None:
    card = known_models(None)[PREVIS]

    async def cards() -> dict[str, ModelCard]:
        return {model: replace(card, name=model) for model in models}

    await Membership(
        database, Identity.begin(name, pool, "cpu", "tests", 1), Slots(1, lambda: None), cards, lambda: None
    ).join()


async def give(database: Database, tenant: Tenant, pool: str) -> None:
    """A new pool, the tenant's usual one."""
    async with database.write() as session:
        assert await insert_pool(session, name=pool)
    async with database.write(org_id=tenant.org_id) as session:
        await own_pool(session, pool=pool, owner=tenant.org_id)
        await set_usual_pool(session, org_id=tenant.org_id, pool=pool)


async def ask(database: Database, tenant: Tenant, objects: Objects, **more: str) -> httpx.Response:
    """A take of one character, submitted."""
    cast = [{"character_id": await cast_character(database, objects, tenant.org_id)}]
    body = {"prompt": "She nods", "characters": cast, "size": "256x256", "seconds": 1, **more}
    return await tenant.http.post("/v1/takes", json=body)


@pytest.fixture
async def pool(database: Database, tenant: Tenant) -> str:
    """The tenant's own, with a node; everybody's has one, too."""
    await give(database, tenant, POOL)
    await join(database, "everybodys", SHARED, PREVIS)
    await join(database, NODE, POOL, PREVIS, CHECKPOINT)
    return POOL


async def queues(database: Database) -> dict[str, str]:
    """The queue in which each take can be seen by nodes."""
    async with database.read() as session:
        rows = await session.execute(
            text(f"SELECT workflow_uuid, queue_name FROM {durable_table(session, 'workflow_status')}")  # noqa: S608
        )
        return {row.workflow_uuid: row.queue_name for row in rows}


async def move_all(database: Database, tenant: Tenant, pool: str) -> None:
    async with database.write(org_id=tenant.org_id) as session:
        await move_waiting_takes(session, org_id=tenant.org_id, pool=pool, before=[SHARED])
        await release_takes(session, org_id=tenant.org_id)


async def test_takes_wait_for_their_own_pool_alone(
    pool: str, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    await wait_in_line(database, tenant, "take_a", "take_b")
    await move_all(database, tenant, pool)
    await wait_in_line(database, other_tenant, "take_theirs")
    assert await queues(database) == {
        "take_a": f"takes/{PREVIS}/{POOL}",
        "take_b": f"takes/{PREVIS}/{POOL}",  # a plan does not limit what runs on her own nodes
        "take_theirs": f"takes/{PREVIS}/{SHARED}",
    }
    async with database.read() as session:
        assert [take.id for take in await list_heads(session, pool=SHARED, models=[PREVIS])] == ["take_theirs"]
        assert [take.id for take in await list_heads(session, pool=POOL, models=[PREVIS])] == ["take_a", "take_b"]


async def test_what_waits_in_a_pool_delays_nobody_elsewhere(
    pool: str, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    await wait_in_line(database, tenant, "take_a", "take_b")
    await move_all(database, tenant, pool)
    async with database.write(org_id=tenant.org_id) as session:
        rendering = update(Take).where(Take.id == "take_a", Take.org_id == tenant.org_id).values(state="RENDERING")
        await session.execute(rendering)
    await wait_in_line(database, other_tenant, "take_theirs")
    (theirs,) = (await other_tenant.http.get("/v1/queue")).json()["data"]
    assert (theirs["queue_place"], theirs["eta_s"], theirs["unserved"]) == (1, 10.0, False)
    async with database.read() as session:
        assert await list_renders(session, pool=SHARED) == []  # of which one would be asked to make room


async def test_nobody_else_hears_of_a_pool_its_nodes_or_its_models(
    pool: str, app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database
) -> None:
    app.state.queue = TakeQueue(database, FleetCards(database))
    await wait_in_line(database, tenant, "take_a")
    await move_all(database, tenant, pool)
    asked = [
        path
        for path, operations in app.openapi()["paths"].items()
        if "get" in operations and "{" not in path and path != "/v1/events"  # a stream without an end
    ]
    assert {"/v1/models", "/v1/queue", "/v1/takes"} <= set(asked)
    for path in asked:
        told = (await other_tenant.http.get(path)).text
        assert not [word for word in (POOL, NODE, CHECKPOINT, "take_a") if word in told], path
    body = {"prompt": "She nods", "characters": [], "model": CHECKPOINT, "seconds": 1}
    refused = await other_tenant.http.post("/v1/takes", json=body)
    none_such = await other_tenant.http.post("/v1/takes", json=body | {"model": "none-such"})
    assert refused.status_code == none_such.status_code >= 400
    assert refused.json()["code"] == none_such.json()["code"]


async def test_a_checkpoint_of_her_own_nodes_is_offered_to_her_and_rendered_by_them(
    pool: str, app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database, objects: Objects
) -> None:
    app.state.queue = TakeQueue(database, FleetCards(database))
    await join(database, "everybodys-other", SHARED, "only-shared")
    listed = (await tenant.http.get("/v1/models")).json()["data"]
    assert {model["id"]: model["pools"] for model in listed} == {
        PREVIS: [POOL, SHARED],
        CHECKPOINT: [POOL],
        "only-shared": [SHARED],
    }
    assert (await tenant.http.get(f"/v1/models/{CHECKPOINT}")).json()["pools"] == [POOL]
    assert (await other_tenant.http.get(f"/v1/models/{CHECKPOINT}")).status_code == 404
    for model, where in ((CHECKPOINT, POOL), (PREVIS, POOL), ("only-shared", SHARED)):
        taken = await ask(database, tenant, objects, model=model)
        assert taken.status_code == 201, taken.text
        assert (await queues(database))[taken.json()["id"]] == f"takes/{model}/{where}"
        assert taken.json()["pool"] == where
        assert (await tenant.http.get(f"/v1/takes/{taken.json()['id']}")).json()["pool"] == where
    (theirs,) = [model for model in (await other_tenant.http.get("/v1/models")).json()["data"] if model["id"] == PREVIS]
    assert theirs["pools"] == [SHARED]


async def test_a_take_names_one_of_her_pools_and_no_other(
    pool: str, app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database, objects: Objects
) -> None:
    app.state.queue = TakeQueue(database, FleetCards(database))
    await give(database, tenant, "studio-b")  # the usual one from now on
    await join(database, "their-other-machine", "studio-b", PREVIS)
    await give(database, other_tenant, "theirs")
    for more, where in (({}, "studio-b"), ({"pool": POOL}, POOL), ({"pool": SHARED}, SHARED)):
        taken = await ask(database, tenant, objects, **more)
        assert taken.status_code == 201, taken.text
        assert (await queues(database))[taken.json()["id"]] == f"takes/{PREVIS}/{where}"
    (shown,) = [
        take for take in (await tenant.http.get("/v1/queue")).json()["data"] if take["id"] == taken.json()["id"]
    ]
    assert (shown["queue_place"], shown["unserved"]) == (3, False)
    refused = [(await ask(database, tenant, objects, pool=name)).json() for name in ("theirs", "no-such")]
    assert refused[0]["detail"].replace("theirs", "no-such") == refused[1]["detail"]
    assert refused[0]["nearest"] == refused[1]["nearest"] == [POOL, "studio-b", SHARED]
    elsewhere = await ask(database, tenant, objects, model=CHECKPOINT, pool="studio-b")
    assert (elsewhere.status_code, elsewhere.json()["field"]) == (422, "model")


async def test_a_films_takes_go_to_the_pool_that_it_chose_unless_they_name_another(
    pool: str, app: FastAPI, tenant: Tenant, other_tenant: Tenant, database: Database, objects: Objects
) -> None:
    app.state.queue = TakeQueue(database, FleetCards(database))
    film = await open_film(tenant.http)
    cast = [{"character_id": await cast_character(database, objects, tenant.org_id)}]
    shot = await film.shot(await film.scene(), characters=cast, size="256x256", seconds=1)
    of_film = f"/v1/projects/{film.id}"
    assert (await film.board())["project"]["pool"] is None
    for asked, more, where in (
        ({"pool": SHARED}, {}, SHARED),
        ({"pool": SHARED}, {"pool": POOL}, POOL),
        ({"pool": POOL}, {}, POOL),
        ({"pool": None}, {}, POOL),  # the usual one
    ):
        chosen = await tenant.http.patch(of_film, json=asked)
        assert (chosen.status_code, chosen.json()["pool"]) == (200, asked["pool"]), chosen.text
        taken = await tenant.http.post(f"/v1/shots/{shot}/takes", json=more)
        assert taken.status_code == 201, taken.text
        (take,) = taken.json()["data"]
        assert (take["pool"], (await queues(database))[take["id"]]) == (where, f"takes/{PREVIS}/{where}")
    undone = await film.undo()
    assert (undone["project"]["pool"], undone["redo"]["action"]) == (POOL, "choose_pool")
    await give(database, other_tenant, "theirs")
    refused = [(await tenant.http.patch(of_film, json={"pool": name})).json() for name in ("theirs", "no-such")]
    assert refused[0]["detail"].replace("theirs", "no-such") == refused[1]["detail"]
    assert refused[0]["field"] == "pool"
    assert (await tenant.http.get(of_film)).json()["pool"] == POOL
