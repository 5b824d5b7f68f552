"""Backdrops over HTTP: listed in both languages, suggested from a prompt, refused by name."""

from __future__ import annotations

from tests.studio.generation.conftest import Studio


async def test_backdrops_are_listed_and_suggested(studio: Studio) -> None:
    listed = (await studio.http.get("/v1/backdrops")).json()["data"]
    assert len(listed) == 12
    assert all(one["title"]["en"] and one["title"]["zh"] and one["words"] and one["layers"] > 1 for one in listed)
    suggested = await studio.http.get("/v1/backdrops/suggest", params={"prompt": "Ada smiles in the forest"})
    assert suggested.json()["data"] == ["forest"]
    assert (await studio.http.get("/v1/backdrops/suggest")).status_code == 422


async def test_a_backdrop_that_nobody_draws_is_refused_with_those_that_are_drawn(studio: Studio) -> None:
    refused = await studio.http.post("/v1/takes", json=studio.body(plate={"kind": "backdrop", "name": "volcano"}))
    assert (refused.status_code, refused.json()["field"]) == (422, "plate")
    assert "forest" in refused.json()["nearest"]
    take = await studio.submit(plate={"kind": "backdrop", "name": "forest"})
    assert (await studio.until(take["id"]))["state"] == "SUCCEEDED"


async def test_a_place_is_shown_without_anybody_and_needs_a_plate_then(studio: Studio) -> None:
    forest = {"kind": "backdrop", "name": "forest"}
    refused = await studio.http.post("/v1/takes", json=studio.body(characters=[]))
    assert (refused.status_code, refused.json()["field"]) == (422, "plate")
    assert "forest" in refused.json()["nearest"]
    take = await studio.submit(characters=[], plate=forest, prompt="Snow falls in the forest. The camera pushes in.")
    done = await studio.until(take["id"])
    assert (done["state"], done["identity"]) == ("SUCCEEDED", [])
