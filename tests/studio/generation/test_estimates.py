"""Estimates: measured where takes have been made, checked as a submission is, and quick however long the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from storage.queries.takes import insert_take
from storage.tables import Take
from storage.unit import Database
from studio.generation.estimates import HORIZON, UNMEASURED, forecast_takes, pace_of
from studio.organisations.creation import create_organisation
from tests.studio.generation.conftest import Studio


async def _keep_takes(database: Database, org_id: str, takes: list[Take]) -> None:
    async with database.write(org_id=org_id) as session:
        for take in takes:
            await insert_take(session, take, character_ids=[])


def a_take(org_id: str, number: int, **columns: object) -> Take:
    usual = {"request": {}, "model": "previs", "prompt": "", "seed": 1, "seconds": 5.0, "width": 768, "height": 432}
    return Take(id=f"take_{org_id[-8:]}_{number:06d}", org_id=org_id, **(usual | columns))


def test_a_pace_is_the_middle_of_what_was_measured() -> None:
    assert pace_of([]) == UNMEASURED
    one = pace_of([2.0])
    assert one.low < one.middle == 2.0 < one.high
    many = pace_of([1.0, 2.0, 2.1, 2.2, 2.0, 9.0])
    assert many.middle == pytest.approx(2.05)
    assert many.low <= 0.9 * many.middle
    assert many.high >= 2.2


async def test_an_estimate_learns_from_takes_that_were_made(studio: Studio) -> None:
    body = studio.body()
    before = (await studio.http.post("/v1/takes/estimate", json=body)).json()
    assert (before["ok"], before["problems"]) == (True, [])
    assert 0 < before["seconds_low"] < before["seconds"] < before["seconds_high"]
    assert "walk or show the whole body" in before["cannot"]
    take = await studio.until((await studio.submit())["id"])
    after = (await studio.http.post("/v1/takes/estimate", json=body)).json()
    assert after["seconds"] == pytest.approx(take["timings"]["render_s"], abs=0.1)
    longer = (await studio.http.post("/v1/takes/estimate", json=body | {"seconds": 10, "size": "1280x720"})).json()
    assert longer["seconds"] > after["seconds"]
    assert len((await studio.http.get("/v1/takes")).json()["data"]) == 1, "an estimate keeps nothing"


async def test_an_estimate_says_what_a_submission_would(studio: Studio) -> None:
    for change, field in (
        ({"seconds": 99}, "seconds"),
        ({"size": "999x999"}, "size"),
        ({"model": "wan-vace-1.3b"}, "model"),
        ({"characters": [{"character_id": "chr_unknown"}]}, "characters"),
        ({"plate": {"kind": "image", "asset_id": "ast_unknown"}}, "plate"),
    ):
        body = studio.body() | change
        told = (await studio.http.post("/v1/takes/estimate", json=body)).json()
        refused = await studio.http.post("/v1/takes", json=body)
        assert refused.status_code >= 400
        assert not told["ok"]
        assert told["seconds"] is None
        (problem,) = told["problems"]
        assert (problem["field"], problem["message"]) == (field, refused.json()["detail"])
        assert problem["nearest"] == refused.json().get("nearest", [])
    assert (await studio.http.post("/v1/takes/estimate", json={"prompt": ""})).status_code == 422


async def test_takes_that_wait_know_their_place_and_when_they_end(studio: Studio) -> None:
    slow = await studio.submit("She nods endlessly")
    await studio.until(slow["id"], "RENDERING")
    first, second = await studio.submit(), await studio.submit()
    assert (first["queue_place"], second["queue_place"]) == (1, 2)
    listed = {take["id"]: take for take in (await studio.http.get("/v1/takes")).json()["data"]}
    rendering = listed[slow["id"]]
    assert rendering["queue_place"] is None
    assert rendering["eta_s"] > 0
    assert rendering["eta_s"] < listed[first["id"]]["eta_s"] < listed[second["id"]]["eta_s"]
    told = (await studio.http.post("/v1/takes/estimate", json=studio.body())).json()
    assert told["queue_seconds"] == pytest.approx(listed[second["id"]]["eta_s"], abs=2)
    await studio.http.post(f"/v1/takes/{slow['id']}/cancel")
    ended = await studio.until(second["id"])
    assert (ended["queue_place"], ended["eta_s"]) == (None, None)


async def test_others_takes_move_nobody(studio: Studio, stranger: httpx.AsyncClient) -> None:
    async with studio.database.write() as session:
        organisation = await create_organisation(session, name="Busy")
    busy = [a_take(organisation.id, number, expected_ms=60_000) for number in range(3)]
    await _keep_takes(studio.database, organisation.id, busy)
    told = (await studio.http.post("/v1/takes/estimate", json=studio.body())).json()
    assert told["queue_seconds"] == 0


@pytest.mark.parametrize(
    ("stages", "waits_s"),
    [(["denoise"], 50), (["decode", "denoise"], 50), (["decode"], 10), (["denoise", "denoise"], 50), ([], 0)],
)
async def test_a_decode_beside_the_next_denoise_is_no_second_engine(
    database: Database, stages: list[str], waits_s: float
) -> None:
    async with database.write() as session:
        organisation = await create_organisation(session, name="Pair")
    begun_s = {"denoise": 50, "decode": 90}
    rendering = [
        a_take(
            organisation.id,
            number,
            state="RENDERING",
            stage=stage,
            expected_ms=100_000,
            progress=begun_s[stage] / 100,
            started_at=datetime.now(UTC) - timedelta(seconds=begun_s[stage]),
        )
        for number, stage in enumerate(stages)
    ]
    waiting = [a_take(organisation.id, len(stages) + number, expected_ms=100_000) for number in range(2)]
    await _keep_takes(database, organisation.id, rendering + waiting)
    async with database.read(org_id=organisation.id) as session:
        take_ids = [take.id for take in waiting]
        forecasts = await forecast_takes(session, org_id=organisation.id, take_ids=take_ids)
    assert forecasts[waiting[0].id].eta_s == pytest.approx(waits_s + 100, abs=3)
    side_by_side = stages.count("denoise") == 2
    assert forecasts[waiting[1].id].eta_s == pytest.approx(waits_s + (100 if side_by_side else 200), abs=3)


async def test_takes_far_behind_are_forecast_by_the_mean_of_those_before(database: Database) -> None:
    async with database.write() as session:
        organisation = await create_organisation(session, name="Flood")
    queue = [a_take(organisation.id, number, expected_ms=10_000) for number in range(2000)]
    await _keep_takes(database, organisation.id, queue)
    async with database.read(org_id=organisation.id) as session:
        asked = [queue[place - 1].id for place in (1, HORIZON, HORIZON + 1, 2000)]
        forecasts = await forecast_takes(session, org_id=organisation.id, take_ids=asked)
    assert [forecasts[one].queue_place for one in asked] == [1, HORIZON, HORIZON + 1, 2000]
    assert [forecasts[one].eta_s for one in asked] == pytest.approx([10, 10 * HORIZON, 10 * HORIZON + 10, 20_000])
