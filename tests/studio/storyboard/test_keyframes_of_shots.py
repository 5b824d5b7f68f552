"""Keyframes are the shot's own: kept, undone, duplicated and checked with it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from inference.catalogue import WAN_VACE_1_3B
from studio.storyboard.staleness import list_changes
from tests.studio.conftest import Tenant, offer_model
from tests.studio.generation.test_keyframes import cast, upload
from tests.studio.storyboard.films import Film, open_film, told

MODEL = WAN_VACE_1_3B.name


@pytest.fixture
async def film(app: FastAPI, tenant: Tenant) -> Film:
    offer_model(app, WAN_VACE_1_3B)
    return await open_film(tenant.http)


def keyframes_on(board: dict[str, Any]) -> list[list[Any]]:
    return [[one["at"] for one in shot["keyframes"]] for scene in board["scenes"] for shot in scene["shots"]]


async def test_they_are_kept_moved_undone_and_duplicated_with_the_shot(film: Film, tenant: Tenant) -> None:
    one, two = await upload(tenant), await upload(tenant)
    shot_id = await film.shot(await film.scene())
    kept = [{"asset_id": one, "at": "first"}, {"asset_id": two, "at": 2.5}]
    shot = told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"keyframes": kept}))
    assert shot["keyframes"] == kept
    told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"prompt": "She turns"}))
    kept[1]["at"] = "last"
    told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"keyframes": kept}))
    assert keyframes_on(await film.undo()) == [["first", 2.5]]
    assert keyframes_on(await film.redo()) == [["first", "last"]]
    copied = told(await tenant.http.post("/v1/shots/duplicate", json={"shot_ids": [shot_id]}), 201)
    assert keyframes_on(copied["board"]) == [["first", "last"]] * 2
    assert keyframes_on(await film.undo()) == [["first", "last"]]
    told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"keyframes": []}))
    assert keyframes_on(await film.board()) == [[]]


async def test_a_shot_keeps_what_cannot_be_rendered_yet_and_says_so_while_it_is_edited(
    film: Film, tenant: Tenant
) -> None:
    character_id, _ = await cast(tenant)
    picture = await upload(tenant)
    kept = {"keyframes": [{"asset_id": picture, "at": 4.0}], "seconds": 81 / 16, "model": MODEL}
    shot_id = await film.shot(await film.scene(), characters=[{"character_id": character_id}], **kept)

    async def estimate(**change: object) -> dict[str, Any]:
        return told(await tenant.http.post(f"/v1/shots/{shot_id}/estimate", json=change))

    assert (await estimate())["ok"] is True
    shorter = await estimate(seconds=49 / 16)
    assert [(one["field"], one["nearest"]) for one in shorter["problems"]] == [("keyframes", ["3"])]
    assert (await estimate(model="previs", seconds=4.5))["problems"][0]["field"] == "keyframes"
    told(await tenant.http.patch(f"/v1/shots/{shot_id}", json={"model": "previs"}))
    assert keyframes_on(await film.board()) == [[4.0]]


async def test_a_shot_names_no_picture_that_is_not_there(film: Film, tenant: Tenant, other_tenant: Tenant) -> None:
    shot_id = await film.shot(await film.scene())
    for asset_id in ("ast_nothing", await upload(other_tenant)):
        body = {"keyframes": [{"asset_id": asset_id, "at": "first"}]}
        refused = await tenant.http.patch(f"/v1/shots/{shot_id}", json=body)
        assert (refused.status_code, refused.json()["field"]) == (404, "keyframes")
    nine = {"keyframes": [{"asset_id": "ast_nothing", "at": at} for at in range(9)]}
    assert (await tenant.http.patch(f"/v1/shots/{shot_id}", json=nine)).status_code == 422
    assert keyframes_on(await film.board()) == [[]]


def test_a_take_from_before_there_were_keyframes_is_not_stale_by_them() -> None:
    then = dict.fromkeys(("prompt", "cast", "staging", "expected", "framing", "camera", "plate", "light", "seconds"))
    then |= {"size": None, "model": None, "names": {}, "photos": {}, "looks": {}}
    now = then | {"performance": 0.0, "pace": 0.0}
    now |= {"dialogue": [], "pronunciations": [], "voices": {}}
    assert list_changes(then, now | {"keyframes": []}) == []
    assert [one.part for one in list_changes(then, now | {"keyframes": [{"at": "first"}]})] == ["keyframes"]
