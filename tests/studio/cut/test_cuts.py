"""Films cut from takes: exact to the frame, made once, cancelled, tried again, shut by a revoked consent, erased."""

from __future__ import annotations

import pytest

from storage.queries.characters import revoke_consent
from storage.queries.takes import get_take
from studio.cut import plan
from studio.cut.attempt import prefix_of
from tests.studio.cut.cutting import LONG_TITLE_S, ended, fetched, film_of_takes, frames_in, take_ids, under_way
from tests.studio.generation.conftest import Studio, cast_character
from tests.studio.generation.conftest import studio as studio
from tests.studio.storyboard.films import open_film, told


async def test_a_film_is_its_takes_in_board_order_behind_a_title(studio: Studio) -> None:
    film, shots = await film_of_takes(studio, "信 The Letter")
    chosen = (await take_ids(studio, shots[0]))[0]
    told(await studio.http.put(f"/v1/shots/{shots[0]}/circled", json={"take_id": chosen}))
    planned = told(await studio.http.get(f"/v1/projects/{film.id}/cut"))
    assert [(each["number"], each["take"], each["circled"]) for each in planned["entries"]] == [
        ("1A", "T1", True), ("1B", "T1", False),
    ]  # fmt: skip
    assert planned["missing"] == [{"shot_id": shots[2], "number": "2A", "why": "no_take"}]
    assert (planned["size"], planned["fps"], planned["frames"]) == ("456x256", 24, 48 + 12 + 12)
    cut = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    assert cut["entries"] == planned["entries"]
    again = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 200)
    assert again["id"] == cut["id"], "the film as it stands is made once"
    done = await ended(studio, cut["id"])
    assert (done["state"], done["frames"], done["progress"]) == ("SUCCEEDED", 72, 1.0)
    reply = await fetched(studio, cut["id"])
    assert frames_in(reply.content) == (72, (456, 256))
    assert len(reply.content) == done["file"]["size_bytes"]
    disposition = reply.headers["content-disposition"]
    assert "filename*=UTF-8''%E4%BF%A1%20The%20Letter.mp4" in disposition
    assert told(await studio.http.get(f"/v1/projects/{film.id}/cut"))["cut"]["id"] == cut["id"]
    events = await studio.http.get("/v1/events", params={"take": chosen})
    assert "cut.changed" not in events.text, "a take's own stream tells of the take alone"


async def test_one_that_changed_is_made_anew_and_erasing_the_film_takes_both(studio: Studio) -> None:
    film, shots = await film_of_takes(studio)
    first = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    assert (await ended(studio, first["id"]))["state"] == "SUCCEEDED"
    told(await studio.http.patch(f"/v1/projects/{film.id}", json={"name": "Another name"}))
    second = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    assert second["name"] == "Another name"
    assert (await ended(studio, second["id"]))["state"] == "SUCCEEDED"
    listed = told(await studio.http.get("/v1/cuts", params={"project": film.id}))["data"]
    assert [cut["id"] for cut in listed] == [second["id"], first["id"]]
    assert "entries" not in listed[0]
    kept = [await studio.objects.list_keys(prefix_of(studio.org_id, each["id"])) for each in (first, second)]
    assert [len(keys) for keys in kept] == [1, 1]
    told(await studio.http.delete(f"/v1/projects/{film.id}"))
    for each in (first, second):
        assert (await studio.http.get(f"/v1/cuts/{each['id']}")).status_code == 404
        assert (await studio.http.get(f"/v1/cuts/{each['id']}/content")).status_code == 404
        assert await studio.objects.list_keys(prefix_of(studio.org_id, each["id"])) == []
    assert shots


async def test_a_film_without_takes_is_refused(studio: Studio) -> None:
    film = await open_film(studio.http)
    await film.shot(await film.scene(), "nobody")
    refused = await studio.http.post(f"/v1/projects/{film.id}/cuts")
    assert (refused.status_code, refused.json()["code"]) == (409, "cut_empty")


async def test_a_cut_is_cancelled_amid_its_work_and_made_after_all(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, _ = await film_of_takes(studio)
    monkeypatch.setattr(plan, "TITLE_S", LONG_TITLE_S)
    cut = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    await under_way(studio, cut["id"])
    unfinished = await studio.http.post(f"/v1/cuts/{cut['id']}/retry")
    assert (unfinished.status_code, unfinished.json()["code"]) == (409, "cut_not_given_up")
    assert told(await studio.http.post(f"/v1/cuts/{cut['id']}/cancel"))["state"] == "CANCELLED"
    assert told(await studio.http.post(f"/v1/cuts/{cut['id']}/cancel"))["state"] == "CANCELLED"
    retried = told(await studio.http.post(f"/v1/cuts/{cut['id']}/retry"))
    assert (retried["state"], retried["progress"]) == ("QUEUED", 0.0)
    done = await ended(studio, cut["id"])
    assert (done["state"], done["attempt"]) == ("SUCCEEDED", 2)
    assert frames_in((await fetched(studio, cut["id"])).content)[0] == done["frames"] == LONG_TITLE_S * 24 + 24
    assert len(await studio.objects.list_keys(prefix_of(studio.org_id, cut["id"]))) == 1
    over = await studio.http.post(f"/v1/cuts/{cut['id']}/cancel")
    assert (over.status_code, over.json()["code"]) == (409, "cut_ended")


async def test_a_revoked_consent_stops_it_shuts_it_and_refuses_the_next(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubtful = await cast_character(studio.database, studio.objects, studio.org_id)
    film, _ = await film_of_takes(studio, characters=[{"character_id": doubtful}])
    made = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    assert (await ended(studio, made["id"]))["state"] == "SUCCEEDED"
    monkeypatch.setattr(plan, "TITLE_S", LONG_TITLE_S / 4)
    told(await studio.http.patch(f"/v1/projects/{film.id}", json={"name": "Once more"}))
    running = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    await under_way(studio, running["id"])
    async with studio.database.write(org_id=studio.org_id) as session:
        await revoke_consent(session, org_id=studio.org_id, character_id=doubtful)
    assert (await ended(studio, running["id"]))["state"] == "CONSENT_BLOCKED"
    assert await studio.objects.list_keys(prefix_of(studio.org_id, running["id"])) == []
    for method, path in (
        ("GET", f"/v1/cuts/{made['id']}/content"),
        ("POST", f"/v1/cuts/{running['id']}/retry"),
        ("POST", f"/v1/projects/{film.id}/cuts"),
    ):
        refused = await studio.http.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (403, "consent_required"), path


async def test_a_take_whose_file_is_broken_is_named(studio: Studio) -> None:
    film, shots = await film_of_takes(studio)
    (take_id,) = await take_ids(studio, shots[1])
    async with studio.database.write(org_id=studio.org_id) as session:
        take = await get_take(session, org_id=studio.org_id, take_id=take_id)
        assert take is not None
        take.clip_asset_id = take.thumbnail_asset_id  # a picture, no film
    cut = told(await studio.http.post(f"/v1/projects/{film.id}/cuts"), 201)
    failed = await ended(studio, cut["id"])
    assert (failed["state"], failed["failure"]["code"]) == ("FAILED", "bad_source")
    assert "shot 1B" in failed["failure"]["message"]
