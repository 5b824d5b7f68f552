"""How full the queues are, over all organisations, on both databases; and until when a certificate holds."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.queries.nodes import NodeStatus, describe_node, insert_node, lose_silent, measure_nodes
from storage.queries.queue_figures import QueueFigure, measure_queues
from storage.queries.takes import begin_attempt, insert_take, move_take
from storage.tables import Node, Take
from storage.unit import Database
from studio.http.ids import new_id
from studio.observability.certificates import read_expiry
from studio.observability.fleet import QUEUES, NodeGauges, QueueGauges, watch_fleet
from studio.organisations.creation import create_organisation
from tests.studio.observability.pages import value_of
from tests.tls_proxy import tls_proxy


async def an_organisation(
    database: Database, plan: str, takes: dict[str, int], pool: str = "shared"
) -> tuple[str, list[str]]:
    """With so many queued takes of each model; returns its id and theirs."""
    async with database.write() as session:
        org_id = (await create_organisation(session, name="Films", plan=plan)).id
    ids = [(new_id("take"), model) for model, count in takes.items() for _ in range(count)]
    async with database.write(org_id=org_id) as session:
        for take_id, model in ids:
            size = {"seconds": 1.0, "width": 256, "height": 256}
            take = Take(
                id=take_id, org_id=org_id, request={}, model=model, prompt="she nods", seed=1, pool=pool, **size
            )
            await insert_take(session, take, character_ids=[])
    return org_id, [take_id for take_id, _ in ids]


async def measured(database: Database) -> dict[tuple[str, str, str], QueueFigure]:
    async with database.read() as session:
        return {(each.model, each.pool, each.plan): each for each in await measure_queues(session)}


async def test_all_organisations_takes_are_counted_by_model_and_plan(database: Database) -> None:
    assert await measured(database) == {}
    one, takes = await an_organisation(database, "studio", {"previs": 3})
    await an_organisation(database, "studio", {"previs": 2})
    await an_organisation(database, "scale", {"wan": 1}, pool="own")
    async with database.write(org_id=one) as session:
        await begin_attempt(session, org_id=one, take_id=takes[0], key_prefix=f"{one}/1/")
        await move_take(session, org_id=one, take_id=takes[1], to="CANCELLED")
    figures = await measured(database)
    assert {key: (each.waiting, each.rendering) for key, each in figures.items()} == {
        ("previs", "shared", "studio"): (3, 1),
        ("wan", "own", "scale"): (1, 0),
    }
    assert all(each.oldest_s >= 0 for each in figures.values())


async def test_the_oldest_is_the_one_that_waits_longest_not_one_that_renders(database: Database) -> None:
    org_id, takes = await an_organisation(database, "studio", {"previs": 2})
    async with database.write(org_id=org_id) as session:
        await begin_attempt(session, org_id=org_id, take_id=takes[0], key_prefix=f"{org_id}/1/")
        await begin_attempt(session, org_id=org_id, take_id=takes[1], key_prefix=f"{org_id}/2/")
    assert (await measured(database))["previs", "shared", "studio"].oldest_s == 0


def test_a_queue_that_was_seen_is_told_as_empty_afterwards() -> None:
    gauges = QueueGauges()
    gauges.show([QueueFigure("previs", "shared", "studio", waiting=3, rendering=1, oldest_s=7.5)])
    gauges.show([QueueFigure("wan", "shared", "studio", waiting=1, rendering=0, oldest_s=0.5)])
    told = {family.name: {s.labels["model"]: s.value for s in family.samples} for family in gauges.collect()}
    assert told == {
        "dramatis_queue_takes": {"previs": 0, "wan": 1},
        "dramatis_queue_oldest_age_seconds": {"previs": 0, "wan": 0.5},
        "dramatis_rendering_takes": {"previs": 0, "wan": 0},
    }
    gauges.clear()
    assert all(family.samples == [] for family in gauges.collect())


async def test_nodes_are_counted_by_pool_and_by_what_they_take_up(database: Database) -> None:
    gauges, lost = NodeGauges(), value_of("dramatis_nodes_lost_total")
    async with database.write() as session:
        for name, pool in (("a", "shared"), ("b", "shared"), ("c", "own"), ("d", "own")):
            facts = {"models": {"previs": {}}, "device": "cpu", "software": "dramatis", "slots": 1}
            await insert_node(session, Node(id=f"{name}.1", name=name, pool=pool, **facts))
        models: dict[str, Any] = {"previs": {}, "wan": {}}
        await describe_node(session, node_id="b.1", status=NodeStatus(models, 1, draining=True, why_idle=None))
        await describe_node(session, node_id="d.1", status=NodeStatus(models, 2, draining=False, why_idle="no Triton"))
        gauges.show(await measure_nodes(session))
    told = {family.name: {tuple(s.labels.values()): s.value for s in family.samples} for family in gauges.collect()}
    assert told == {
        "dramatis_nodes": {
            ("shared", "working"): 1,
            ("shared", "draining"): 1,
            ("own", "working"): 1,
            ("own", "idle"): 1,
        },
        "dramatis_model_nodes": {("previs", "shared"): 1, ("previs", "own"): 1},
    }
    async with database.write() as session:
        await lose_silent(session, silent_for=timedelta(seconds=-5))
    assert value_of("dramatis_nodes_lost_total") == lost + 4
    async with database.read() as session:
        assert await measure_nodes(session) == []


async def test_who_watches_tells_and_who_does_not_tells_nothing(database: Database) -> None:
    await an_organisation(database, "studio", {"previs": 3})
    labels = {"model": "previs", "pool": "shared", "plan": "studio"}
    watching = asyncio.create_task(watch_fleet(database, None))
    async with asyncio.timeout(60):
        while value_of("dramatis_queue_takes", **labels) != 3:
            await asyncio.sleep(0.02)
    watching.cancel()
    await asyncio.wait([watching])
    assert all(family.samples == [] for family in QUEUES.collect())


async def test_a_certificate_is_read_whoever_signed_it(tmp_path: Path) -> None:
    with tls_proxy(tmp_path, upstream_port=9) as proxy:
        assert await read_expiry(f"https://127.0.0.1:{proxy.port}") > time.time()


async def test_an_address_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(ConnectionRefusedError):
        await read_expiry("https://127.0.0.1:9")
