"""Takes from submit to their one end."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage.objects import Objects, StoreAddress
from storage.queries.characters import insert_consent, revoke_consent
from storage.queries.takes import block_takes_of_character, list_attempts
from studio.embedded.folder import check_room
from studio.generation import routes
from studio.generation.attempt_cleanup import clean_up_attempts
from studio.http.ids import new_id
from tests.studio.generation.conftest import Studio, cast_character


async def objects_of(studio: Studio, take_id: str) -> list[str]:
    await clean_up_attempts(studio.database, studio.objects)
    return sorted(await studio.objects.list_keys(f"orgs/{studio.org_id}/takes/{take_id}/"))


async def attempts_of(studio: Studio, take_id: str) -> list[str]:
    async with studio.database.read(org_id=studio.org_id) as session:
        return [one.state for one in await list_attempts(session, org_id=studio.org_id, take_id=take_id)]


async def fetch(studio: Studio, take_id: str, variant: str) -> bytes:
    reply = await studio.http.get(f"/v1/takes/{take_id}/content", params={"variant": variant})
    assert reply.status_code == 302, reply.text
    content = await studio.follow(reply.headers["location"])
    assert content.status_code == 200
    return content.content


async def test_a_take_comes_to_a_clip_a_report_and_a_receipt(studio: Studio) -> None:
    submitted = await studio.submit()
    assert submitted["state"] == "QUEUED"
    take = await studio.until(submitted["id"])
    assert take["state"] == "SUCCEEDED", take["failure"]
    assert take["progress"] == 1
    assert (take["size"], take["frames"], take["tier"]) == ("256x256", 12, "draft")
    assert take["receipt"]["seed"] == 1
    assert take["identity"][0]["character_id"] == studio.character_id
    assert [note["code"] for note in take["notes"]] == ["silent_clip"]
    assert all(value is not None and value >= 0 for value in take["timings"].values())
    for variant in ("video", "thumbnail", "sprite", "motion"):
        body = await fetch(studio, take["id"], variant)
        assert hashlib.sha256(body).hexdigest() == take["files"][variant]["sha256"]
    assert len(await objects_of(studio, take["id"])) == 4


async def test_its_stream_tells_everything_once_in_order_and_ends(studio: Studio) -> None:
    take = await studio.submit()
    events = await studio.events(take["id"])
    types = [event.type for event in events]
    assert (types[0], types[1], types[-1]) == ("take.queued", "take.started", "take.succeeded")
    stages = [event.data["stage"] for event in events if event.type == "take.stage"]
    assert stages == ["identity", "prepare", "denoise", "decode", "score", "mux", "upload"]
    shares = [event.data["progress"] for event in events if "progress" in event.data]
    assert shares == sorted(shares)
    numbers = [int(event.id) for event in events]
    assert numbers == sorted(set(numbers))
    middle = len(events) // 2
    resumed = await studio.events(take["id"], after=int(events[middle].id))
    assert resumed == events[middle + 1 :]
    assert await studio.events(take["id"], after=int(events[-1].id)) == []


async def test_a_seed_that_is_left_out_is_drawn_and_told(studio: Studio) -> None:
    body = {name: value for name, value in studio.body().items() if name != "seed"}
    takes = [(await studio.http.post("/v1/takes", json=body)).json() for _ in range(2)]
    assert takes[0]["seed"] != takes[1]["seed"]
    for take in takes:
        await studio.until(take["id"])


@pytest.mark.parametrize(
    ("change", "field", "nearest"),
    [
        ({"size": "770x430"}, "size", "768x432"),
        ({"seconds": 0.51}, "seconds", "0.5"),
        ({"seconds": 99}, "seconds", "10.0"),
        ({"steps": 400}, "steps", "50"),
        ({"tier": "exact"}, "tier", "draft"),
        ({"model": "sora"}, "model", "previs"),
        ({"camera": {"move": "arc_left", "amount": 90}}, "camera", "1.0"),
        ({"camera": {"move": "push_in", "starts": "cu", "ends": "ws"}}, "camera", "pull_out"),
        ({"camera": {"move": "pan_left", "ends": "cu"}}, "camera", "push_in"),
        ({"model": "wan-vace-14b"}, "model", "previs"),
    ],
)
async def test_what_the_model_cannot_do_is_refused_with_the_nearest_it_can(
    studio: Studio, change: dict[str, Any], field: str, nearest: str
) -> None:
    reply = await studio.http.post("/v1/takes", json=studio.body(**change))
    problem = reply.json()
    assert (reply.status_code, problem["code"], problem["field"]) == (422, "request_refused", field)
    assert nearest in problem["nearest"]


@pytest.mark.parametrize(
    "change",
    [
        {"seconds": -1},
        {"size": "big"},
        {"seed": -1},
        {"sise": "256x256"},
        {"prompt": ""},
        {"camera": {"move": "sideways"}},
        {"performance": 2},
        {"pace": "quick"},
    ],
)
async def test_a_malformed_take_is_refused_by_field(studio: Studio, change: dict[str, Any]) -> None:
    reply = await studio.http.post("/v1/takes", json=studio.body(**change))
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")


async def test_the_previs_is_driven_by_nothing_and_an_unknown_take_drives_nothing(studio: Studio) -> None:
    driven = await studio.http.post("/v1/takes", json=studio.body(control={"kind": "previs"}))
    assert (driven.status_code, driven.json()["field"]) == (422, "control")
    nobody = await studio.http.post("/v1/takes", json=studio.body(control={"take_id": "take_nobody"}))
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not_found")


async def test_an_unknown_character_is_not_found(studio: Studio) -> None:
    reply = await studio.http.post("/v1/takes", json=studio.body(characters=[{"character_id": "chr_nobody"}]))
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_forty_at_once_with_one_key_are_one_take(studio: Studio) -> None:
    headers = {"Idempotency-Key": new_id("idem")}
    before = (await studio.http.get("/v1/takes", params={"limit": 100})).json()["data"]
    replies = await asyncio.gather(
        *(studio.http.post("/v1/takes", json=studio.body(), headers=headers) for _ in range(40))
    )
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.text for reply in replies}) == 1
    after = (await studio.http.get("/v1/takes", params={"limit": 100})).json()["data"]
    assert len(after) == len(before) + 1
    other = await studio.http.post("/v1/takes", json=studio.body("She smiles"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    await studio.until(replies[0].json()["id"])


async def test_a_cancelled_take_ends_at_once_queued_or_rendering(studio: Studio) -> None:
    running = await studio.submit("endlessly", steps=50)
    await studio.until_denoising(running["id"])
    waiting = await studio.submit()
    for take in (waiting, running):
        reply = await studio.http.post(f"/v1/takes/{take['id']}/cancel")
        assert (reply.status_code, reply.json()["state"]) == (200, "CANCELLED")
    again = await studio.http.post(f"/v1/takes/{running['id']}/cancel")
    assert again.json()["state"] == "CANCELLED"
    follower = await studio.submit()
    assert (await studio.until(follower["id"]))["state"] == "SUCCEEDED"
    assert (await studio.take(running["id"]))["state"] == "CANCELLED"
    assert await objects_of(studio, running["id"]) == []
    assert await attempts_of(studio, waiting["id"]) == []
    late = await studio.http.post(f"/v1/takes/{follower['id']}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "take_ended")


async def test_a_revoked_consent_stops_what_waits_and_what_runs_and_shuts_what_was_made(studio: Studio) -> None:
    character_id = await cast_character(studio.database, studio.objects, studio.org_id)
    cast = [{"character_id": character_id}]
    made = await studio.submit(characters=cast)
    await studio.until(made["id"], "SUCCEEDED")
    running = await studio.submit("endlessly", characters=cast, steps=50)
    await studio.until_denoising(running["id"])
    waiting = await studio.submit(characters=cast)
    async with studio.database.write(org_id=studio.org_id) as session:
        await revoke_consent(session, org_id=studio.org_id, character_id=character_id)
        await block_takes_of_character(session, org_id=studio.org_id, character_id=character_id)
    for take in (running, waiting):
        assert (await studio.take(take["id"]))["state"] == "CONSENT_BLOCKED"
    refused = await studio.http.post("/v1/takes", json=studio.body(characters=cast))
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    shut = await studio.http.get(f"/v1/takes/{made['id']}/content")
    assert (shut.status_code, shut.json()["code"]) == (403, "consent_required")
    follower = await studio.submit()
    assert (await studio.until(follower["id"]))["state"] == "SUCCEEDED"
    assert await objects_of(studio, running["id"]) == []


async def test_a_consent_that_ends_while_a_take_waits_blocks_it(studio: Studio, tmp_path: Path) -> None:
    character_id = await cast_character(studio.database, studio.objects, studio.org_id)
    revoked = tmp_path / "revoked"
    running = await studio.submit(f"until {revoked}")
    waiting = await studio.submit(characters=[{"character_id": character_id}])
    async with studio.database.write(org_id=studio.org_id) as session:
        await revoke_consent(session, org_id=studio.org_id, character_id=character_id)
    revoked.touch()
    assert (await studio.until(waiting["id"]))["state"] == "CONSENT_BLOCKED"
    await studio.until(running["id"])
    async with studio.database.write(org_id=studio.org_id) as session:
        await insert_consent(
            session, org_id=studio.org_id, consent_id=new_id("con"), character_id=character_id, kind="own",
            granted_by="me", scope="any", evidence_text=None, evidence_url=None, evidence_asset_id=None,
            expires_at=None,
        )  # fmt: skip
    again = await studio.submit(characters=[{"character_id": character_id}])
    assert (await studio.until(again["id"]))["state"] == "SUCCEEDED"


async def test_a_lost_engine_means_another_attempt(studio: Studio, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    take = await studio.submit(f"until {killed}")
    await studio.until_denoising(take["id"])
    await studio.kill_engine()
    killed.touch()
    ended = await studio.until(take["id"])
    assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 2)
    assert await attempts_of(studio, take["id"]) == ["FAILED", "SUCCEEDED"]
    assert len(await objects_of(studio, take["id"])) == 4
    assert "take.retrying" in [event.type for event in await studio.events(take["id"])]


async def test_a_take_at_which_the_engine_dies_twice_is_quarantined(studio: Studio) -> None:
    take = await studio.submit("endlessly", steps=50)
    for attempt in (1, 2):
        while (seen := await studio.until_denoising(take["id"]))["attempt"] < attempt:
            await asyncio.sleep(0.02)
        assert seen["state"] == "RENDERING"
        await studio.kill_engine()
    ended = await studio.until(take["id"])
    assert (ended["state"], ended["failure"]["code"]) == ("QUARANTINED", "engine_lost")
    assert await objects_of(studio, take["id"]) == []
    follower = await studio.submit()
    assert (await studio.until(follower["id"]))["state"] == "SUCCEEDED"


async def test_a_fault_of_the_engine_that_comes_back_every_time_ends_in_a_failure(studio: Studio) -> None:
    take = await studio.submit("break")
    ended = await studio.until(take["id"])
    assert (ended["state"], ended["failure"]["code"], ended["attempt"]) == ("FAILED", "engine_error", 3)
    assert "ZeroDivisionError" not in str(ended)


async def test_a_take_that_the_store_does_not_take_in_says_so_and_not_where_it_is(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Objects(StoreAddress("http://127.0.0.1:9", "a", "b" * 10, bucket="hidden-bucket"))
    monkeypatch.setattr(studio.objects, "link_to_write", away.link_to_write)
    take = await studio.submit()
    ended = await studio.until(take["id"])
    assert (ended["state"], ended["failure"]["code"]) == ("FAILED", "upload_failed")
    told = str(ended) + str(await studio.events(take["id"]))
    assert [secret for secret in ("127.0.0.1", "hidden-bucket", "orgs/") if secret in told] == []
    await away.close()


async def test_a_take_waits_for_a_store_that_is_away_however_often_it_is_missed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Objects(StoreAddress("http://127.0.0.1:9", "a", "b" * 10, bucket="hidden-bucket"))
    with monkeypatch.context() as patched:
        patched.setattr(studio.objects, "link_to_write", away.link_to_write)
        patched.setattr(studio.objects, "check", away.check)
        take_id = (await studio.submit())["id"]
        while (await studio.take(take_id))["attempt"] < 4:
            await asyncio.sleep(0.1)
    assert (await studio.until(take_id))["state"] == "SUCCEEDED"
    told = [event for event in await studio.events(take_id) if event.type == "take.retrying"]
    assert {event.data["code"] for event in told} == {"store_unavailable"}
    await away.close()


async def test_a_full_disk_refuses_takes_in_words(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "check_room", lambda folder: check_room(folder, floor_bytes=2**62))
    reply = await studio.http.post("/v1/takes", json=studio.body())
    assert (reply.status_code, reply.json()["code"]) == (507, "no_room")
    assert "free some space" in reply.json()["detail"]


async def test_another_organisation_sees_nothing(studio: Studio, stranger: httpx.AsyncClient) -> None:
    take = await studio.submit()
    await studio.until(take["id"])
    path = f"/v1/takes/{take['id']}"
    replies = [
        await stranger.get(path),
        await stranger.post(f"{path}/cancel"),
        await stranger.get(f"{path}/content"),
        await stranger.get(f"{path}/preview", params={"frame": 0}),
        await stranger.get("/v1/events", params={"take": take["id"]}),
        await stranger.post("/v1/takes", json=studio.body()),
        await stranger.post("/v1/takes", json=studio.body(control={"take_id": take["id"]})),
    ]
    assert [reply.status_code for reply in replies] == [404] * len(replies)
    assert (await stranger.get("/v1/takes")).json()["data"] == []


async def test_nobody_is_served_without_a_key(studio: Studio) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(studio.app), base_url="http://studio") as nobody:
        for path in ("/v1/takes", "/v1/takes/x", "/v1/events", "/v1/models"):
            assert (await nobody.get(path)).status_code == 401


async def test_takes_are_listed_newest_first_in_pages(studio: Studio) -> None:
    takes = [await studio.submit() for _ in range(3)]
    first = (await studio.http.get("/v1/takes", params={"limit": 2})).json()
    assert [one["id"] for one in first["data"]] == [takes[2]["id"], takes[1]["id"]]
    second = (await studio.http.get("/v1/takes", params={"limit": 2, "after": first["last_id"]})).json()
    assert second["data"][0]["id"] == takes[0]["id"]
    for take in takes:
        await studio.until(take["id"])
    whole = await studio.take(takes[2]["id"])
    (listed,) = (await studio.http.get("/v1/takes", params={"limit": 1})).json()["data"]
    assert whole.pop("receipt")
    assert all(one.pop("series") for one in whole["identity"])
    assert listed == whole, "a list leaves out the receipt and the cosines of the frames, and nothing else"
