"""A long render makes room for a draft, and goes on from where it was with the same bits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inference.catalogue import PULLED
from storage.queries.events import list_events
from storage.queries.takes import insert_take, list_attempts
from storage.seaweed import SeaweedServer
from storage.tables import Take
from storage.unit import Database
from studio.generation import making_room
from studio.organisations.creation import create_organisation
from studio.queue import schedule
from tests.inference.pipelines.tiny import CARD
from tests.inference.small_pulled import NAME
from tests.studio.generation.conftest import Studio
from tests.studio.generation.test_checkpoints import SHOT, cache, first_step, node

__all__ = ["cache"]

LONG = SHOT | {"priority": "normal"}
DRAFT = SHOT | {"steps": 2, "priority": "interactive"}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny model, of whose renders all are long, and whose drafts wait for nothing that ends by itself."""
    monkeypatch.setitem(PULLED, NAME, replace(CARD, name=NAME))
    monkeypatch.setattr(schedule, "LONG_RENDER_S", 0.0)
    monkeypatch.setattr(schedule, "DRAFT_WITHIN_S", 0.0)
    monkeypatch.setattr(making_room, "LOOK_EVERY_S", 0.05)


async def events_of(studio: Studio, take_id: str, type_: str) -> list[dict[str, int]]:
    async with studio.database.read(org_id=studio.org_id) as session:
        events = await list_events(session, org_id=studio.org_id, after=0, limit=10_000, take_id=take_id)
    return [event.payload for event in events if event.type == type_]


async def test_a_render_stops_for_one_draft_and_goes_on_with_the_same_bits(
    tmp_path: Path, database_url: str, seaweed: SeaweedServer, cache: Path
) -> None:
    async with node(tmp_path / "one", database_url, seaweed, cache, checkpoint_every_s=60) as studio:
        long_id = (await studio.submit(**LONG))["id"]
        await studio.until_denoising(long_id)
        draft_id = (await studio.submit(**DRAFT))["id"]
        draft = await studio.until(draft_id)
        assert draft["state"] == "SUCCEEDED", draft["failure"]
        long = await studio.until(long_id)
        assert draft["finished_at"] < long["finished_at"]
        assert long["state"] == "SUCCEEDED", long["failure"]
        (told,) = await events_of(studio, long_id, "take.preempted")
        assert await first_step(studio, studio.org_id, long_id) == told["done"] + 1
        async with studio.database.read(org_id=studio.org_id) as session:
            attempts = await list_attempts(session, org_id=studio.org_id, take_id=long_id)
        assert [(one.state, one.failure_code) for one in attempts] == [("ABANDONED", "preempted"), ("SUCCEEDED", None)]
        undisturbed = await studio.until((await studio.submit(**LONG))["id"])
        for bits in ("latents_sha256", "media_sha256"):
            assert long["receipt"][bits] == undisturbed["receipt"][bits]


class Node:
    """What renders on a node, and what it was told to stop."""

    def __init__(self, *take_ids: str) -> None:
        self.can_make_room = list(take_ids)
        self.stopped: list[str] = []

    async def make_room(self, take_id: str) -> None:
        self.stopped.append(take_id)


async def test_of_two_nodes_one_makes_room_for_a_draft_and_once(database: Database) -> None:
    async with database.write() as session:
        org_id = (await create_organisation(session, name="One", plan="scale")).id
    async with database.write(org_id=org_id) as session:
        for take_id in ("take_long", "take_longer", "take_draft"):
            rendering = take_id != "take_draft"
            take = Take(
                id=take_id, org_id=org_id, request={"steps": 40}, model="previs", prompt="", seed=1, seconds=1,
                width=2, height=2, expected_ms=100_000 if rendering else 3_000, tag_start=0.0, tag_finish=100.0,
                priority="normal" if rendering else "interactive", head=not rendering,
                state="RENDERING" if rendering else "QUEUED", stage="denoise" if rendering else None,
            )  # fmt: skip
            await insert_take(session, take, character_ids=[])
    nodes = [Node("take_long"), Node("take_longer")]
    queues = {("previs", "shared")}
    watches = [making_room.RoomWatch(database, node, lambda: True, queues) for node in nodes]
    monopoly = making_room.RoomWatch(database, Node("take_other"), lambda: True, {("another", "shared")})
    for watch in (monopoly, *watches, *watches):
        await watch.look()
    assert [node.stopped for node in nodes] == [["take_long"], []]
